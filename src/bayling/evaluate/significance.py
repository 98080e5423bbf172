"""Whether two systems differ: paired tests over the same samples.

The paired bootstrap draws samples with replacement and looks at both systems' scores on what was
drawn (Koehn 2004, with p as sacrebleu computes it). Approximate randomisation swaps the two
systems' answers at random and asks how often that gives as large a difference (Riezler & Maxwell
2005).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bayling import parts
from bayling.errors import UserError
from bayling.evaluate import place, score
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import RESAMPLES, SEED, resamples
from bayling.records import Json, Result, Sample

TRIALS = 10000
_BLOCK = 500


def compare(path_a: Path, path_b: Path, further: Sequence[Any] = ()) -> Json:
    """Test two files of results with every metric that applies to their task, but for those that
    need more than bayling installs, and with the `further` ones, written as in a recipe.

    Returns {"a", "b": the paths, "n": samples, "tests": {score name: as `paired` gives it}}.
    """
    a, b = score.results(path_a), score.results(path_b)
    own = getattr(parts.load("task", a[0].task), "METRICS", None) if a[0].task else None
    usual = [
        name
        for name in (parts.names("metric") if own is None else own)
        if not hasattr(parts.load("metric", name), "ready")
    ]
    found = {**tests(a, b, usual), **tests(a, b, further)}
    if not found:
        raise UserError(
            f"{path_a}: the task '{a[0].task}' has no figure to be tested; "
            "let a model compare the answers: bayling judge"
        )
    return {"a": str(path_a), "b": str(path_b), "n": len(a), "tests": found}


def tests(a: Sequence[Result], b: Sequence[Result], metrics: Sequence[Any]) -> dict[str, Json]:
    """`paired` with each of the metrics that can be tested; {score name: test}."""
    found: dict[str, Json] = {}
    for spec in metrics:
        if hasattr(parts.load("metric", parts.split(spec)[0]), "segments"):
            # Two metrics give the words typed; of requests the one for conversations comes first.
            for name, test in paired(a, b, spec).items():
                found.setdefault(name, test)
    return found


def paired(
    a: Sequence[Result], b: Sequence[Result], metric: str | Mapping[str, Any]
) -> dict[str, Json]:
    """Test two systems with one metric, given as recipes name it.

    Returns, by score name, {"a", "b": scores 0–100, "difference": b - a, "interval": 95 % of the
    difference, "p_bootstrap", "p_randomisation": two-sided, "signature"}; nothing for a score that
    counts nothing in one of the systems. Wishes may differ between the systems, since they are
    made from each one's first answer; the samples may not. Raises `UserError` if they do.
    """
    name, values = parts.split(metric)
    part, options = parts.load("metric", name), parts.options("metric", name, values)
    if not hasattr(part, "segments"):
        raise UserError(
            f"The metric '{name}' cannot be tested for significance: it has no `segments`."
        )
    a, b = matched(a, b)
    pairs = zip(part.segments(a, options), part.segments(b, options), strict=True)
    return {one.name: _test(one, other) for one, other in pairs if _counts(one) and _counts(other)}


def matched(a: Sequence[Result], b: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """Both systems' results in the order of the first. Raises `UserError` for other samples and for
    conversations with other users."""
    users = [", ".join(sorted({place.user_of(result) for result in each})) for each in (a, b)]
    if users[0] != users[1]:
        raise UserError(
            f"The user of the first system's conversations is {users[0]}, of the second's "
            f"{users[1]}; what one asks for and is satisfied with says nothing of the other. "
            "Compare conversations with the same user."
        )
    ours, theirs = _by_id(a), _by_id(b)
    alone = sorted(ours.keys() ^ theirs.keys())
    if alone:
        raise UserError(
            f"The two systems answered different samples: {len(alone)} are in one file only, "
            f"such as '{alone[0]}'. Compare outputs of the same task and test set."
        )
    for id, result in ours.items():
        one, other = result.sample, theirs[id].sample
        if _question(one) != _question(other):
            raise UserError(
                f"The sample '{id}' has another source or reference in the other file. "
                "Compare outputs of the same test set."
            )
    return list(ours.values()), [theirs[id] for id in ours]


def _question(sample: Sample) -> tuple[str, str, Any]:
    return sample.source, sample.reference, sample.meta.get("questions")


def _by_id(results: Sequence[Result]) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for result in results:
        if result.sample.id in found:
            raise UserError(
                f"The sample '{result.sample.id}' was answered twice by one system. "
                "Compare outputs of one task at a time."
            )
        found[result.sample.id] = result
    return found


def _counts(segments: Segments) -> bool:
    return not math.isnan(segments.figure(segments.rows.sum(axis=0)))


def _test(a: Segments, b: Segments) -> Json:
    score_a, score_b = (each.figure(each.rows.sum(axis=0)) for each in (a, b))
    drawn = _bootstrap(a, b)
    swapped = _randomise(a, b)
    observed = abs(score_b - score_a)
    # What two tasks did may be counted by one metric, as requests and edits are.
    signatures = " | ".join(dict.fromkeys((a.signature, b.signature)))
    centred = np.abs(drawn) - np.abs(drawn).mean()
    return {
        "a": score_a,
        "b": score_b,
        "difference": score_b - score_a,
        "interval": [float(edge) for edge in np.percentile(drawn, [2.5, 97.5])],
        "p_bootstrap": _p_value(centred, observed),
        "p_randomisation": _p_value(np.abs(swapped), observed),
        "signature": f"{signatures}|bs:{RESAMPLES}|ar:{TRIALS}|seed:{SEED}",
    }


def _bootstrap(a: Segments, b: Segments) -> Any:
    """The difference b - a on each resample of the samples."""
    differences = np.array(
        [b.figure(often @ b.rows) - a.figure(often @ a.rows) for often in resamples(a)]
    )
    return differences[~np.isnan(differences)]


def _randomise(a: Segments, b: Segments) -> Any:
    """The difference of two systems made by swapping answers at random, for each trial."""
    swap = np.random.default_rng(SEED).integers(2, size=(TRIALS, len(a.rows)), dtype=bool)
    sums, change = (a.rows.sum(axis=0), b.rows.sum(axis=0)), a.rows - b.rows
    found = []
    # In blocks, since a product makes floats of what is swapped.
    for block in np.array_split(swap, TRIALS // _BLOCK):
        moved = block @ change
        pairs = zip(sums[1] + moved, sums[0] - moved, strict=True)
        found += [a.figure(other) - a.figure(one) for one, other in pairs]
    differences = np.array(found)
    return differences[~np.isnan(differences)]


def _p_value(statistics: Any, observed: float) -> float:
    # One more on both sides, so that p is never 0. A tie counts, since shares of few sentences
    # tie often; the small number keeps rounding from breaking it. (sacrebleu counts no ties, and
    # so finds that a system differs from itself.)
    return float((int((statistics >= observed - 1e-9).sum()) + 1) / (len(statistics) + 1))
