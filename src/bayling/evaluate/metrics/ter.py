"""TER of the final outputs, by sacrebleu: edits per word of the reference, so less is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayling.evaluate.metrics import Segments, _surface
from bayling.records import Result, Score

LESS_IS_BETTER = True


@dataclass(frozen=True)
class Options:
    """Tercom's tokenisation, without case; Chinese and Japanese are cut into characters."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """TER of `outputs[-1]` in %, above 100 where more is edited than the reference has words
    (Snover 2006); of several directions the mean of theirs.

    `details`: `first` is that of the first turn, `directions` each direction's own.
    """
    return [_surface.of_results(_surface.ter, "ter", results)] if results else []


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """The edits of each final output and the words of its reference."""
    return [_surface.segments(_surface.ter, "ter", results)]
