"""Drops pairs that hold much of a text of a test set, so that a test does not ask what was learned.

Texts are cut into sequences of n words, single characters in Chinese, Japanese and Thai; case and
punctuation make no difference. A text of fewer than n words is one sequence, so that it has to be
all of the other side's words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bayling import jsonl
from bayling.corpus.filters import Lot, Verdict
from bayling.errors import InputError
from bayling.overlap import Overlap, ngrams


@dataclass(frozen=True)
class Options:
    """Files of test sets: text, one a line, or `.jsonl` with `source`, `reference` or `target` in
    every line; how many words a sequence has; which share (0–1) of a test's sequences a side may
    not have; and whether one side is enough for that, or both must have as much of some test.

    By six words and half of them, a sentence of 20 words is still known when one is another word.
    With 1,000 everyday sentences (Tatoeba) for a test, 0.08 % of the others are dropped that are
    not the same, such as "Do you know how to do that?" for "… do this?"; with four words 3.2 %.
    """

    paths: Annotated[tuple[Path, ...], Field(min_length=1)]
    n: Annotated[int, Field(ge=1)] = 6
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    sides: Literal["either", "both"] = "either"


def inputs(options: Options) -> list[Path]:
    return list(options.paths)


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is the share of a test's sequences that a side has: the side with more, or with
    `both` the one with less.

    Raises `InputError` for a file that cannot be read.
    """
    tests, places = _index(options, tuple(map(_stamp, options.paths)))
    for pair in pairs:
        found = [(*tests.most_of(pair.source), "source"), (*tests.most_of(pair.target), "target")]
        share, number, side = (max if options.sides == "either" else min)(found)
        if share < options.share:
            yield Verdict(True, share)
        else:
            yield Verdict(False, share, f"the {side} has {share:.0%} of {places[number]}")


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file does; nothing of one that is not there."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


# More than one: a recipe may list the filter twice, with other tests.
@lru_cache(maxsize=4)
def _index(options: Options, stamps: tuple[tuple[int, int], ...]) -> tuple[Overlap, list[str]]:
    """The texts of all files, and where each stands; kept, since pairs are judged in chunks."""
    tests, places = Overlap((), partial(ngrams, n=options.n)), []
    for path in options.paths:
        for number, text in _texts(path):
            tests.add(text)
            places.append(f"{path}, line {number}")
    return tests, places


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    if path.suffix != ".jsonl":
        yield from jsonl.lines(path)
        return
    for number, row in jsonl.numbered(path):
        texts = [row[key] for key in ("source", "reference", "target") if key in row]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise InputError(
                path, "has no text; expected 'source', 'reference' or 'target' in a line", number
            )
        yield from ((number, text) for text in texts)
