"""chrF2 of the final outputs, by sacrebleu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bayling.evaluate.metrics import Segments, _surface
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """chrF2 has one form here: characters up to 6, no words, beta 2."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """chrF2 of `outputs[-1]`, 0–100 (Popović 2015); of several directions the mean of theirs.

    `details`: `first` is that of the first turn, `directions` each direction's own.
    """
    return [_surface.of_results(_metric, "chrf2", results)] if results else []


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """The character n-gram matches of each final output."""
    return [_surface.segments(_metric, "chrf2", results)]


def _metric(target_lang: str) -> Any:
    return _surface.chrf2()
