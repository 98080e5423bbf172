"""Answers with the last line of the last request, chooses the first of several answers: the fake
that needs no weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bayling.records import Message


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


class Echo:
    name = "echo"

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        if on_answer:
            on_answer(len(conversations))
        said = [messages[-1].text.rsplit("\n", 1)[-1] for messages in conversations]
        if beginnings is None:
            return said
        pairs = zip(beginnings, said, strict=True)
        return [f"{begun} {text}" if begun else text for begun, text in pairs]

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        if on_answer:
            on_answer(len(conversations))
        return [first for first, *_ in candidates]


def connect(options: Options) -> Echo:
    return Echo()
