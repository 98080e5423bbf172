"""Lists of words, of all languages together, that requests are recognised by, and the cues among
them: words that give a role to the phrase beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bayling.wording import _files, _marks

# Among cues of one length those of what is not wanted count first: 'not … use'.
_ORDER = ("keep", "old", "term", "word")


@cache
def listed(name: str) -> tuple[str, ...]:
    """A list of words in all languages, in lower case and longest first."""
    words = [
        word.lower()
        for language in _files.available()
        for word in _files.load(language)["recognising"][name]
    ]
    return tuple(sorted(words, key=len, reverse=True))


@cache
def cues(where: str = "cues") -> tuple[tuple[str, str], ...]:
    """(cue, role) in all languages, of what stands before a phrase; or of what stands `behind`."""
    return tuple(
        (cue, role)
        for language in _files.available()
        for role, cues in _files.load(language)["recognising"][where].items()
        for cue in cues
    )


def cue(words: str) -> str | None:
    """The role that the longest cue among the words gives to the phrase they stand before."""
    return role_of(longest(words, cues()))


def longest(words: str, cues: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The longest of the cues that the words hold, and its role."""
    words = _polite().sub(",", words.replace("’", "'"))
    heard = [each for each in cues if has(words, (each[0],))]
    return min(heard, key=lambda each: (-len(each[0]), _ORDER.index(each[1])), default=None)


def role_of(cue: tuple[str, str] | None) -> str | None:
    return None if cue is None else "item" if cue[1] == "keep" else cue[1]


@cache
def _polite() -> re.Pattern[str]:
    """Politeness of several words, which may hold a cue: "por favor"."""
    several = (re.escape(each) for each in listed("polite") if " " in each)
    return re.compile(rf"(?<!\w)(?:{'|'.join(several)})(?!\w)", re.IGNORECASE)


def has(text: str, words: Sequence[str]) -> bool:
    plain = text.replace("’", "'")
    return any(whole(word).search(plain) for word in words)


def has_more(known: Sequence[str], text: str) -> bool:
    """Whether a text has words beside those that are known."""
    alternatives = "|".join(re.escape(each) for each in sorted({*known}, key=len, reverse=True))
    rest = re.sub(
        rf"(?<!\w)(?:{alternatives})(?!\w)", " ", text.replace("’", "'"), flags=re.IGNORECASE
    )
    return re.search(r"\w", rest) is not None


@cache
def whole(word: str) -> re.Pattern[str]:
    """A word or some as a pattern, not within another word; 用 stands by itself, while nothing
    shows where a word of several characters ends in a script without spaces."""
    pattern = re.escape(word)
    if re.search(r"\w", word) and (len(word) == 1 or re.search(_marks.LETTER, word)):
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.compile(pattern, re.IGNORECASE)


def negates(text: str) -> bool:
    """Whether a text holds a negation, as a part of a word too: 不, "doesn't"."""
    found = re.search(r"[不别没勿未]|ない|ません|ずに|n't\b", text.replace("’", "'"))
    return found is not None or has(text, listed("negating"))


def less(text: str, cue: tuple[str, str] | None) -> str:
    """A text without a cue, which may hold a negation of its own."""
    return text if cue is None else re.sub(re.escape(cue[0]), " ", text, flags=re.IGNORECASE)
