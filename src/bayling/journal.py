"""A backend that writes its answers down as they come: a run that was killed asks none twice."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling.records import Message

if TYPE_CHECKING:
    from bayling.backends import Backend

# Conversations asked at once; a kill costs that many answers at most.
_AT_ONCE = 64


# Conversations and what goes with each (its candidates, its beginning) → answers.
_Ask = Callable[[list["Sequence[Message]"], list["Sequence[str]"]], list[str]]


class Rows:
    """The rows of a file, each written down as soon as it is made. Those of an earlier run of the
    same `plan` are known; the file of another plan is begun anew."""

    def __init__(self, file: Path, plan: Any) -> None:
        self._file = file
        self._known: dict[str, dict[str, Any]] = {}
        first, *rows = _whole(file) or [{}]
        if first == {"plan": plan}:
            self._known = {row["of"]: row for row in rows}
        # Without the line that was being written when the run was killed.
        partial = file.with_name(file.name + ".partial")
        kept = [{"plan": plan}, *self._known.values()]
        partial.write_text("".join(f"{json.dumps(row)}\n" for row in kept), encoding="ascii")
        os.replace(partial, file)

    def find(self, asked: Any) -> dict[str, Any] | None:
        """The row of what was `asked`, a JSON value."""
        return self._known.get(_of(asked))

    def add(self, asked: Any, answer: Callable[[], list[str]]) -> dict[str, Any]:
        """{"of": what was `asked`, as a hash, "seconds": it took, "answers"}"""
        of, started = _of(asked), time.monotonic()
        answers = answer()
        seconds = round(time.monotonic() - started, 3)
        row = {"of": of, "seconds": seconds, "answers": answers}
        with open(self._file, "a", encoding="ascii", newline="\n") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._known[of] = row
        return row

    def close(self) -> None:
        """Remove the file: the answers are elsewhere now."""
        self._file.unlink()


class Journal:
    """Answers and chooses as `backend` does. What the file holds from an earlier run of the same
    `plan` is not asked again; the file of another plan is begun anew.

    Conversations are asked in portions of similar length, always the same ones, so that answers do
    not depend on where an earlier run was stopped. `seconds` are those that each call took per
    answer, in whichever run it was asked.
    """

    def __init__(self, backend: Backend, file: Path, plan: Any) -> None:
        self._backend, self._rows = backend, Rows(file, plan)
        self.name = backend.name
        self.seconds: list[float] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        if beginnings is None:
            return self._through(
                conversations,
                [()] * len(conversations),
                lambda asked, _: self._backend.answer(asked, on_answer, room),
                on_answer,
                room,
            )
        return self._through(
            conversations,
            [(each,) for each in beginnings],
            lambda asked, begun: self._backend.answer(
                asked, on_answer, room, [each for (each,) in begun]
            ),
            on_answer,
            room,
        )

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        return self._through(
            conversations,
            candidates,
            lambda asked, among: self._backend.choose(asked, among, on_answer),
            on_answer,
        )

    def _through(
        self,
        conversations: Sequence[Sequence[Message]],
        beside: Sequence[Sequence[str]],
        ask: _Ask,
        on_answer: Callable[[int], None] | None,
        room: int | None = None,
    ) -> list[str]:
        sizes = [sum(len(message.text) for message in messages) for messages in conversations]
        order = sorted(range(len(conversations)), key=lambda place: (sizes[place], place))
        answers = [""] * len(conversations)
        seconds = 0.0
        for start in range(0, len(order), _AT_ONCE):
            places = order[start : start + _AT_ONCE]
            row = self._portion(
                [conversations[place] for place in places],
                [beside[place] for place in places],
                ask,
                on_answer,
                room,
            )
            seconds += row["seconds"]
            for place, text in zip(places, row["answers"], strict=True):
                answers[place] = text
        self.seconds.append(seconds / max(1, len(conversations)))
        return answers

    def close(self) -> None:
        """Remove the file: the answers are elsewhere now."""
        self._rows.close()

    def _portion(
        self,
        conversations: list[Sequence[Message]],
        beside: list[Sequence[str]],
        ask: _Ask,
        on_answer: Callable[[int], None] | None,
        room: int | None,
    ) -> dict[str, Any]:
        said: list[Any] = [
            [*((message.role, message.text) for message in messages), *texts]
            for messages, texts in zip(conversations, beside, strict=True)
        ]
        said += [room] if room else []
        known = self._rows.find(said)
        if known is None:
            return self._rows.add(said, lambda: ask(conversations, beside))
        if on_answer:
            on_answer(len(conversations))
        return known


def _of(asked: Any) -> str:
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _whole(file: Path) -> list[dict[str, Any]]:
    """The objects up to the first line that is none."""
    found: list[dict[str, Any]] = []
    if file.is_file():
        for line in file.read_bytes().split(b"\n")[:-1]:
            try:
                found.append(json.loads(line))
            except ValueError:
                break
    return found
