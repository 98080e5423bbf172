"""Reasons to drop a pair. A filter is a file here with

@dataclass(frozen=True)
class Options: ...                                thresholds

def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]
    one verdict per pair, in order; it may read ahead, as many pairs as its docstring says

def inputs(options: Options) -> list[Path]     only of a filter that reads files: which, so that the
    manifest can hash them

THRESHOLD = ("max", "most")     only of a filter that drops by its score: the option that this is
    held against, and whether it is the "most" or the "least" that a pair may have and be kept

LOOKS_BACK = True     only of a filter whose verdict depends on the pairs before; the others are
    asked about some pairs here and some there, in several processes

>>> from bayling.corpus.filters import Verdict
>>> Verdict(keep=False, score=9.0, reason="9.0 times as long as its source").keep
False
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """A filter's word on one pair: `score` is what it measured, `reason` says why it drops it."""

    keep: bool
    score: float
    reason: str = ""
