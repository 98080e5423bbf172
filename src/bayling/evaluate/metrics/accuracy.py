"""How many questions of exams are answered right, by subject and as their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bayling import __version__
from bayling.evaluate import exam
from bayling.evaluate.metrics import Segments
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """How the letter of a single choice is read off an answer (see `bayling.evaluate.exam`)."""

    rule: Literal["bayling", "first-letter", "stated"] = "bayling"


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`accuracy`, as `bayling score exam` has it; [] for results of other tasks.

    Of several subjects their mean, with each one's share in `details["by_subject"]`.
    """
    subjects: dict[str, list[tuple[str, str]]] = {}
    for result in filter(_is_exam, results):
        answered = (result.outputs[-1], result.sample.reference)
        subjects.setdefault(result.sample.origin, []).append(answered)
    if not subjects:
        return []
    each = {name: exam.accuracy(name, asked, options.rule) for name, asked in subjects.items()}
    whole = exam.mean(each, options.rule)["accuracy"]
    details = dict(whole.details)
    if len(each) > 1:
        details["by_subject"] = {name: one.value for name, one in each.items()}
    return [replace(whole, signature=f"{whole.signature}|{_asked(results)}", details=details)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(right, asked) of every subject for each result, with zeros but for its own one."""
    subjects = sorted({result.sample.origin for result in results if _is_exam(result)})
    rows = np.zeros((len(results), 2 * len(subjects)))
    for row, result in zip(rows, results, strict=True):
        if _is_exam(result):
            place = 2 * subjects.index(result.sample.origin)
            row[place : place + 2] = _is_right(result, options), 1
    method = f"mean of {len(subjects)} subjects: {', '.join(subjects)}|rule:{options.rule}"
    if len(subjects) == 1:
        method = exam.method(subjects[0], options.rule)
    signature = f"accuracy|{method}|{_asked(results)}|bayling:{__version__}"
    return [Segments("accuracy", rows, _mean, signature)]


def _mean(total: NDArray[Any]) -> float:
    """The mean of the subjects of which anything was asked, in %."""
    shares = [right / asked for right, asked in total.reshape(-1, 2) if asked]
    return float(100 * sum(shares) / len(shares)) if shares else math.nan


def _asked(results: Sequence[Result]) -> str:
    """How answers were had: figures of the two ways do not compare."""
    return f"by:{'+'.join(sorted({r.sample.meta.get('by', '') for r in results if _is_exam(r)}))}"


def _is_exam(result: Result) -> bool:
    return result.task == "exam"


def _is_right(result: Result, options: Options) -> bool:
    subject = result.sample.origin
    answer = exam.read_off(subject, result.outputs[-1], options.rule)
    return exam.is_right(subject, answer, result.sample.reference)
