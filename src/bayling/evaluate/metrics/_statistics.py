"""Intervals: the bootstrap for figures of sums, Wilson's for proportions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

import bayling
from bayling.evaluate.metrics import Segments
from bayling.records import Json, Score

# How the checks read an output, for the signatures: what a wish is compared with.
WISHES = "checks:final|case:exact-but-for-sentence-beginnings"
SEED = 12345
RESAMPLES = 1000
Z95 = 1.959963984540054


def resamples(segments: Segments) -> Iterator[NDArray[np.int64]]:
    """How often each row is in each of `RESAMPLES` resamples, seed `SEED`; drawn within the strata,
    if there are any.

    Without strata the same draws as sacrebleu's, so that p-values of the paired bootstrap can be
    compared.
    """
    rng, count = np.random.default_rng(SEED), len(segments.rows)
    strata = [np.arange(count)]
    if segments.strata is not None:
        strata = [np.flatnonzero(segments.strata == each) for each in np.unique(segments.strata)]
    for _ in range(RESAMPLES):
        drawn = [rows[rng.choice(len(rows), size=len(rows), replace=True)] for rows in strata]
        yield np.bincount(np.concatenate(drawn), minlength=count)


def bootstrap(segments: Segments) -> tuple[float, float]:
    """The 95 % percentile interval over `RESAMPLES` resamples of the results."""
    figures = [segments.figure(often @ segments.rows) for often in resamples(segments)]
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    return float(low), float(high)


def wilson(hits: int, asked: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion, in percent (Wilson 1927)."""
    share, square = hits / asked, Z95**2 / asked
    middle = (share + square / 2) / (1 + square)
    half = Z95 / (1 + square) * math.sqrt(share * (1 - share) / asked + square / (4 * asked))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def proportion(
    name: str, hits: int, asked: int, n: int, method: str, details: Json | None = None
) -> Score:
    """The score `hits / asked` in percent over `n` results; `method` says how it was counted."""
    return Score(
        name=name,
        value=100 * hits / asked,
        signature=f"{name}|{method}|interval:wilson95|bayling:{bayling.__version__}",
        n=n,
        interval=wilson(hits, asked),
        details=details or {},
    )


def share(name: str, counts: Sequence[tuple[float, float]], method: str) -> Segments:
    """A proportion or a mean in % taken apart: (what is counted, out of what) of each result."""
    return Segments(
        name=name,
        rows=np.array(counts, dtype=np.float64).reshape(-1, 2),
        figure=lambda total: float(100 * total[0] / total[1]) if total[1] else math.nan,
        signature=f"{name}|{method}|bayling:{bayling.__version__}",
    )


def bootstrapped(segments: Segments, details: Json | None = None) -> Score:
    """The score of a figure that was taken apart, with the bootstrap's interval."""
    return Score(
        segments.name,
        segments.figure(segments.rows.sum(axis=0)),
        f"{segments.signature}|bs:{RESAMPLES}|seed:{SEED}",
        len(segments.rows),
        bootstrap(segments),
        details or {},
    )
