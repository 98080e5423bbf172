"""Two text files, line by line translations of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

from bayling.corpus.readers import Unread, _files, _pairs
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """The file of source lines and the file of their translations: UTF-8, or UTF-16 with a
    byte-order mark.

    `{source_lang}` and `{target_lang}` in a path stand for the languages' codes, so that one input
    serves every direction: `source: "news.{source_lang}.txt", target: "news.{target_lang}.txt"`.
    `running` says that each line goes on where the last one ended, as in a book or in news, and
    that blank lines end a document. `meta` is written into every pair, e.g. `{register: formal}`.
    """

    source: Path
    target: Path
    running: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [
        _pairs.of_direction(path, source_lang, target_lang)
        for path in (options.source, options.target)
    ]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    return _pairs.each_in_one(
        told for each in directions for told in zip(inputs(options, *each), each, strict=True)
    )


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per line; a line that is blank on both sides is counted and left out.

    Raises `InputError` where one file has more lines than the other.
    """
    source_path, target_path = inputs(options, source_lang, target_lang)
    collection = _pairs.collection(options.source, source_path)
    langs, name = (source_lang, target_lang), source_path.name
    both = zip_longest(_files.lines(source_path), _files.lines(target_path))
    for number, (source, target) in enumerate(both, start=1):
        if isinstance(source, tuple) and isinstance(target, tuple):
            texts = (source[1], target[1])
            place = (target_path if texts[0].strip() else source_path, number)
            meta = options.meta
            if options.running:
                meta = {**meta, **_pairs.place(str(source_path), number)}
            if unit := _pairs.unit(texts, langs, f"{collection}:{name}:{number}", place, meta):
                yield unit
            continue
        rest = next((each for each in (source, target) if isinstance(each, _files.Rest)), None)
        if rest is not None:
            yield rest
            return
        if source is None or target is None:
            raise _uneven(source_path, target_path, number)
        yield source if isinstance(source, Unread) else cast(Unread, target)


def _uneven(source: Path, target: Path, number: int) -> InputError:
    counts = {path: _files.count(path) for path in (source, target)}
    longer, shorter = sorted(counts, key=lambda path: counts[path], reverse=True)
    return InputError(
        longer,
        f"has no partner: this file has {counts[longer]} lines, {shorter} has {counts[shorter]}; "
        "expected line-aligned files",
        number,
    )
