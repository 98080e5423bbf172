"""Exams in AGIEval's form: questions with a key, and a file of predictions beside it.

How a letter is read off a prediction decides the figure, so a rule has a name and stands in the
signature. `bayling` is the one that reproduces BayLing's published tables (docs/evaluation.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bayling import __version__, jsonl
from bayling.errors import InputError, UserError, nearest
from bayling.evaluate import _mathematics
from bayling.evaluate.metrics._statistics import proportion
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
    r"(?:answer|choice|option|选项|答案|选)(?:\s+(?:is|are)|[是为选:：\s])*\s*[(（\[]?([A-F])(?![A-Za-z])"
    r"|[(（]([A-F])[)）]",
    re.IGNORECASE,
)


def _after_bayling(text: str) -> str:
    # Or the A of "Answer" is the answer.
    return _first_letter(text.replace("Answer", "").replace("Choice", ""))


def _first_letter(text: str) -> str:
    found = _LETTER.search(text)
    return found[0] if found else ""


def _stated(text: str) -> str:
    found = _STATED.search(text)
    return (found[1] or found[2]).upper() if found else ""


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
        if name not in TASKS:
            raise UserError(f"AGIEval has no subject '{name}'.{nearest(name, TASKS)}")
        if names.count(name) > 1:
            raise UserError(f"The subject '{name}' is given twice; expected each one once.")
    each = {paper.task: _subject(paper, rule) for paper in papers}
    if len(each) == 1:
        return {"accuracy": next(iter(each.values()))}
    mean = sum(score.value for score in each.values()) / len(each)
    over = f"mean of {len(each)} subjects: {', '.join(each)}"
    totals = {
        key: sum(score.details[key] for score in each.values())
        for key in ("correct", "total", "unanswered")
    }
    return {
        "accuracy": Score(
            "accuracy",
            mean,
            f"accuracy|{over}|rule:{rule}|bayling:{__version__}",
            sum(score.n for score in each.values()),
            details={**totals, "over": over},
        ),
        **each,
    }


def read_off(task: str, text: str, rule: str = "bayling") -> str | None:
    """The answer in an output: a letter, letters in order, or a value; None or '' without one."""
    kind = TASKS[task]
    if kind == "choice":
        return RULES[rule](text)
    return (
        "".join(sorted(set(_LETTER.findall(text))))
        if kind == "several"
        else (_mathematics.stated(text))
    )


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


def _subject(paper: Paper, rule: str) -> Score:
    keys = []
    for number, row in jsonl.numbered(paper.questions):
        try:
            keys.append(key_of(paper.task, row))
        except ValueError as error:
            raise InputError(paper.questions, str(error), number) from error
    texts = [_text(paper.predictions, *line) for line in jsonl.numbered(paper.predictions)]
    if not keys:
        raise InputError(paper.questions, "holds no questions")
    if len(texts) != len(keys):
        raise InputError(
            paper.predictions,
            f"has {len(texts)} predictions, {paper.questions} has {len(keys)} questions; "
            "expected one for each",
        )
    answers = [read_off(paper.task, text, rule) for text in texts]
    correct = sum(is_right(paper.task, *both) for both in zip(answers, keys, strict=True))
    details: Json = {
        "correct": correct,
        "total": len(keys),
        "unanswered": sum(not answer for answer in answers),
    }
    said = {"choice": rule, "several": "all-letters", "cloze": "math-equivalence"}
    method = f"task:{paper.task}|rule:{said[TASKS[paper.task]]}"
    return proportion("accuracy", correct, len(keys), len(keys), method, details)


def _text(file: Path, number: int, row: Mapping[str, Any]) -> str:
    """What a line of predictions says: `text`, or the first of an API's `choices`."""
    found = row.get("text")
    if found is None and isinstance(row.get("choices"), list) and row["choices"]:
        first = row["choices"][0]
        if isinstance(first, dict):
            found = (first.get("message") or {}).get("content", first.get("text"))
    if not isinstance(found, str):
        raise InputError(file, "expected `text`, the output as a text", number)
    return found
