"""Exams in AGIEval's form, asked zero-shot: questions with a key, and predictions beside them.

How a letter is read off a prediction decides the figure, so a rule has a name and stands in the
signature. `bayling` is the one that reproduces BayLing's published tables (docs/evaluation.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bayling import __version__, jsonl
from bayling.errors import InputError, UserError, nearest
from bayling.evaluate import _mathematics
from bayling.evaluate.metrics._statistics import Z95, proportion
from bayling.records import Json, Score

Kind = Literal["choice", "several", "cloze"]

# AGIEval's subjects, and what an answer is: a letter, a set of letters, or a value.
TASKS: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "gaokao-chinese",
            "gaokao-english",
            "gaokao-mathqa",
            "gaokao-chemistry",
            "gaokao-biology",
            "gaokao-history",
            "gaokao-geography",
            "sat-math",
            "sat-en",
            "sat-en-without-passage",
            "aqua-rat",
            "lsat-ar",
            "lsat-lr",
            "lsat-rc",
            "logiqa-en",
            "logiqa-zh",
        ),
        "choice",
    ),
    **dict.fromkeys(("gaokao-physics", "jec-qa-kd", "jec-qa-ca"), "several"),
    **dict.fromkeys(("gaokao-mathcloze", "math"), "cloze"),
}
_LETTER = re.compile("[A-F]")
_STATED = re.compile(
    r"(?:(?i:answer(?:\s+is)?(?:\s+(?:choice|option))?)|答案|选项|选择|应选|选)[^A-Za-z]{0,8}([A-F])(?![A-Za-z])"
)
_BRACKETED = re.compile(r"[(（]([A-F])[)）]")


def _after_bayling(text: str) -> str:
    # Or the A of "Answer" is the answer.
    return _first_letter(text.replace("Answer", "").replace("Choice", ""))


def _first_letter(text: str) -> str:
    found = _LETTER.search(text)
    return found[0] if found else ""


def _stated(text: str) -> str:
    found = _STATED.findall(text)
    if found:
        return str(found[-1])
    bracketed = _BRACKETED.search(text)
    return bracketed[1] if bracketed else ""


# How the letter of a single choice is read off an output; '' where there is none.
RULES: dict[str, Callable[[str], str]] = {
    "bayling": _after_bayling,
    "first-letter": _first_letter,
    "stated": _stated,
}


@dataclass(frozen=True)
class Paper:
    """One subject: its name among `TASKS`, the file of questions and that of predictions."""

    task: str
    questions: Path
    predictions: Path


def score(papers: Sequence[Paper], rule: str = "bayling") -> dict[str, Score]:
    """`accuracy` of one subject, or of several each by its name and `accuracy` as their mean.

    Questions are AGIEval's lines {question, options, label, answer}; predictions lines with `text`
    (or an API's `choices`), in the same order. `details` has `correct`, `total` and `unanswered`
    (nothing could be read off); the mean, which weighs subjects alike as AGIEval's tables do, says
    `over` which. Raises `InputError` for a line of another form and for files of different length,
    `UserError` for an unknown subject or rule or one that is given twice.
    """
    if rule not in RULES:
        raise UserError(f"There is no rule '{rule}'.{nearest(rule, RULES)}")
    names = [paper.task for paper in papers]
    for name in names:
        check_task(name)
        if names.count(name) > 1:
            raise UserError(f"The subject '{name}' is given twice; expected each one once.")
    return mean({paper.task: _subject(paper, rule) for paper in papers}, rule)


def mean(each: Mapping[str, Score], rule: str) -> dict[str, Score]:
    """`accuracy` of the only subject, or `accuracy` as their mean and each one's by its name."""
    if len(each) == 1:
        return {"accuracy": next(iter(each.values()))}
    value = sum(one.value for one in each.values()) / len(each)
    over = f"mean of {len(each)} subjects: {', '.join(each)}"
    totals = {
        key: sum(one.details[key] for one in each.values())
        for key in ("correct", "total", "unanswered")
    }
    return {
        "accuracy": Score(
            "accuracy",
            value,
            f"accuracy|{over}|rule:{rule}|interval:agresti-coull95|bayling:{__version__}",
            sum(one.n for one in each.values()),
            _interval(value, list(each.values())),
            {**totals, "over": over},
        ),
        **each,
    }


def _interval(mean: float, scores: Sequence[Score]) -> tuple[float, float]:
    """95 % of a mean of independent proportions, by the normal distribution, with two right and two
    wrong answers more of each (Agresti and Coull 1998), or none of few would seem sure."""
    shares = ((one.value * one.n / 100 + 2) / (one.n + 4) for one in scores)
    variances = [
        1e4 * share * (1 - share) / (one.n + 4) for share, one in zip(shares, scores, strict=True)
    ]
    half = Z95 * math.sqrt(sum(variances)) / len(scores)
    return max(0.0, mean - half), min(100.0, mean + half)


def read_off(task: str, text: str, rule: str = "bayling") -> str | None:
    """The answer in an output: a letter, letters in order, or a value; None or '' without one."""
    kind = TASKS[task]
    if kind == "choice":
        return RULES[rule](text)
    if kind == "several":
        return "".join(sorted(set(_LETTER.findall(text))))
    return _mathematics.stated(text)


def is_right(task: str, answer: str | None, key: str) -> bool:
    """Whether an answer that was read off is the key's."""
    if TASKS[task] == "cloze":
        return _mathematics.same(answer, key)
    return answer == key


def key_of(task: str, row: Mapping[str, Any]) -> str:
    """The right answer of a line of questions. Raises `ValueError` where it has none."""
    if TASKS[task] == "cloze":
        answer = row.get("answer")
        if isinstance(answer, str | int | float):
            return str(answer)
        raise ValueError("expected `answer`, a value")
    label = row.get("label")
    letters = label if isinstance(label, list) else list(label) if isinstance(label, str) else []
    if not letters or not all(isinstance(x, str) and _LETTER.fullmatch(x) for x in letters):
        raise ValueError("expected `label`, a letter from A to F or a list of them")
    if TASKS[task] == "choice" and len(letters) > 1:
        raise ValueError(f"expected one letter as `label` in {task}")
    return "".join(sorted(letters))


def questions(task: str, file: Path) -> list[tuple[Json, str]]:
    """The lines of a subject's file, each with its key. Raises as `score` does."""
    check_task(task)
    found = []
    for number, row in jsonl.numbered(file):
        try:
            found.append((row, key_of(task, row)))
        except ValueError as error:
            raise InputError(file, str(error), number) from error
    if not found:
        raise InputError(file, "holds no questions")
    return found


def check_task(name: str) -> None:
    """Raises `UserError` for a subject that AGIEval does not have."""
    if name not in TASKS:
        raise UserError(f"AGIEval has no subject '{name}'.{nearest(name, TASKS)}")


def _subject(paper: Paper, rule: str) -> Score:
    keys = [key for _, key in questions(paper.task, paper.questions)]
    texts = [_text(paper.predictions, *line) for line in jsonl.numbered(paper.predictions)]
    if len(texts) != len(keys):
        raise InputError(
            paper.predictions,
            f"has {len(texts)} predictions, {paper.questions} has {len(keys)} questions; "
            "expected one for each",
        )
    return accuracy(paper.task, list(zip(texts, keys, strict=True)), rule)


def accuracy(task: str, answered: Sequence[tuple[str, str]], rule: str) -> Score:
    """The score of one subject, from (output, key) of each question."""
    answers = [read_off(task, text, rule) for text, _ in answered]
    keys = [key for _, key in answered]
    correct = sum(is_right(task, *both) for both in zip(answers, keys, strict=True))
    details: Json = {
        "correct": correct,
        "total": len(keys),
        "unanswered": sum(not answer for answer in answers),
    }
    return proportion("accuracy", correct, len(keys), len(keys), method(task, rule), details)


def method(task: str, rule: str) -> str:
    """How answers of a subject are read off, for signatures."""
    said = {"choice": rule, "several": "all-letters", "cloze": "math-equivalence"}
    return f"task:{task}|rule:{said[TASKS[task]]}"


def _text(file: Path, number: int, row: Mapping[str, Any]) -> str:
    """What a line of predictions says: `text`, or the first of an API's `choices`."""
    choices = row.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    first = first if isinstance(first, dict) else {}
    message = first.get("message")
    message = message if isinstance(message, dict) else {}
    places = ((row, "text"), (message, "content"), (first, "text"))
    said = [place[key] for place, key in places if key in place]
    # An API that refuses says null.
    found = next((each for each in said if each is not None), "" if said else None)
    if not isinstance(found, str):
        raise InputError(file, "expected `text`, the output as a text", number)
    return found
