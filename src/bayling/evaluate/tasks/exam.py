"""AGIEval's exams, zero-shot: the model writes its answer, or the likeliest option is taken.

The layout is AGIEval's (passage, question, options, a request that names the form of the answer);
the words are ours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bayling.errors import InputError, UserError
from bayling.evaluate import exam
from bayling.evaluate.tasks import Choice, Flow
from bayling.records import Json, Message, Result, Sample

METRICS = ("accuracy",)
# The predictions that BayLing released end there.
ROOM = 100

# By language: the headings of question and options, what is asked for by kind, and the form of a
# single choice, from which the rule `bayling` reads its letter.
_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "question": "Question: ",
        "options": "Options:",
        "choice": 'Which option is right? Reply in the form "Answer is choice ( )".',
        "several": "One or several options are right. Reply with the letters of all that are.",
        "cloze": "Reply with the final value alone, between dollar signs.",
        "form": "Answer is choice ({})",
    },
    "zh": {
        "question": "问题：",
        "options": "选项：",
        "choice": "哪个选项正确？请按“答案是（ ）”的格式回答。",
        "several": "有一个或多个选项正确。请写出所有正确选项的字母。",
        "cloze": "请只写出最后的答案，放在两个美元符号之间。",
        "form": "答案是（{}）",
    },
}
_LETTERS = "ABCDEF"
_CHINESE = ("gaokao-", "jec-", "logiqa-zh")


@dataclass(frozen=True)
class Options:
    """The subjects and their files of questions, how an answer is had, and how many questions of
    each are asked at most (the first ones; all if not given)."""

    papers: Annotated[Mapping[str, Path], Field(min_length=1)]
    by: Literal["generation", "likelihood"] = "generation"
    most: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        for subject in self.papers:
            exam.check_task(subject)
            if self.by == "likelihood" and exam.TASKS[subject] != "choice":
                raise UserError(
                    f"{subject} is no single choice, so no option can be the likeliest one; "
                    "ask it by: generation."
                )


def inputs(options: Options) -> list[Path]:
    return list(options.papers.values())


def samples(options: Options, given: Sequence[Sample]) -> list[Sample]:
    """A sample for each question: its text, the key as reference, the subject as origin."""
    return [
        Sample(
            f"{subject}:{number}",
            _text(row, subject),
            key,
            _language(subject),
            _language(subject),
            subject,
            meta={"options": len(row.get("options") or ()), "by": options.by},
        )
        for subject, file in options.papers.items()
        for number, (row, key) in enumerate(
            islice(_questions(subject, file), options.most), start=1
        )
    ]


def _questions(subject: str, file: Path) -> Iterator[tuple[Json, str]]:
    """The lines of a subject's file with their keys. Raises `InputError` for one that cannot be
    asked."""
    chosen = exam.TASKS[subject] != "cloze"
    for number, (row, key) in enumerate(exam.questions(subject, file), start=1):
        options = row.get("options") or ()
        if not isinstance(row.get("question"), str) or not row["question"].strip():
            raise InputError(file, "expected `question`, a text", number)
        if chosen and not (_is_list_of_texts(options) and 2 <= len(options) <= len(_LETTERS)):
            raise InputError(file, "expected `options`, a list of two to six texts", number)
        if chosen and any(letter not in _LETTERS[: len(options)] for letter in key):
            raise InputError(file, f"the `label` {key} is none of {len(options)} options", number)
        yield row, key


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    words = _WORDS[sample.source_lang]
    asked = Message("user", f"{sample.source}\n\n{words[exam.TASKS[sample.origin]]}")
    if options.by == "generation":
        answer = yield (asked,)
        return Result(sample, (asked, Message("assistant", answer)), (answer,))
    letters = {
        words["form"].format(letter): letter for letter in _LETTERS[: sample.meta["options"]]
    }
    answer = yield Choice((asked,), tuple(letters))
    # The letter alone: what was chosen is not to be read off by any rule.
    return Result(sample, (asked, Message("assistant", answer)), (f"({letters[answer]})",))


def _text(row: Json, subject: str) -> str:
    words = _WORDS[_language(subject)]
    pieces = [row.get("passage") or "", f"{words['question']}{row.get('question', '')}"]
    options = row.get("options") or ()
    if options:
        pieces.append("\n".join([words["options"], *options]))
    return "\n\n".join(piece for piece in pieces if piece)


def _language(subject: str) -> str:
    chinese = subject.startswith(_CHINESE) and subject != "gaokao-english"
    return "zh" if chinese else "en"
