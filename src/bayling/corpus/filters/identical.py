"""Drops pairs whose target is the source again, case and punctuation apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bayling import checks
from bayling.corpus.filters import Lot, Verdict


@dataclass(frozen=True)
class Options:
    """Nothing to set; what counts as a copy is what the check `not_copy` says."""


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is 1 for a copy and 0 for a translation."""
    for pair in pairs:
        if checks.is_copy(pair.source, pair.target):
            yield Verdict(False, 1.0, "the target repeats the source")
        else:
            yield Verdict(True, 0.0)
