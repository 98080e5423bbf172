"""Figures about results. A metric is a file here with

@dataclass(frozen=True)
class Options: ...                                its settings, which the signature repeats

def score(results: Sequence[Result], options: Options) -> list[Score]
    one or more figures in 0–100 (`ter` and `word_strokes` may exceed it); an empty list where the
    metric does not apply (a metric of wishes, where no result has any)

def segments(results: Sequence[Result], options: Options) -> list[Segments]
    only where two systems can be tested against each other (`bayling compare`): the same
    figures taken apart by result, a row for every result even where `score` gives nothing

def ready(options: Options) -> None
    only of a metric that needs more than bayling installs: raises `MissingError` where it is not
    there. Such a metric is taken only where it is named.

LESS_IS_BETTER = True                             only where the best score is the lowest

>>> from bayling import parts
>>> "chrf" in parts.names("metric")
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Segments:
    """A figure taken apart: what each result adds to it, and the figure of a sum of these.

    `rows` has a row per result (n × k counts); `figure` turns the sum of any rows (k counts) into
    the score in 0–100, or NaN where nothing was counted. So resampling rows gives intervals and
    tests for every metric alike. `signature` is the score's, without an interval's settings.
    Where `strata` (n numbers) are given, resamples have as many rows of each as there are, which a
    figure that is a mean over them needs.
    """

    name: str
    rows: NDArray[Any]
    figure: Callable[[NDArray[Any]], float]
    signature: str
    strata: NDArray[Any] | None = None
