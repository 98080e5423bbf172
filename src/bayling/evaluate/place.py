"""Who may take the simulated user's place in a conversation, and what a reply of his means.

A model or a person (`bayling.evaluate.person`) reads each answer and replies with one line: that he
is satisfied, or one request in plain words. Any other reply is not guessed at: it ends the
conversation, and the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bayling import checks, languages, terminal
from bayling.errors import UserError
from bayling.evaluate.tasks import UsersTurn
from bayling.journal import Journal
from bayling.records import Json, Message, Result, User

SIMULATED, PERSON = "simulated", "person"
SATISFIED = "SATISFIED"
_ROOM = 200  # tokens of a model's reply
_LONGEST = 300  # characters of a request
# Shorter references are a word or two, which a request may name.
_RECITED: dict[checks.Unit, int] = {"words": 4, "characters": 8}

_ASKED = """\
Somebody had a text translated from {source_language} into {target_language}. Take his place: \
read the last translation and say what to change in it, if anything. You know a right translation, \
which the translator has not seen; another one that says the same as well is just as good.

Text: {source}
Right translation: {reference}

What was said so far:
{transcript}

Reply with one line and nothing else. If the last translation is good, the line is the word \
{satisfied}. If it is not, the line asks in {language}, in plain words, for the one change that \
helps most. Name words if need be, but never write out the whole right translation.
Your line, {satisfied} or a request:"""


class Place(Protocol):
    """Whoever takes the user's place in the conversations of a task.

    One who speaks `one_at_a_time` ends a conversation before the next begins.
    """

    one_at_a_time: bool

    def reply(
        self, turns: Sequence[UsersTurn], on_reply: Callable[[int], None] | None = None
    ) -> list[str]:
        """What he writes in each of these conversations, in order."""
        ...

    def close(self) -> None:
        """The conversations are over and written down."""
        ...


class Model:
    """A model in the user's place, asked by way of a journal."""

    one_at_a_time = False

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def reply(
        self, turns: Sequence[UsersTurn], on_reply: Callable[[int], None] | None = None
    ) -> list[str]:
        return self._journal.answer([_request(turn) for turn in turns], on_reply, _ROOM)

    def close(self) -> None:
        self._journal.close()


@dataclass(frozen=True)
class Reply:
    """A reply as it was understood: a request; or else a `fault`, in words that go on after "it";
    or neither, of who is satisfied."""

    request: str = ""
    fault: str = ""


def read(turn: UsersTurn, text: str) -> Reply:
    """What a reply means, to the letter: `SATISFIED` or one line of at most 300 characters that is
    neither the reference nor the source nor the translation again."""
    line = text.strip()
    if line.strip("\"'“”„*.! ").upper() == SATISFIED:
        return Reply()
    fault = _fault(turn, line)
    return Reply(fault=fault) if fault else Reply(line)


def _fault(turn: UsersTurn, line: str) -> str:
    if not line:
        return "is empty"
    if len(line.splitlines()) > 1:
        return "has several lines"
    if SATISFIED in line:
        return f"says more than {SATISFIED}"
    if len(line) > _LONGEST:
        return f"has more than {_LONGEST} characters"
    if _recites(turn, line):
        return "recites the reference"
    if checks.is_copy(turn.sample.source, line):
        return "repeats the source"
    if checks.is_copy(turn.messages[-1].text, line):
        return "repeats the translation"
    return ""


def _recites(turn: UsersTurn, line: str) -> bool:
    """Whether the reference stands in the line as a whole: who is told it need not translate."""
    spaced = languages.is_spaced(turn.sample.target_lang)
    unit: checks.Unit = "words" if spaced else "characters"
    if checks.size(turn.sample.reference, unit) < _RECITED[unit]:
        return False
    reference, said = checks.folded(turn.sample.reference), checks.folded(line)
    # Of dashes alone nothing is left when they are folded.
    return bool(reference) and (f" {reference} " in f" {said} " if spaced else reference in said)


def user_of(result: Result) -> str:
    """Who the user of a result was."""
    return result.user.name if result.user else SIMULATED


def told(systems: Sequence[Mapping[str, Json]]) -> list[str]:
    """The user of each system's figures of a task (as scores.json has them), '–' where it has none;
    [] where all users are the simulated one."""
    found = []
    for figures in systems:
        named = (row["details"]["user"] for row in figures.values() if "user" in _details(row))
        found.append(next(named, SIMULATED) if figures else "–")
    return found if {*found} - {SIMULATED, "–"} else []


def _details(row: Json) -> Json:
    details: Json = row.get("details", {})
    return details


def outcome(user: User) -> str:
    """How a conversation ended for who took the user's place, in words."""
    if user.satisfied is None:
        return f"wrote what cannot be read: it {user.reason}"
    return "is satisfied" if user.satisfied else "is not satisfied"


def check_person() -> None:
    """Raises `UserError` where nobody can take the user's place, as nobody can type."""
    if not terminal.is_interactive():
        raise UserError(
            "user: person: somebody types what a user says, and standard input is no terminal; run "
            "the command in a terminal, with nothing piped into it."
        )


def _request(turn: UsersTurn) -> list[Message]:
    who = {"user": "Request", "assistant": "Translation"}
    # That the text was to be translated is said above.
    said = [f"{who[message.role]}: {message.text}" for message in turn.messages[1:]]
    text = _ASKED.format(
        source_language=languages.name(turn.sample.source_lang),
        target_language=languages.name(turn.sample.target_lang),
        source=turn.sample.source,
        reference=turn.sample.reference,
        transcript="\n".join(said),
        satisfied=SATISFIED,
        language=languages.name(turn.language),
    )
    return [Message("user", text)]
