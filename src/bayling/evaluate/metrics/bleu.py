"""BLEU of the final outputs, by sacrebleu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bayling.evaluate.metrics import Segments, _surface
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """The tokenizer; without one the target language chooses: zh, ja-mecab, ko-mecab, else 13a."""

    tokenizer: Literal["13a", "zh", "ja-mecab", "ko-mecab", "char", "intl"] | None = None


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """BLEU of `outputs[-1]`, 0–100; `details["first"]` that of the first turn (Papineni 2002)."""
    if not results:
        return []
    metric = _surface.bleu(_surface.target_language(results), options.tokenizer)
    return [_surface.of_results(metric, "bleu", results)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """The n-gram matches of each final output."""
    metric = _surface.bleu(_surface.target_language(results), options.tokenizer)
    texts, references = _surface.finals(results), _surface.references(results)
    return [_surface.take_apart(metric, "bleu", texts, references)]
