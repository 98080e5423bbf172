"""What is done about an answer without the word that the user asked for: the word is put into it.

A request that is understood (`bayling.wishes`) can be checked, so the answer need not be left to
what the model makes of it. Where it fails, the last answer is gone through: it is kept up to a
place, there stands the word, and the model goes on from it as it likes. Of the places where it is
likeliest to begin the word some are tried, and of the answers that fulfil most wishes the one is
taken that is the likeliest of all in the whole conversation. A word that is not wanted is left at
its first letter, for the tokens that are likeliest beside its own.

Searching among the answers that hold given words is lexically constrained decoding (Hokamp & Liu
2017, arXiv 1704.07138; Post & Vilar 2018, arXiv 1804.06609), keeping what stands before a place
the prefix decoding of interactive translation (Foster et al. 1997). They search from the left; here
it is the answer that the user has read which is searched around, so that the rest of it stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bayling import chain, checks, markup, words
from bayling.records import Check, Message
from bayling.wishes import has_source

# Places, or other tokens, that are tried of each wish; wishes that are seen to of each answer.
TRIED = 4
MOST = 4

_OPENING = "\"'“„”«»‚‘([¿¡（「『【《"
_CLOSING = "\"'“”’»«)].,;:!?…）」』】》。！？，、；：؟،؛"


def base(messages: Sequence[Message], answer: str) -> str:
    """The answer that is mended: the one that the user has read and wants otherwise, or the new one
    where there is none yet."""
    if has_source(messages[-1]) or messages[-2].role != "assistant":
        return answer
    return messages[-2].text


def first_failing(failed: Sequence[tuple[Check, str]]) -> Check:
    """The wish to see to: what lacks before what is too much."""
    wishes = [wish for wish, _ in failed]
    return next((wish for wish in wishes if wish.kind != "avoid"), wishes[0])


def phrase(wish: Check, answer: str) -> str:
    """What lacks."""
    if wish.kind == "contain":
        return str(wish.options["phrase"])
    items: Sequence[str] = wish.options["items"]
    return next((item for item in items if item not in answer), items[0])


def unwanted(answer: str, phrase: str) -> int:
    """Where the phrase begins that has to go, in the answer or in the final part of a chain."""
    part = chain.final(answer)
    start = answer.rfind(part)
    capital = phrase[:1].upper() + phrase[1:]
    found = checks.occurrences(phrase, part) or checks.occurrences(capital, part)
    return start + found[0][0] if found else start


def beginnings(answer: str, wanted: str) -> list[str]:
    """How the answer can begin that has a phrase in it: all up to a place between words, and the
    phrase, for every place. Of a chain only the final part is gone through.

    >>> beginnings("Das ist neu.", "Gerät")
    ['Gerät', 'Das Gerät', 'Das ist Gerät', 'Das ist neu Gerät']
    """
    part = chain.final(answer)
    start = answer.rfind(part)
    found = []
    for place in _places(part):
        before, begins = answer[: start + place], wanted
        if not (before[-1:].isspace() or before[-1:] in _OPENING or words.unspaced(before[-1:])):
            before += " "
        if not part[:place].strip(_OPENING) and part.strip(_OPENING)[:1].isupper():
            begins = wanted[:1].upper() + wanted[1:]
        found.append(before + begins)
    return list(dict.fromkeys(found))


def _places(text: str) -> list[int]:
    """Where a word can stand: around words, within quotation marks and brackets, before what ends
    a sentence, and between any two characters where no spaces are written."""
    inside = {place for _, start, end in markup.places(text) for place in range(start + 1, end)}
    found = [] if text.strip() else [0]
    for match in re.finditer(r"\S+", text):
        token, start = match.group(), match.start()
        opening = len(token) - len(token.lstrip(_OPENING))
        closing = len(token.rstrip(_CLOSING))
        found += [start, start + opening] if opening < len(token) else [start]
        found += [
            start + at
            for at in range(opening + 1, closing)
            if words.unspaced(token[at - 1 : at + 1]) and not words.joined(token[:at], token[at:])
        ]
        if opening < closing:
            found.append(start + closing)
    return sorted({*found} - inside)
