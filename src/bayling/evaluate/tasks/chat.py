"""Questions of a file, asked one after the other with the model's own answers between them.

BayLing-80 and every file of its form. There is no right answer: `bayling judge` compares two
systems' conversations. Of answers by way of English it is counted whether all parts are there.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bayling import jsonl
from bayling.errors import InputError
from bayling.evaluate.tasks import Flow
from bayling.records import Json, Message, Result, Sample

METRICS = ("chain",)
ROOM = 512


@dataclass(frozen=True)
class Options:
    """The file of lines {question_id, text, category}, where `text` is a question or a list of
    them, and how many lines are asked at most (the first ones; all if not given)."""

    path: Path
    most: Annotated[int, Field(ge=1)] | None = None


def inputs(options: Options) -> list[Path]:
    return [options.path]


def samples(options: Options, given: Sequence[Sample]) -> list[Sample]:
    """A sample for each line. Raises `InputError` for one of another form."""
    rows = islice(jsonl.numbered(options.path), options.most)
    found: dict[str, Sample] = {}
    for number, row in rows:
        sample = _sample(options.path, number, row)
        if sample.id in found:
            raise InputError(options.path, f"the question_id {sample.id} is there twice", number)
        found[sample.id] = sample
    if not found:
        raise InputError(options.path, "holds no questions")
    return list(found.values())


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    messages: tuple[Message, ...] = ()
    outputs: list[str] = []
    for question in sample.meta["questions"]:
        messages = (*messages, Message("user", question))
        outputs.append((yield messages))
        messages = (*messages, Message("assistant", outputs[-1]))
    return Result(sample, messages, tuple(outputs))


def _sample(file: Path, number: int, row: Json) -> Sample:
    text = row.get("text")
    questions = [text] if isinstance(text, str) else text
    if not isinstance(questions, list) or not questions or not all(map(_is_text, questions)):
        raise InputError(file, "expected `text`, a question or a list of questions", number)
    meta = {"questions": questions, "category": str(row.get("category", ""))}
    id = row.get("question_id")
    id = f"line {number}" if id is None else str(id)
    return Sample(id, questions[0], "", "und", "und", file.name, meta=meta)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
