"""COMET (COMET-22, Rei et al. 2022, WMT) from an environment of its own: bayling doctor --comet.

A learned score of output, source and reference. Its scale depends on the model and the languages,
so it ranks systems over one test set and says little by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.evaluate import learned
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import bootstrapped, share
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """A model of the hub or a checkpoint's file, and how many outputs are scored at a time."""

    model: str = "Unbabel/wmt22-comet-da"
    batch_size: Annotated[int, Field(ge=1)] = 16


def ready(options: Options) -> None:
    """Raises `MissingError` where the environment was not made."""
    learned.python()


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`comet`: the mean score times 100; [] without results. Raises as `learned.scores` does."""
    if not results:
        return []
    return [bootstrapped(each) for each in segments(results, options)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(score, 1) of each result."""
    rows = [
        {"src": r.sample.source, "mt": r.outputs[-1], "ref": r.sample.reference} for r in results
    ]
    asked = {"model": options.model, "batch_size": options.batch_size, "rows": rows}
    told = (
        f"COMET cannot score with '{options.model}'; expected a model of the hub, which has to be "
        "reachable the first time, or a checkpoint's file"
    )
    found = learned.scores("comet", asked, told) if rows else []
    method = f"{learned.PACKAGES[1].replace('==', '-')}|model:{learned.named(options.model)}"
    return [share("comet", [(each, 1) for each in found], method)]
