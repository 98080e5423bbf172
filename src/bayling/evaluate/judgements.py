"""A judge's reviews of two systems' answers: who wins how often, and by how much.

A review is text: the evidence first, then a score for either assistant (BayLing §4.3; the released
files, papers.md §1.6.7). Where a file holds the same questions in both orders, a system's position
no longer helps it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bayling import __version__, jsonl
from bayling.errors import InputError
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import RESAMPLES, SEED, bootstrap, proportion
from bayling.records import Json, Score

_SCORE = re.compile(
    r"scores?\s+(?:of|for)\s+(?:the\s+)?assistant\s*([12])\W{0,4}\s*(\d+(?:\.\d+)?)", re.IGNORECASE
)
_CHINESE = re.compile(r"助手\s*([12])\s*的?(?:得分|分数|评分)\W{0,4}\s*(\d+(?:\.\d+)?)")


class Judged(NamedTuple):
    """The scores of the first and the second system in one review, whoever was shown first."""

    first: float
    second: float
    category: str


@dataclass(frozen=True)
class Judgements:
    """Reviews of two systems by name; `unread` have no two scores and count nowhere."""

    first: str
    second: str
    reviews: tuple[Judged, ...]
    unread: int


def read(file: Path) -> Judgements:
    """The reviews of a file in BayLing's form: {question_id, category, system1: {name, response},
    system2, review: [text]}; `score: [a, b]`, where it is there, comes before the text.

    Lines in which the systems stand the other way round are turned. Raises `InputError` for a line
    of another form, for a third system and for a file without a single review that can be read.
    """
    names: tuple[str, str] | None = None
    found: list[Judged] = []
    unread = 0
    for number, row in jsonl.numbered(file):
        here = _name(file, number, row, "system1"), _name(file, number, row, "system2")
        names = names or here
        if here not in (names, names[::-1]):
            raise InputError(
                file,
                f"reviews {here[0]} and {here[1]}; before it was {' and '.join(names)}",
                number,
            )
        scores = _scores(file, number, row)
        if scores is None:
            unread += 1
            continue
        # Two runs of one system are told apart by their places alone.
        a, b = scores if here == names else scores[::-1]
        found.append(Judged(a, b, str(row.get("category", ""))))
    if names is None or not found:
        raise InputError(file, "holds no review with a score for either assistant")
    return Judgements(*names, tuple(found), unread)


def score(file: Path) -> dict[str, Score]:
    """`wins`, `ties` and `losses` of the first system, counted, and `relative`: the sum of its
    scores in % of the other's (100 where they are even), with a bootstrap interval.

    `details` of the counts hold their share in %, those of `relative` both means, the relative
    score by category, and reviews that could not be read. Raises `InputError` as `read` does.
    """
    judged = read(file)
    reviews = judged.reviews
    n = len(reviews)
    outcomes = [np.sign(each.first - each.second) for each in reviews]
    said = f"{judged.first} against {judged.second}"
    scores = {}
    for name, outcome in (("wins", 1), ("ties", 0), ("losses", -1)):
        count = outcomes.count(outcome)
        share = proportion(name, count, n, n, f"first:{judged.first}|second:{judged.second}")
        scores[name] = Score(name, count, share.signature, n, details={"share": share.value})
    segments = _relative(reviews, said)
    by_category: dict[str, list[Judged]] = defaultdict(list)
    for each in reviews:
        by_category[each.category].append(each)
    details: Json = {
        "first": judged.first,
        "second": judged.second,
        "first_mean": sum(each.first for each in reviews) / n,
        "second_mean": sum(each.second for each in reviews) / n,
        "unread": judged.unread,
        "categories": {name: _category(of, said) for name, of in sorted(by_category.items())},
    }
    scores["relative"] = Score(
        "relative",
        segments.figure(segments.rows.sum(axis=0)),
        f"{segments.signature}|bs:{RESAMPLES}|seed:{SEED}",
        n,
        bootstrap(segments),
        details,
    )
    return scores


def scores_in(review: str) -> tuple[float, float] | None:
    """The last score for either assistant in a review; None where one is missing."""
    found = dict([*_SCORE.findall(review), *_CHINESE.findall(review)])
    if set(found) != {"1", "2"}:
        return None
    return float(found["1"]), float(found["2"])


def _relative(reviews: Sequence[Judged], said: str) -> Segments:
    return Segments(
        "relative",
        np.array([(each.first, each.second) for each in reviews], dtype=np.float64),
        lambda total: float(100 * total[0] / total[1]) if total[1] else float("nan"),
        f"relative|sums of scores|{said}|bayling:{__version__}",
    )


def _category(reviews: Sequence[Judged], said: str) -> Json:
    signs = [np.sign(each.first - each.second) for each in reviews]
    segments = _relative(reviews, said)
    return {
        "relative": segments.figure(segments.rows.sum(axis=0)),
        "wins": signs.count(1),
        "ties": signs.count(0),
        "losses": signs.count(-1),
    }


def _name(file: Path, number: int, row: Mapping[str, Any], key: str) -> str:
    system = row.get(key)
    if not isinstance(system, dict) or not isinstance(system.get("name"), str):
        raise InputError(file, f"expected `{key}` with a `name`", number)
    return str(system["name"])


def _scores(file: Path, number: int, row: Mapping[str, Any]) -> tuple[float, float] | None:
    given = row.get("score")
    if (
        isinstance(given, list)
        and len(given) == 2
        and all(isinstance(each, int | float) and not isinstance(each, bool) for each in given)
    ):
        return float(given[0]), float(given[1])
    review = row.get("review")
    text = "\n".join(map(str, review)) if isinstance(review, list) else review
    if not isinstance(text, str):
        raise InputError(file, "expected `review`, the judge's text, or `score: [a, b]`", number)
    return scores_in(text)
