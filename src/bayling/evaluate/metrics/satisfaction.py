"""How many wishes the final outputs fulfil.

Never to be read without BLEU or chrF2: a text that recites the wishes fulfils them all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from bayling import checks, parts
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import WISHES, proportion, share
from bayling.records import Check, Result, Score


@dataclass(frozen=True)
class Options:
    """Each wish is asked as its check asks it."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`satisfied`: % of wishes fulfilled; `all_satisfied`: % of results with all of them fulfilled.

    Only results with wishes count; [] where none has any. `details["casefolded"]` is the same
    figure without regard to case.
    """
    asked = [result for result in results if result.wishes]
    if not asked:
        return []
    exact = [_outcomes(result, result.wishes) for result in asked]
    folded = [_outcomes(result, tuple(map(_folded, result.wishes))) for result in asked]
    wishes, n = sum(map(len, exact)), len(asked)
    each, each_folded = sum(map(sum, exact)), sum(map(sum, folded))
    every, every_folded = sum(map(all, exact)), sum(map(all, folded))
    return [
        proportion(
            "satisfied",
            each,
            wishes,
            n,
            WISHES,
            {"fulfilled": each, "wishes": wishes, "casefolded": 100 * each_folded / wishes},
        ),
        proportion(
            "all_satisfied",
            every,
            n,
            n,
            WISHES,
            {"fulfilled": every, "casefolded": 100 * every_folded / n},
        ),
    ]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(fulfilled, asked) of each result; (0, 0) for one without wishes."""
    outcomes = [_outcomes(result, result.wishes) for result in results]
    each = [(sum(outcome), len(outcome)) for outcome in outcomes]
    every = [(int(bool(outcome) and all(outcome)), int(bool(outcome))) for outcome in outcomes]
    return [share("satisfied", each, WISHES), share("all_satisfied", every, WISHES)]


def _outcomes(result: Result, wishes: Sequence[Check]) -> list[bool]:
    return [checks.holds(wish, result.outputs[-1]).ok for wish in wishes]


def _folded(check: Check) -> Check:
    """The check without regard to case, where it knows of case."""
    fields = {field.name for field in dataclasses.fields(parts.load("check", check.kind).Options)}
    if "match_case" not in fields:
        return check
    return Check(check.kind, {**check.options, "match_case": False})
