"""chrF2 of the final outputs, by sacrebleu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayling.evaluate.metrics import Segments, _surface
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """chrF2 has one form here: characters up to 6, no words, beta 2."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """chrF2 of `outputs[-1]`, 0–100; `details["first"]` that of the first turn (Popović 2015)."""
    if not results:
        return []
    return [_surface.of_results(_surface.chrf2(), "chrf2", results)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """The character n-gram matches of each final output."""
    texts, references = _surface.finals(results), _surface.references(results)
    return [_surface.take_apart(_surface.chrf2(), "chrf2", texts, references)]
