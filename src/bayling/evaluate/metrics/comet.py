"""COMET (COMET-22, Rei et al. 2022, WMT) from an environment of its own: bayling doctor --comet.

A learned score of output, source and reference. Its scale depends on the model and the languages,
so it ranks systems over one test set and says little by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from bayling import __version__, manifest
from bayling.evaluate import comet
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import RESAMPLES, SEED, bootstrap
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """A model of the hub or a checkpoint's file, and how many outputs are scored at a time."""

    model: str = "Unbabel/wmt22-comet-da"
    batch_size: Annotated[int, Field(ge=1)] = 16


def ready(options: Options) -> None:
    """Raises `MissingError` where the environment was not made."""
    comet.python()


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`comet`: the mean score times 100; [] without results. Raises as `comet.scores` does."""
    if not results:
        return []
    (each,) = segments(results, options)
    value = each.figure(each.rows.sum(axis=0))
    signature = f"{each.signature}|bs:{RESAMPLES}|seed:{SEED}"
    return [Score(each.name, value, signature, len(results), bootstrap(each))]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(score, 1) of each result."""
    rows = [
        {"src": r.sample.source, "mt": r.outputs[-1], "ref": r.sample.reference} for r in results
    ]
    found = comet.scores(options.model, rows, options.batch_size) if rows else []
    counts = np.array([(one, 1.0) for one in found]).reshape(-1, 2)
    package = comet.PACKAGES[1].replace("==", "-")
    signature = f"comet|{package}|model:{_named(options.model)}|bayling:{__version__}"
    return [Segments("comet", counts, lambda t: float(100 * t[0] / max(1.0, t[1])), signature)]


def _named(model: str) -> str:
    """A model's name; of a checkpoint, which anybody may call anything, its hash too."""
    file = Path(model)
    return f"{file.name}-{manifest.sha256(file)[:12]}" if file.is_file() else model
