"""MetricX (Juraska et al. 2023, 2024, WMT) from COMET's environment: bayling doctor --comet.

A learned count of errors, 0 (none) to 25: less is better. It ranks systems over one test set and
says little by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bayling.evaluate import learned
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import bootstrapped, share
from bayling.records import Result, Score

LESS_IS_BETTER = True


@dataclass(frozen=True)
class Options:
    """A model of the hub or its folder, mT5's tokenizer likewise, and how many outputs are scored
    at a time.

    The name of a model says how it is asked: those of 2023 (`metricx-23`) do without the source.
    Models that score without a reference (`qe`) are not asked so.
    """

    model: str = "google/metricx-24-hybrid-large-v2p6"
    tokenizer: str = "google/mt5-xl"
    batch_size: Annotated[int, Field(ge=1)] = 16


def ready(options: Options) -> None:
    """Raises `MissingError` where the environment was not made."""
    learned.python()


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`metricx`: the mean, 0–25; [] without results. Raises as `learned.scores` does."""
    if not results:
        return []
    return [bootstrapped(each) for each in segments(results, options)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(score, 1) of each result."""
    of_2023 = "metricx-23" in Path(options.model).name
    rows = [_without_source(result) if of_2023 else _with_source(result) for result in results]
    asked = {
        "model": options.model,
        "tokenizer": options.tokenizer,
        "batch_size": options.batch_size,
        "most": 1024 if of_2023 else 1536,
        "rows": rows,
    }
    told = (
        f"MetricX cannot score with '{options.model}' and the tokenizer '{options.tokenizer}'; "
        "expected two of the hub, which has to be reachable the first time, or their folders"
    )
    found = learned.scores("metricx", asked, told) if rows else []
    method = f"model:{learned.named(options.model)}|tokenizer:{learned.named(options.tokenizer)}"
    # A share is in %, this is not.
    return [share("metricx", [(each / 100, 1) for each in found], method)]


def _with_source(result: Result) -> str:
    return f"source: {result.sample.source} {_without_source(result)}"


def _without_source(result: Result) -> str:
    return f"candidate: {result.outputs[-1]} reference: {result.sample.reference}"
