"""General instructions from a file, passed through with all their turns.

BayLing was tuned on general instructions in English beside its translations (papers.md §1.2). The
forms that such data is published in: `messages`, ShareGPT's `conversations`, Alpaca's
`instruction`, `input` and `output`. JSON Lines, or the one JSON list that Alpaca comes as.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayling import jsonl, terminal
from bayling.build.builders import Resources
from bayling.errors import InputError
from bayling.records import Dialogue, Json, Message, Pair

# Tells the stage that one lot is enough, and that it need hold nothing.
NEEDS_PAIRS = False

_ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
_FORMS = (
    "expected messages: [{role, content}, …], conversations: [{from, value}, …] or "
    "instruction, input and output"
)


@dataclass(frozen=True)
class Options:
    """The file; its dialogues are taken in random order, each once."""

    path: Path


def inputs(options: Options) -> list[Path]:
    return [options.path]


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `InputError` with the line (the place in a list) of what is no dialogue."""
    read = [
        (number, _conversation(options.path, number, row)) for number, row in _rows(options.path)
    ]
    usable = [(number, messages) for number, messages in read if messages]
    if len(usable) < len(read):
        terminal.say(
            f"{options.path}: {len(read) - len(usable)} of {len(read)} conversations left out, in "
            "which nobody answers, an answer is empty, or others speak than a user and an assistant"
        )
    rng.shuffle(usable)
    for number, messages in usable:
        yield Dialogue(messages, "general", "und", "und", f"{options.path.stem}-{number}")


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
    """From the first question to the last answer, all answers learned; () for what is no use."""
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
