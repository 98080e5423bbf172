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
    """TER of `outputs[-1]` in %, above 100 where more is edited than the reference has words;
    `details["first"]` that of the first turn (Snover 2006)."""
    if not results:
        return []
    metric = _surface.ter(_surface.target_language(results))
    return [_surface.of_results(metric, "ter", results)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """The edits of each final output and the words of its reference."""
    texts, references = _surface.finals(results), _surface.references(results)
    metric = _surface.ter(_surface.target_language(results))
    return [_surface.take_apart(metric, "ter", texts, references)]
