"""A person at the terminal in the user's place, who reads one conversation after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bayling import checks, languages, terminal
from bayling.evaluate import place
from bayling.evaluate.tasks import UsersTurn
from bayling.journal import Rows


class Person:
    """Shows a text, its reference and the conversation, and takes a line: a request, or an empty
    one of who is satisfied.

    What he said is kept in `file` whatever becomes of the evaluation: nobody is asked twice about
    the same text and answers. `total` conversations are to be held.
    """

    one_at_a_time = True

    def __init__(self, file: Path, total: int) -> None:
        self._rows, self._total = Rows(file, {"user": place.PERSON}), total
        self._met: list[str] = []
        # What is on the screen: a sample and how many messages of its conversation.
        self._shown = ("", 0)
        terminal.edit_lines()

    def reply(
        self, turns: Sequence[UsersTurn], on_reply: Callable[[int], None] | None = None
    ) -> list[str]:
        """Raises `KeyboardInterrupt` for Ctrl-C and Ctrl-D."""
        return [self._reply(turn) for turn in turns]

    def close(self) -> None:
        # Kept: more samples, or a later version, may ask about the same answers.
        pass

    def _reply(self, turn: UsersTurn) -> str:
        sample = turn.sample
        if sample.id not in self._met:
            self._met.append(sample.id)
        said = [[message.role, message.text] for message in turn.messages]
        # How many requests are left makes no difference, but for none.
        asked = [sample.id, sample.source, sample.reference, turn.requests > 0, said]
        row = self._rows.find(asked) or self._rows.add(asked, lambda: [self._ask(turn)])
        answers: list[str] = row["answers"]
        return answers[0]

    def _ask(self, turn: UsersTurn) -> str:
        self._show(turn)
        try:
            while True:
                line = terminal.read(_prompt(turn))
                if line is None:
                    raise KeyboardInterrupt
                said = line.strip() or place.SATISFIED
                fault = place.read(turn, said).fault
                if not fault:
                    return said
                _print(f"That {fault}. Say in one short line what to change.", "yellow")
        except KeyboardInterrupt:
            _print("\nWhat was said is kept; the same command goes on with this text.", "dim")
            raise

    def _show(self, turn: UsersTurn) -> None:
        """What is not on the screen yet of a conversation."""
        sample, (shown, count) = turn.sample, self._shown
        if shown != sample.id:
            ends = map(languages.name, (sample.source_lang, sample.target_lang))
            number = self._met.index(sample.id) + 1
            terminal.console().print()
            terminal.heading(f"Text {number} of {self._total}, {' to '.join(ends)}")
            _tell("source", sample.source)
            _tell("reference", sample.reference, "dim")
            # The first request is for the translation.
            count = 1
        for message in turn.messages[count:]:
            is_answer = message.role == "assistant"
            label, style = ("translation", "bold") if is_answer else ("request", "")
            _tell(label, message.text, style)
        for _, reason in checks.failures(sample.checks, turn.messages[-1].text):
            _print(f"✗ {reason}", "yellow")
        # With the request that is typed now.
        self._shown = (sample.id, len(turn.messages) + 1)


def _prompt(turn: UsersTurn) -> str:
    # A line of the terminal at most, since what is typed stands behind it.
    if not turn.requests:
        return "the last answer; Enter if satisfied, else a word on what is wrong: "
    left = "1 request" if turn.requests == 1 else f"{turn.requests} requests"
    return f"request (Enter if satisfied; {left} left): "


def _tell(label: str, text: str, style: str = "") -> None:
    """A text behind its label, its lines below each other."""
    from rich.table import Table
    from rich.text import Text

    row = Table.grid(padding=(0, 2))
    row.add_column(width=len("translation"))
    row.add_row(label, Text(text, style))
    terminal.console().print(row)


def _print(text: str, style: str = "") -> None:
    terminal.console().print(text, style=style, markup=False)
