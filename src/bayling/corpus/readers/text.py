"""Two text files, line by line translations of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bayling import jsonl
from bayling.corpus.readers import _pairs
from bayling.errors import InputError
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """The file of source lines and the file of their translations, both UTF-8.

    `running` says that each line goes on where the last one ended, as in a book or in news, and
    that blank lines end a document. `meta` is written into every pair, e.g. `{register: formal}`.
    """

    source: Path
    target: Path
    running: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [options.source, options.target]


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]:
    """One pair per line; a line that is blank on either side is counted and left out.

    Raises `InputError` where one file has more lines than the other.
    """
    both = zip_longest(jsonl.lines(options.source), jsonl.lines(options.target))
    for number, (source, target) in enumerate(both, start=1):
        if source is None or target is None:
            raise _uneven(options, number)
        pair = _pairs.make(
            (source[1], target[1]),
            (source_lang, target_lang),
            f"{options.source.stem}:{options.source.name}:{number}",
            {**options.meta, **_pairs.place(str(options.source), number, options.running)},
        )
        if pair is not None:
            yield pair


def _uneven(options: Options, number: int) -> InputError:
    counts = {path: sum(1 for _ in jsonl.lines(path)) for path in (options.source, options.target)}
    longer, shorter = sorted(counts, key=lambda path: counts[path], reverse=True)
    return InputError(
        longer,
        f"has no partner: this file has {counts[longer]} lines, {shorter} has {counts[shorter]}; "
        "expected line-aligned files",
        number,
    )
