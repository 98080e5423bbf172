"""JSON lines: one object a line, with the texts under two of its keys.

A line that `Pair.to_json` wrote (so also `pairs.jsonl` and `rejects.jsonl` of another run) keeps
its id, origin, languages and meta.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from bayling import jsonl, languages
from bayling.corpus.readers import _pairs
from bayling.errors import InputError, nearest
from bayling.records import Json, Pair

_PAIR_KEYS = tuple(field.name for field in fields(Pair))


@dataclass(frozen=True)
class Options:
    """A UTF-8 file and the keys that hold the texts."""

    path: Path
    source: str = "source"
    target: str = "target"


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [options.path]


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]:
    """One pair per object; one whose source or target is null or blank is left out.

    Raises `InputError` for a missing key, a value that is not text, and a pair of ours that is
    in other languages.
    """
    langs = (source_lang, target_lang)
    for number, row in jsonl.numbered(options.path):
        texts = (
            _text(options.path, number, row, options.source),
            _text(options.path, number, row, options.target),
        )
        if all(key in row for key in _PAIR_KEYS) and all(text.strip() for text in texts):
            yield _own(options.path, number, row, langs)
            continue
        origin = f"{options.path.stem}:{options.path.name}:{number}"
        pair = _pairs.make(texts, langs, origin)
        if pair is not None:
            yield pair


def _own(path: Path, number: int, row: Json, langs: tuple[str, str]) -> Pair:
    pair = Pair.from_json(
        {
            **{key: row[key] for key in _PAIR_KEYS},
            "source": _pairs.tidy(row["source"]),
            "target": _pairs.tidy(row["target"]),
        }
    )
    found = (pair.source_lang, pair.target_lang)
    if [languages.base(each) for each in found] != [languages.base(each) for each in langs]:
        raise InputError(
            path,
            f"is a pair from {found[0]} to {found[1]}; "
            f"expected {langs[0]} to {langs[1]}, as the recipe or --from and --to say",
            number,
        )
    return pair


def _text(path: Path, number: int, row: Json, key: str) -> str:
    if key not in row:
        raise InputError(path, f"the object has no key '{key}'.{nearest(key, row)}", number)
    value = row[key]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(
            path, f"'{key}' holds {type(value).__name__} {value!r}; expected text", number
        )
    if not value.isprintable() and any("\ud800" <= each <= "\udfff" for each in value):
        raise InputError(path, f"'{key}' holds half a character (a lone surrogate)", number)
    return value
