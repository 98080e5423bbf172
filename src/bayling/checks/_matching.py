"""Finding a phrase in a text as a reader would: whole words, one Unicode form, spaces alike."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache

from bayling import markup, words
from bayling.errors import UserError


def occurrences(phrase: str, text: str, match_case: bool = True) -> list[tuple[int, int]]:
    """Where `phrase` stands in `text` as whole words: (start, end) in the text's NFC form.

    Letters, digits and the underscore make words, a hyphen ends one. Raises `UserError` for an
    empty phrase.
    """
    text = normal(text)
    parts = normal(phrase).split()
    if not parts:
        raise UserError("A check asks for an empty phrase; expected at least one character.")
    # Most phrases stand in no text that is looked through, and few need a pattern to be told so.
    if match_case and not all(part in text for part in parts):
        return []
    pattern = _pattern(tuple(parts), match_case)
    found: list[tuple[int, int]] = []
    match = pattern.search(text)
    while match:
        start, end = match.span()
        whole = not _inside_word(text, start) and not _inside_word(text, end)
        if whole:
            found.append((start, end))
        # Behind a place that is not whole, the next may overlap it.
        match = pattern.search(text, end if whole else start + 1)
    return found


def stands(phrase: str, text: str, match_case: bool = True) -> bool:
    """Whether `phrase` stands in `text` as whole words.

    With `match_case`, a capital that only the beginning of a sentence asks for is no difference:
    who wants to read "zwei" is served by "Zwei Dateien fehlen." Raises as `occurrences` does.
    """
    return bool(standing(phrase, text, match_case))


def standing(phrase: str, text: str, match_case: bool = True) -> list[int]:
    """Where `phrase` begins wherever it `stands`, in the text's NFC form."""
    found = [start for start, _ in occurrences(phrase, text, match_case)]
    written = phrase.strip()
    capital = written[:1].upper() + written[1:]
    if capital != written and match_case:
        begins = (start for start, _ in occurrences(capital, text))
        found += [start for start in begins if _begins_sentence(normal(text), start)]
    return sorted(found)


def normal(text: str) -> str:
    """The form that matching compares in: Unicode NFC."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4096)
def _pattern(parts: tuple[str, ...], match_case: bool) -> re.Pattern[str]:
    body = r"\s+".join(re.escape(part) for part in parts)
    return re.compile(body, 0 if match_case else re.IGNORECASE)


# What ends the sentence before: a line, or a mark with a space behind it; a full stop only behind
# a word of four letters and more, since `z. B.`, `ca.`, `Dr.` and `3.` end none.
_SENTENCE_END = re.compile(r"\n|(?:[!?…:]|(?<=[^\W\d_]{4})\.)[^\w\s]*\s")


def _begins_sentence(text: str, at: int) -> bool:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, at)]
    # A tag in front is no word.
    return not any(map(str.isalnum, markup.strip(text[max(ends, default=0) : at])))


def _inside_word(text: str, at: int) -> bool:
    """Whether cutting the text here would cut a word (or a letter from its accent)."""
    if at in (0, len(text)):
        return False
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M"):
        return True
    return _in_word(before) and _in_word(after)


def _in_word(character: str) -> bool:
    """Whether it belongs to words that spaces divide; Hindi's vowel signs are marks (M)."""
    if words.unspaced(character):
        return False
    return character == "_" or unicodedata.category(character)[0] in "LMN"


# Of inflection in German, English and most of their neighbours.
_ENDINGS = frozenset(
    ("", "e", "en", "er", "es", "em", "ern", "n", "r", "s", "t", "te", "ten", "z", "ez")
)


def has_form(phrase: str, text: str) -> bool:
    """Whether the text holds the phrase, or each of its words with another ending.

    Forms of a word share four letters at least and all but an ending of inflection. A phrase in a
    script without spaces has no forms, but may be spaced otherwise: `USB 线` is `USB线`.
    """
    if stands(phrase, text):
        return True
    if words.unspaced(phrase):
        return _unspaced(phrase) in _unspaced(text)
    found = [word.casefold() for word in re.findall(r"\w+", normal(text))]
    wanted = normal(phrase).casefold().split()
    return all(any(_is_form(word, other) for other in found) for word in wanted)


def _unspaced(text: str) -> str:
    return "".join(normal(text).casefold().split())


def _is_form(word: str, other: str) -> bool:
    shared = len(os.path.commonprefix([word, other]))
    if word == other:
        return True
    return shared >= 4 and word[shared:] in _ENDINGS and other[shared:] in _ENDINGS
