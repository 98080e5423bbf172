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

from bayling import jsonl
from bayling.build.builders import Resources
from bayling.errors import InputError
from bayling.records import Dialogue, Json, Message, Pair

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
    rows = list(_rows(options.path))
    rng.shuffle(rows)
    for number, row in rows:
        try:
            messages = tuple(_messages(row))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(options.path, f"is no dialogue; {_FORMS}", number) from error
        # A conversation that breaks off after a question, or in which nobody answers.
        if messages and messages[-1].role == "assistant" and all(each.text for each in messages):
            name = f"{options.path.stem}-{number}"
            yield Dialogue(messages, "general", "und", "und", name)


def _rows(path: Path) -> Iterator[tuple[int, Json]]:
    """(line, or place in the list, from 1; object)."""
    first = next((line for _, line in jsonl.lines(path) if line.strip()), "")
    if not first.lstrip().startswith("["):
        yield from jsonl.numbered(path)
        return
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InputError(path, f"not valid JSON ({error.msg})", error.lineno) from error
    yield from enumerate(rows, 1)


def _messages(row: Json) -> Iterator[Message]:
    """Its turns, every answer learned. Raises what a row of another form makes Python raise."""
    if "messages" in row:
        turns = [(turn["role"], turn["content"]) for turn in row["messages"]]
    elif "conversations" in row:
        turns = [(turn["from"], turn["value"]) for turn in row["conversations"]]
    else:
        asked = "\n\n".join(filter(None, (row["instruction"], row.get("input"))))
        turns = [("user", asked), ("assistant", row["output"])]
    # What a system prompt asks for stands above the first question, as our template has none.
    system = "\n\n".join(_text(text) for role, text in turns if role == "system")
    turns = [(_ROLES[role], _text(text)) for role, text in turns if role != "system"]
    for place, (role, text) in enumerate(turns):
        if role != ("user", "assistant")[place % 2]:
            raise ValueError("the user and the assistant take turns")
        said = f"{system}\n\n{text}" if system and place == 0 else text
        yield Message(role, said, learn=role == "assistant")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is a string")
    return value.strip()
