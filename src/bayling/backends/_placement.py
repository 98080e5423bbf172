"""What is done about an answer without the word that the user asked for: the word is put into it.

A request that is surely understood (`bayling.wishes`) can be checked, so the answer need not be
left to what the model makes of it. Where it fails, the last answer is gone through: it is kept up
to a place, there stands the word, and the model goes on from it as it likes; or the word takes the
place of the next one, and nothing else changes. Of the places where it is likeliest to begin the
word some are tried, and of the answers that lack least the one is taken that is the likeliest in
the whole conversation. What has to go is left at its first token, for the likeliest others. No
answer is taken that loses a placeholder, tag or number.

Searching among the answers that hold given words is lexically constrained decoding (Hokamp & Liu
2017, arXiv 1704.07138; Post & Vilar 2018, arXiv 1804.06609), keeping what stands before a place
the prefix decoding of interactive translation (Foster et al. 1997). They search from the left; here
it is the answer that the user has read which is searched around, so that the rest of it stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bayling import chain, checks, markup, words
from bayling.records import Check, Message
from bayling.wishes import has_source, source_of

# Places, or other tokens, that are tried of each wish; wishes that are seen to of each answer.
TRIED = 4
MOST = 4

_OPENING = "\"'“„”«»‚‘([¿¡（「『【《"
_CLOSING = "\"'“”’»«)].,;:!?…）」』】》。！？，、；：؟،؛"


def base(messages: Sequence[Message]) -> str:
    """The answer that is mended: the one that the user has read and wants otherwise."""
    said = (message.text for message in reversed(messages) if message.role == "assistant")
    return checks.normal(next(said, ""))


def lack(wishes: Sequence[Check], answer: str) -> int:
    """How much an answer falls short: wishes it fails, a word to avoid as often as it is there."""
    failed = [wish for wish, _ in checks.failures(wishes, answer)]
    return sum(len(_unwanted(wish, answer)) if wish.kind == "avoid" else 1 for wish in failed)


def first_failing(wishes: Sequence[Check], answer: str) -> Check:
    """The wish to see to of an answer that falls short: what lacks before what is too much."""
    failed = [wish for wish, _ in checks.failures(wishes, answer)]
    return next((wish for wish in failed if wish.kind != "avoid"), failed[0])


def loses(
    messages: Sequence[Message], wishes: Sequence[Check], before: Sequence[str], after: str
) -> bool:
    """Whether an answer has a placeholder, tag, number or URL of the source less often than one of
    those before it, though nobody asked to avoid it."""
    source = next(map(source_of, filter(has_source, reversed(messages))), "")
    unwanted = [wish.options["phrase"] for wish in wishes if wish.kind == "avoid"]
    kept = Counter(markup.find(after))
    found = [Counter(markup.find(each)) for each in before]
    return any(
        kept[item] < max(each[item] for each in found)
        for item in markup.find(source)
        if not any(item in phrase for phrase in unwanted)
    )


def until(answer: str, wish: Check) -> str:
    """What stands before the phrase that has to go."""
    return answer[: _final(answer) + _unwanted(wish, answer)[0]]


def _unwanted(wish: Check, answer: str) -> list[int]:
    """Where it begins in the part that is checked."""
    return checks.standing(wish.options["phrase"], answer[_final(answer) :])


def _final(answer: str) -> int:
    """Where the final part of a chain begins; 0 for an answer that is none."""
    return answer.rfind(chain.final(answer))


class Place(NamedTuple):
    """Where a phrase can stand: how the answer then begins, and, where a word comes next, the
    answer with the phrase `instead` of that word and all else as it is ('' where none does)."""

    begins: str
    instead: str


def places(answer: str, wish: Check) -> list[Place]:
    """Every place between words where what lacks can stand. Of a chain only the final part is gone
    through.

    >>> for place in places("Das ist neu.", Check("contain", {"phrase": "Gerät"})):
    ...     print(place)
    Place(begins='Gerät', instead='Gerät ist neu.')
    Place(begins='Das Gerät', instead='Das Gerät neu.')
    Place(begins='Das ist Gerät', instead='Das ist Gerät.')
    Place(begins='Das ist neu Gerät', instead='')
    """
    wanted = str(wish.options["phrase"] if wish.kind == "contain" else wish.options["items"][0])
    start = _final(answer)
    part = answer[start:]
    first = wanted.split()[0]
    found: dict[str, Place] = {}
    for place in _between(part):
        before, begins = answer[: start + place], wanted
        if _needs_space(before[-1:], wanted):
            before += " "
        capital = not part[:place].strip(_OPENING) and part.strip(_OPENING)[:1].isupper()
        # Not `iPhone`, and no code.
        if capital and wish.kind == "contain" and first.islower():
            begins = wanted[:1].upper() + wanted[1:]
        behind = _behind_next_word(part[place:])
        instead = "" if behind is None else before + begins + behind
        found.setdefault(before + begins, Place(before + begins, instead))
    return list(found.values())


def _behind_next_word(text: str) -> str | None:
    """What stands behind the word that comes next in the line; None where there is none, where it
    is a number or markup, or no space tells where it ends."""
    word = re.match(r"[^\S\n]*(\S+)", text)
    if word is None or not word[1][0].isalpha() or words.unspaced(word[1]) or markup.find(word[1]):
        return None
    kept = word[1].rstrip(_CLOSING)
    return text[word.start(1) + len(kept) :] if kept else None


def _needs_space(before: str, wanted: str) -> bool:
    """Whether one is written between a character ('' for none) and a phrase."""
    if not before or before.isspace() or before in _OPENING:
        return False
    full_width = unicodedata.east_asian_width(before) in "WF" and not before.isalnum()
    return not (full_width or words.unspaced(before) or words.unspaced(wanted[:1]))


def _between(text: str) -> list[int]:
    """Where a word can stand: around words, within quotation marks and brackets, before what ends
    a sentence, and between any two characters where no spaces are written."""
    inside = {place for _, start, end in markup.places(text) for place in range(start + 1, end)}
    found = [] if text.strip() else [0]
    for match in re.finditer(r"\S+", text):
        token, start = match.group(), match.start()
        opening = len(token) - len(token.lstrip(_OPENING))
        closing = len(token.rstrip(_CLOSING))
        found.append(start)
        if opening < len(token):
            found.append(start + opening)
        found += [
            start + at
            for at in range(opening + 1, closing)
            if words.unspaced(token[at - 1 : at + 1])
            and not words.joined(token[:at], token[at:])
            and not unicodedata.category(token[at]).startswith("M")
        ]
        if opening < closing:
            found.append(start + closing)
    return sorted({*found} - inside)
