"""What a user's requests in plain words ask of the answer that comes next, taken together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bayling import wording
from bayling.records import Check, Message

_OPPOSITE = {"contain": "avoid", "avoid": "contain"}


def standing(requests: Iterable[str]) -> tuple[Check, ...]:
    """The wishes in force after requests in this order. One that asks the opposite of an earlier
    one takes its place, and so does another word for the same term.

    >>> wishes = standing(["use 'Datei' for 'file'", "use 'Akte' for 'file'", "no 'Datei'!"])
    >>> [(wish.kind, wish.options["phrase"]) for wish in wishes]
    [('contain', 'Akte'), ('avoid', 'Datei')]
    """
    found: list[tuple[Check, frozenset[str]]] = []
    for request in requests:
        wishes = wording.recognise(request)
        terms = wording.terms(request)
        revoked = [(_OPPOSITE.get(wish.kind), wish.options.get("phrase")) for wish in wishes]
        found = [
            (wish, of)
            for wish, of in found
            if wish not in wishes
            and (wish.kind, wish.options.get("phrase")) not in revoked
            and not (wish.kind == "contain" and of & terms)
        ]
        found += [(wish, terms) for wish in wishes]
    return tuple(wish for wish, _ in found)


def asked(messages: Sequence[Message]) -> tuple[Check, ...]:
    """What the last message of a conversation asks for, and the requests before it, back to the
    text that is translated (a span "source"); () where no text is marked.

    A request that is not understood may change anything ("now in French"), so that nothing counts
    which was asked for before it.
    """
    requests: list[str] = []
    understood = True
    for message in reversed(messages):
        if has_source(message):
            return standing(reversed(requests))
        if message.role == "user" and understood:
            understood = bool(wording.recognise(message.text))
            requests += [message.text] * understood
    return ()


def has_source(message: Message) -> bool:
    """Whether a message brings a text, as what bayling builds and asks says of each."""
    return any(span.role == "source" for span in message.spans)
