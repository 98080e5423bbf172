"""A judge's reviews of two systems' answers: who wins how often, and by how much.

A review is text: the evidence first, then a score for either assistant (BayLing §4.3; the released
files, papers.md §1.6.7). Where a file holds the same questions in both orders, a system's position
no longer helps it.
"""

from __future__ import annotations

import math
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

# "Score of the Assistant 1: 9", "Assistant 2's score is **7.5**", "助手一的最终得分（满分10）：8".
_SCORE = re.compile(
    r"(?:scores?\s+(?:of|for)\s+(?:the\s+)?assistant\s*([12])"
    r"|assistant\s*([12])(?:['’]s)?\s*score"
    r"|(?:助手|助理|assistant)\s*([12一二])\s*的?(?:最终)?(?:得分|分数|评分)?)"
    r"\W{0,4}(?:\([^)\n]*\)|（[^）\n]*）)?\W{0,4}?"
    r"(?:[:：]|\bis\b|为|是)\W{0,6}?(?<![-−\d])(\d+(?:\.\d+)?)",
    re.IGNORECASE,
)


class Judged(NamedTuple):
    """The scores of the first and the second system in one review, whoever was shown first.

    `question` tells which reviews are about the same one, and `turned` that the second was shown
    first.
    """

    first: float
    second: float
    category: str
    question: str
    turned: bool


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
        turned = here != names
        a, b = scores[::-1] if turned else scores
        question = str(row.get("question_id", f"line {number}"))
        found.append(Judged(a, b, str(row.get("category", "")), question, turned))
    if names is None or not found:
        raise InputError(file, "holds no review with a score for either assistant")
    return Judgements(*names, tuple(found), unread)


def score(file: Path) -> dict[str, Score]:
    """`wins`, `ties` and `losses` of the first system, counted, and `relative`: the sum of its
    scores in % of the other's (100 where they are even), with a bootstrap interval over questions.

    `details` of the counts hold their share in %, those of `relative` both means, the same by
    category, the questions, how many of them were judged in both orders, in how many % of these
    both orders have the same outcome (`agreement`), and the reviews that could not be read.
    `relative` is left out where the second system has no points. Raises `InputError` as `read`
    does.
    """
    judged = read(file)
    reviews = judged.reviews
    n = len(reviews)
    systems = f"first:{judged.first}|second:{judged.second}"
    scores = {}
    for name, count in _outcomes(reviews).items():
        share = proportion(name, count, n, n, systems)
        low, high = (each * n / 100 for each in share.interval or (0, 0))
        scores[name] = Score(name, count, share.signature, n, (low, high), {"share": share.value})
    if not any(each.second for each in reviews):
        return scores
    segments = _relative(reviews, systems)
    by_category: dict[str, list[Judged]] = defaultdict(list)
    orders: dict[str, set[bool]] = defaultdict(set)
    for each in reviews:
        by_category[each.category].append(each)
        orders[each.question].add(each.turned)
    details: Json = {
        "first_mean": sum(each.first for each in reviews) / n,
        "second_mean": sum(each.second for each in reviews) / n,
        "questions": len(orders),
        "judged_in_both_orders": sum(len(each) == 2 for each in orders.values()),
        **_agreement(reviews),
        "unread": judged.unread,
        "categories": {
            name: {"relative": _figure(_relative(of, systems)), **_outcomes(of)}
            for name, of in sorted(by_category.items())
        },
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
    found: dict[str, str] = {}
    for match in _SCORE.finditer(review):
        number = match[1] or match[2] or match[3]
        found[{"一": "1", "二": "2"}.get(number, number)] = match[4]
    if set(found) != {"1", "2"}:
        return None
    return float(found["1"]), float(found["2"])


def _agreement(reviews: Sequence[Judged]) -> Json:
    """% of the questions with one review in either order in which both prefer the same system, or
    neither does; nothing without such questions."""
    preferred: dict[str, dict[bool, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in reviews:
        preferred[each.question][each.turned].append(float(np.sign(each.first - each.second)))
    pairs = [
        (orders[False][0], orders[True][0])
        for orders in preferred.values()
        if len(orders[False]) == len(orders[True]) == 1
    ]
    agreed = sum(one == other for one, other in pairs)
    return {"agreement": 100 * agreed / len(pairs)} if pairs else {}


def _outcomes(reviews: Sequence[Judged]) -> dict[str, int]:
    signs = [np.sign(each.first - each.second) for each in reviews]
    return {name: signs.count(sign) for name, sign in (("wins", 1), ("ties", 0), ("losses", -1))}


def _relative(reviews: Sequence[Judged], systems: str) -> Segments:
    """The sums of either system's scores by question: two orders of it are no two questions."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in reviews:
        sums[each.question][0] += each.first
        sums[each.question][1] += each.second
    return Segments(
        "relative",
        np.array(list(sums.values()), dtype=np.float64),
        lambda total: float(100 * total[0] / total[1]) if total[1] else math.nan,
        f"relative|sums of scores|{systems}|bayling:{__version__}",
    )


def _figure(segments: Segments) -> float | None:
    figure = segments.figure(segments.rows.sum(axis=0))
    return None if math.isnan(figure) else figure


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
