"""Answers that were given before a kill are not asked for again, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bayling import journal
from bayling.journal import Journal
from bayling.records import Message

ASKED = [[Message("user", f"{'long ' * (number % 7)}question {number}")] for number in range(10)]


class Killed(BaseException):
    """What a kill is to the process: nothing of ours gets to run."""


class Backend:
    """Repeats what it is asked, and is killed at its `last` call if that is not None."""

    name = "parrot"

    def __init__(self, last: int | None = None) -> None:
        self.calls: list[int] = []
        self._last = last

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        if self._last == len(self.calls):
            raise Killed
        self.calls.append(len(conversations))
        if on_answer:
            on_answer(len(conversations))
        begun = beginnings or [""] * len(conversations)
        return [
            f"{beginning}You said: {messages[-1].text}\u2028\ud800"
            for beginning, messages in zip(begun, conversations, strict=True)
        ]

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        self.answer(conversations, on_answer)
        return [last for *_, last in candidates]


@pytest.fixture(autouse=True)
def _portions_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_AT_ONCE", 3)


def test_answers_are_the_backends_in_the_given_order(tmp_path: Path) -> None:
    told: list[int] = []
    written = Journal(Backend(), tmp_path / "j", {})
    assert written.name == "parrot"
    assert written.answer(ASKED, told.append) == Backend().answer(ASKED)
    assert sum(told) == 10
    assert len(written.seconds) == 1


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        Journal(Backend(last=2), tmp_path / "j", {"seed": 1}).answer(ASKED)
    second, told = Backend(), []
    again = Journal(second, tmp_path / "j", {"seed": 1})
    assert again.answer(ASKED, told.append) == Backend().answer(ASKED)
    # Of four portions two were answered.
    assert (second.calls, sum(told)) == ([3, 1], 10)
    again.close()
    assert not (tmp_path / "j").exists()


def test_a_line_that_was_being_written_counts_for_nothing(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        Journal(Backend(last=2), tmp_path / "j", {}).answer(ASKED)
    whole = (tmp_path / "j").read_bytes()
    for cut in (1, 30, len(whole.split(b"\n")[2])):
        (tmp_path / "j").write_bytes(whole[:-cut])
        backend = Backend()
        assert Journal(backend, tmp_path / "j", {}).answer(ASKED) == Backend().answer(ASKED)
        assert sum(backend.calls) == 7


def test_what_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    Journal(Backend(), tmp_path / "j", {}).answer(ASKED)
    lines = (tmp_path / "j").read_bytes().split(b"\n")
    lines[2] = b"\x00\x00"
    (tmp_path / "j").write_bytes(b"\n".join(lines))
    backend = Backend()
    assert Journal(backend, tmp_path / "j", {}).answer(ASKED) == Backend().answer(ASKED)
    assert sum(backend.calls) == 7


def test_another_plan_begins_anew(tmp_path: Path) -> None:
    Journal(Backend(), tmp_path / "j", {"seed": 1}).answer(ASKED)
    backend = Backend()
    Journal(backend, tmp_path / "j", {"seed": 2}).answer(ASKED)
    assert sum(backend.calls) == 10


def test_portions_do_not_depend_on_the_order(tmp_path: Path) -> None:
    Journal(Backend(), tmp_path / "j", {}).answer(ASKED)
    backend = Backend()
    Journal(backend, tmp_path / "j", {}).answer(ASKED)
    assert backend.calls == []


def test_what_was_chosen_is_not_asked_again_and_candidates_count(tmp_path: Path) -> None:
    candidates = [("yes", f"no {number}") for number in range(len(ASKED))]
    expected = [f"no {number}" for number in range(len(ASKED))]
    with pytest.raises(Killed):
        Journal(Backend(last=2), tmp_path / "j", {}).choose(ASKED, candidates)
    second = Backend()
    again = Journal(second, tmp_path / "j", {})
    assert again.choose(ASKED, candidates) == expected
    assert second.calls == [3, 1]
    # The same conversations with other candidates, or with none, are other questions.
    assert again.choose(ASKED, [("yes", "perhaps")] * len(ASKED)) == ["perhaps"] * len(ASKED)
    assert again.answer(ASKED) == Backend().answer(ASKED)
    assert sum(second.calls) == 4 + 10 + 10


def test_how_an_answer_is_to_begin_is_part_of_the_question(tmp_path: Path) -> None:
    begun = [f"{number} " if number % 2 else "" for number in range(len(ASKED))]
    expected = Backend().answer(ASKED, beginnings=begun)
    assert expected[1].startswith("1 You said: ")
    with pytest.raises(Killed):
        Journal(Backend(last=2), tmp_path / "j", {}).answer(ASKED, beginnings=begun)
    second = Backend()
    again = Journal(second, tmp_path / "j", {})
    assert again.answer(ASKED, beginnings=begun) == expected
    assert second.calls == [3, 1]
    # Other beginnings, or none, are other questions.
    other = [f"{each}and " for each in begun]
    assert again.answer(ASKED, beginnings=other) == Backend().answer(ASKED, beginnings=other)
    assert again.answer(ASKED) == Backend().answer(ASKED)
    assert sum(second.calls) == 4 + 10 + 10
