"""Two systems' conversations compared by a judge, which is any backend, in both orders.

A judge favours a place as much as an answer, so every question is put twice, with the systems in
either place (LAT does so, BayLing does not; papers.md §8). The reviews are written in BayLing's
form, so `bayling score judgements` reads them, and those that others published.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bayling import chain, jsonl, manifest, terminal
from bayling.backends import Backend
from bayling.errors import UserError
from bayling.evaluate import judgements, score, significance
from bayling.journal import Journal
from bayling.records import Json, Message, Result, Score

NAME = "reviews.jsonl"
_AT_ONCE = 16
_ROOM = 512  # tokens of a review

_ASKED = """\
Two assistants were asked the same. Compare what they answered: is it to the point, right, \
complete, clear, and in the language of the question? Neither their order nor mere length is a \
merit.

{first}

{second}

Write your reasons first, in a few sentences. Then end with these two lines, each with a number \
from 1 to 10:
Score of the Assistant 1: …
Score of the Assistant 2: …"""


def run(
    first: Path,
    second: Path,
    judge: dict[str, Any],
    connect: Callable[[], Backend],
    folder: Path | None = None,
    budget: int | None = None,
) -> dict[str, Score]:
    """Fill `folder` (judged/A-B if not given) with reviews.jsonl, and return what
    `judgements.score` says of it.

    `first` and `second` are files of results of one task, `judge` describes who judges, for the
    manifest; `connect` is called only if a review is missing. What was reviewed once, before a kill
    or with a smaller budget, is not asked again. At most `budget` reviews are asked for, two a
    question, of questions drawn at random. Raises `UserError` for files over different questions
    and for a budget of less than one question, `InputError` where no review can be read.
    """
    if budget is not None and budget < 2:
        raise UserError(f"--budget is {budget}; a question takes two reviews, one in either order.")
    a, b = significance.matched(score.results(first), score.results(second))
    names = _names(first, second)
    folder = folder or Path("judged") / "-".join(re.sub(r"\W+", "-", name) for name in names)
    hashes = {"first": manifest.sha256(first), "second": manifest.sha256(second)}
    plan = manifest.Plan("judge", {"judge": judge, "budget": budget, "systems": names}, hashes)
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return judgements.score(folder / NAME)
    # A larger budget goes on where a smaller one ended.
    pairs = list(zip(a, b, strict=True))
    random.Random(0).shuffle(pairs)
    asked = pairs if budget is None else pairs[: budget // 2]
    if len(asked) < len(pairs):
        terminal.say(f"The budget is enough for {len(asked)} of {len(pairs)} questions.")
    started = time.monotonic()
    # The systems by the places they are shown in.
    shown = [order for one, other in asked for order in ((one, other), (other, one))]
    reviews = _reviews(shown, connect(), folder, {"judge": judge, **hashes})
    manifest.begin(folder)
    rows = [
        _row(order, names[:: 1 if number % 2 == 0 else -1], review)
        for number, (order, review) in enumerate(zip(shown, reviews, strict=True))
    ]
    jsonl.write(folder / NAME, rows)
    manifest.write(folder, plan, [NAME], {"reviews": len(rows)}, time.monotonic() - started)
    return judgements.score(folder / NAME)


def _reviews(
    shown: Sequence[tuple[Result, Result]], judge: Backend, folder: Path, plan: Json
) -> list[str]:
    """A review of each, asked in portions that do not depend on how many there are in all; the
    journal stays, for a larger budget."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(judge, folder / "reviews.journal", plan)
    reviews: list[str] = []
    with terminal.bar("Judging", len(shown)) as bar:
        for start in range(0, len(shown), _AT_ONCE):
            asked = [_request(*order) for order in shown[start : start + _AT_ONCE]]
            reviews += journal.answer(asked, bar.advance, _ROOM)
    return reviews


def _request(first: Result, second: Result) -> list[Message]:
    shown = [
        f"[Assistant {place}]\n{_transcript(result)}"
        for place, result in enumerate((first, second), start=1)
    ]
    return [Message("user", _ASKED.format(first=shown[0], second=shown[1]))]


def _transcript(result: Result) -> str:
    """The whole conversation, of chains the final part: later questions lean on what was answered
    before."""
    who = {"user": "Question", "assistant": "Answer"}
    return "\n".join(
        f"{who.get(each.role, each.role)}: "
        f"{chain.final(each.text) if each.role == 'assistant' else each.text}"
        for each in result.messages
    )


def _row(order: tuple[Result, Result], names: Sequence[str], review: str) -> Json:
    systems = {
        f"system{place}": {"name": name, "response": _response(result)}
        for place, (name, result) in enumerate(zip(names, order, strict=True), start=1)
    }
    sample = order[0].sample
    return {
        "question_id": sample.id,
        "question": sample.source,
        "category": sample.meta.get("category", ""),
        **systems,
        "review": [review],
    }


def _response(result: Result) -> str | list[str]:
    return result.outputs[0] if len(result.outputs) == 1 else list(result.outputs)


def _names(first: Path, second: Path) -> tuple[str, str]:
    """The systems' folders, from as far up as it takes to tell them apart."""
    a, b = first.resolve().parent.parts, second.resolve().parent.parts
    for depth in range(1, max(len(a), len(b)) + 1):
        names = "/".join(a[-depth:]), "/".join(b[-depth:])
        if names[0] != names[1]:
            return names
    return first.stem, second.stem
