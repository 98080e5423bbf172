"""Who answers. A backend is a file here with

@dataclass(frozen=True)
class Options: ...                                which model, how it decodes

def connect(options: Options) -> Backend

>>> from bayling import parts
>>> from bayling.records import Message
>>> echo = parts.load("backend", "echo").connect(parts.options("backend", "echo"))
>>> echo.answer([[Message("user", "Translate into German:\\nHello")]])
['Hello']
>>> echo.answer([[Message("user", "Hello")]], beginnings=["Guten Tag"])
['Guten Tag Hello']
>>> echo.choose([[Message("user", "Tea or coffee?")]], [("tea", "coffee")])
['tea']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bayling.records import Message

# The strength with which a request is heeded that would only get the last answer again (`hf`).
GUIDANCE = 2.0


class Backend(Protocol):
    """Something that continues conversations."""

    name: str

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        """The assistant's next turn of each conversation (which ends with a user turn), in order.

        An answer has at most `room` tokens; if that is not given, as many as a translation of the
        user's longest message may need. One that begins as a chain (`bayling.chain`) has as many
        for each part.
        `beginnings`, one for each conversation, are how the answers begin, to the letter, as
        somebody has fixed it ('' for one that is free); they take none of the room. The last word
        of a beginning is whole: what follows is another one, where words have spaces between them.
        `on_answer` is called with the number of conversations answered since the last call, so
        that whoever waits can show how far it is.
        """
        ...

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        """The one of each conversation's `candidates` that is its likeliest answer, in order.

        Each has two candidates or more, all different.
        """
        ...
