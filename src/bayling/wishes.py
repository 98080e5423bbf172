"""What a user's requests in plain words ask of the answer that comes next, taken together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bayling import checks, wording
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
        heard = wording.hear(request)
        terms = frozenset(term.casefold() for term in heard.of("term"))
        revoked = [(_OPPOSITE.get(wish.kind), wish.options.get("phrase")) for wish in heard.checks]
        # "Don't translate 'A'", and then "'B' instead of 'A'".
        given_up = heard.of("old")
        found = [
            (wish, of)
            for wish, of in found
            if wish not in heard.checks
            and (wish.kind, wish.options.get("phrase")) not in revoked
            and not (wish.kind == "contain" and of & terms)
            and not set(wish.options.get("items", ())) & set(given_up)
        ]
        found += [(wish, terms) for wish in heard.checks]
    return tuple(wish for wish, _ in found)


def asked(messages: Sequence[Message]) -> tuple[Check, ...]:
    """What the last message of a conversation surely asks for, and the requests before it, back to
    the text that is translated (a span "source"); () where no text is marked.

    A request that is not surely understood may change anything ("now in French"), so that nothing
    counts which was asked for before it. Sure is one that is worded in a known way, with its words
    marked; or else about one which stands in the answer, or a term which stands in the source: "use
    digits instead of words" need not be meant so. A word that the source has itself is none to be
    used, but in the place of another.
    """
    requests: list[str] = []
    said = source = ""
    for message in messages:
        if has_source(message):
            requests, source = [], source_of(message)
        elif message.role == "assistant":
            said = message.text
        elif source and message.role == "user":
            requests = [*requests, message.text] if _is_sure(message.text, said, source) else []
    return standing(requests)


def _is_sure(request: str, answer: str, source: str) -> bool:
    heard = wording.hear(request)
    wanted = heard.of("word")
    if not heard.worded or not all(any(map(str.isalnum, word)) for word in wanted):
        return False
    # "You lost 'file'" asks for no 'file'.
    borrowed = any(checks.occurrences(word, source, match_case=False) for word in wanted)
    if heard.marked and not borrowed:
        return True
    # Unmarked, "Why Akte instead of Datei?" has more than the word.
    return (heard.marked or not any(" " in word for word in wanted)) and any(
        checks.occurrences(phrase, text, match_case=False)
        for role, text in (("old", answer), ("term", source))
        for phrase in heard.of(role)
    )


def has_source(message: Message) -> bool:
    """Whether a message brings a text, as what bayling builds and asks says of each."""
    return any(span.role == "source" for span in message.spans)


def source_of(message: Message) -> str:
    """The text that a message brings; '' where it brings none."""
    found = (message.text[span.start : span.end] for span in message.spans if span.role == "source")
    return next(found, "")
