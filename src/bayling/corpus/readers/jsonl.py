"""JSON lines: one object a line, with the texts under two of its keys.

A line that `Pair.to_json` wrote (so also `pairs.jsonl` and `rejects.jsonl` of another run) keeps
its id, origin, languages and meta; one in another direction is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from bayling import jsonl
from bayling.corpus.readers import _pairs
from bayling.errors import InputError, nearest
from bayling.languages import Direction
from bayling.records import Json, Pair

_PAIR_KEYS = tuple(field.name for field in fields(Pair))


@dataclass(frozen=True)
class Options:
    """A UTF-8 file and the keys that hold the texts.

    `{source_lang}` and `{target_lang}` in the path or the keys stand for the languages' codes, so
    that one input serves every direction: `source: "{source_lang}", target: "{target_lang}"`.
    """

    path: Path
    source: str = "source"
    target: str = "target"


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    files = {path for each in directions for path in inputs(options, *each)}
    # Pairs of ours say themselves which direction they are in.
    if any(path.is_file() and _is_own(next(jsonl.read(path), {})) for path in files):
        return True
    return _pairs.each_in_one(
        ((path, _pairs.filled(key, *each)), language)
        for each in directions
        for path in inputs(options, *each)
        for key, language in zip((options.source, options.target), each, strict=True)
    )


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]:
    """One pair per object; one whose source or target is null or blank is left out.

    Raises `InputError` for a missing key, a value that is not text, and where all pairs of ours are
    in other directions.
    """
    direction = Direction(source_lang, target_lang)
    (path,) = inputs(options, *direction)
    collection = _pairs.collection(options.path, path)
    keys = [_pairs.filled(key, *direction) for key in (options.source, options.target)]
    some, other = False, None
    for number, row in jsonl.numbered(path):
        texts = (_text(path, number, row, keys[0]), _text(path, number, row, keys[1]))
        if _is_own(row) and all(text.strip() for text in texts):
            pair: Pair | None = _own(row)
            if pair and pair.direction.within([direction]) is None:
                other = other or (number, pair)
                continue
        else:
            pair = _pairs.make(texts, direction, f"{collection}:{path.name}:{number}")
        if pair is not None:
            some = True
            yield pair
    if other and not some:
        raise _of_others(path, *other, direction)


def _is_own(row: Json) -> bool:
    return all(key in row for key in _PAIR_KEYS)


def _own(row: Json) -> Pair:
    return Pair.from_json(
        {
            **{key: row[key] for key in _PAIR_KEYS},
            "source": _pairs.tidy(row["source"]),
            "target": _pairs.tidy(row["target"]),
        }
    )


def _of_others(path: Path, number: int, pair: Pair, direction: Direction) -> InputError:
    return InputError(
        path,
        f"is a pair from {pair.source_lang} to {pair.target_lang}; expected {direction.source} to "
        f"{direction.target}, as the recipe or --from and --to say, and no line is",
        number,
    )


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
