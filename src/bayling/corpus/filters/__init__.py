"""Reasons to drop a pair. A filter is a file here with

@dataclass(frozen=True)
class Options: ...                                thresholds

def judge(pairs: Lot, options: Options) -> Iterator[Verdict]
    one verdict per pair, in order. A `Lot` is a sequence of pairs, some thousand at most; what
    several filters ask of their texts it knows as columns, for all texts at once

def inputs(options: Options) -> list[Path]     only of a filter that reads files: which, so that the
    manifest can hash them

THRESHOLD = ("max", "most")     only of a filter that drops by its score: the option that this is
    held against, and whether it is the "most" or the "least" that a pair may have and be kept

LOOKS_BACK = True     only of a filter whose verdict depends on the pairs before: it is given all of
    them, `pairs: Iterable[Pair]`, and may read ahead, as many as its docstring says. The others are
    asked about some pairs here and some there, in several processes

def keys(pairs: Lot, options: Options) -> Iterator[Any]     only of a filter that looks back at
    something that depends on one pair alone: what `judge` is given of each instead of the pair,
    found in several processes

>>> from bayling.corpus.filters import Verdict
>>> Verdict(keep=False, score=9.0, reason="9.0 times as long as its source").keep
False
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from types import ModuleType
from typing import Any, NamedTuple

from bayling.corpus._lot import Lot as Lot
from bayling.records import Pair

# Pairs that a filter is asked about at a time.
LOT = 2000


class Verdict(NamedTuple):
    """A filter's word on one pair: `score` is what it measured, `reason` says why it drops it."""

    keep: bool
    score: float
    reason: str = ""


def looks_back(module: ModuleType) -> bool:
    return bool(getattr(module, "LOOKS_BACK", False))


def verdicts(module: ModuleType, options: Any, pairs: Iterable[Pair]) -> Iterator[Verdict]:
    """What a filter says of each of these pairs, whichever way it is asked."""
    if hasattr(module, "keys"):
        keys = (module.keys(lot, options) for lot in _lots(pairs))
        return module.judge(chain.from_iterable(keys), options)
    if looks_back(module):
        return module.judge(pairs, options)
    return chain.from_iterable(module.judge(lot, options) for lot in _lots(pairs))


def _lots(pairs: Iterable[Pair]) -> Iterator[Lot]:
    pairs = iter(pairs)
    while some := list(islice(pairs, LOT)):
        yield Lot.of(some)
