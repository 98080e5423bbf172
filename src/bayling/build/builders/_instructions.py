"""General instructions in the forms that they are published in: `messages`, ShareGPT's
`conversations`, Alpaca's `instruction`, `input` and `output`. JSON Lines, or the one JSON list that
Alpaca comes as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bayling import jsonl
from bayling.errors import InputError
from bayling.records import Json, Message

_ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
_FORMS = (
    "expected messages: [{role, content}, …], conversations: [{from, value}, …] or "
    "instruction, input and output"
)


def read(path: Path) -> list[tuple[int, tuple[Message, ...]]]:
    """(line, or place in the list, from 1; conversation) of every row of a file.

    A conversation goes from the first question to the last answer, all answers learned; it is ()
    where nobody answers, a text is empty, or others speak than a user and an assistant by turns.
    Raises `InputError` with the line (the place in a list) of what is no dialogue.
    """
    return [(number, _conversation(path, number, row)) for number, row in _rows(path)]


def _rows(path: Path) -> Iterator[tuple[int, Json]]:
    """(line, or place in the list, from 1; object)."""
    first = next((line for _, line in jsonl.lines(path) if line.strip()), "")
    if not first.lstrip().startswith("["):
        yield from jsonl.numbered(path)
        return
    try:
        rows = json.loads("\n".join(line for _, line in jsonl.lines(path)))
    except ValueError as error:
        # Not JSON, or a number too long for Python to read.
        problem, line = getattr(error, "msg", error), getattr(error, "lineno", None)
        raise InputError(path, f"not valid JSON ({problem})", line) from error
    yield from enumerate(rows, 1)


def _conversation(path: Path, number: int, row: Json) -> tuple[Message, ...]:
    try:
        turns = [(role, _text(text)) for role, text in _turns(row)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(path, f"is no dialogue; {_FORMS}", number) from error
    # What a system prompt asks for stands above the first question, as our template has none.
    system = "".join(f"{text}\n\n" for role, text in turns if role == "system")
    said = [(_ROLES.get(role), text) for role, text in turns if role != "system"]
    # Published conversations often begin with an answer or end with thanks.
    while said and said[0][0] == "assistant":
        said.pop(0)
    while said and said[-1][0] == "user":
        said.pop()
    if any(role != ("user", "assistant")[i % 2] or not text for i, (role, text) in enumerate(said)):
        return ()
    return tuple(
        Message(str(role), f"{'' if i else system}{text}", learn=role == "assistant")
        for i, (role, text) in enumerate(said)
    )


def _turns(row: Json) -> list[tuple[str, Any]]:
    """(role, text); raises what a row of another form makes Python raise."""
    if "messages" in row:
        return [(turn["role"], turn["content"]) for turn in row["messages"]]
    if "conversations" in row:
        return [(turn["from"], turn["value"]) for turn in row["conversations"]]
    asked = "\n\n".join(filter(None, (row["instruction"], row.get("input"))))
    return [("user", asked), ("assistant", row["output"])]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is a string")
    return value.strip()
