"""BLEU of the final outputs, by sacrebleu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from bayling.evaluate.metrics import Segments, _surface
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """The tokenizer; without one the target language chooses: zh, ja-mecab, ko-mecab, else 13a."""

    tokenizer: Literal["13a", "zh", "ja-mecab", "ko-mecab", "char", "intl"] | None = None


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """BLEU of `outputs[-1]`, 0–100 (Papineni 2002); of several directions the mean of theirs.

    `details`: `first` is that of the first turn, `directions` each direction's own.
    """
    if not results:
        return []
    return [_surface.of_results(partial(_metric, options), "bleu", results)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """The n-gram matches of each final output."""
    return [_surface.segments(partial(_metric, options), "bleu", results)]


def _metric(options: Options, target_lang: str) -> Any:
    return _surface.bleu(target_lang, options.tokenizer)
