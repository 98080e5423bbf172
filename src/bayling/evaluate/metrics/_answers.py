"""What an answer consists of, and what it is beside a translation: the source again, or talk."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bayling import checks, languages
from bayling.records import Check, Result, Sample

# Shorter parts are names and interjections as often as sentences, and identification is unsure.
LETTERS_OF_A_PART = 15
# How an answer begins that talks about the translation instead of giving it, up to its colon.
_TALK = re.compile(
    r"\W*(?:here(?: is|'s|’s| are)|sure|certainly|of course|translation|the (?:\w+ )?translation"
    r"|hier ist|hier die|natürlich|gerne?|klar|(?:die )?(?:\w+ )?übersetzung"
    r"|voici|bien sûr|(?:la )?traduction|aquí|claro|por supuesto|(?:la )?traducción"
    r"|以下|当然|好的|翻译|译文)[^\n:：]{0,80}[:：]",
    re.IGNORECASE,
)


def copies(sample: Sample, text: str) -> bool:
    """Whether the text is the source again, apart from case and punctuation."""
    return not checks.holds(Check("not_copy", {"source": sample.source}), text).ok


def letters(text: str) -> int:
    """How many letters a text has, as a measure of how sure its language is."""
    # A Chinese or Japanese character says as much as two or three letters.
    return sum(3 if character > "\u2e80" else 1 for character in text if character.isalpha())


def talks(sample: Sample, text: str) -> bool:
    """Whether the text begins as talk about the translation, or quotes the source in it."""
    quoted = sample.source.strip(" .")
    quotes = letters(quoted) >= LETTERS_OF_A_PART and quoted in text
    return bool(_TALK.match(text)) or (quotes and not copies(sample, text))


def words(text: str, language: str) -> list[str]:
    """The words of a text, digits included; its letters where no spaces are written.

    Vowel signs belong to their words, as in Hindi.
    """
    if not languages.is_spaced(language):
        return [each for each in text if each.isalnum()]
    return ["".join(each) for inside, each in groupby(text, _in_word) if inside]


def right(found: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """The places of those `wanted` words that are among those `found`, in their order: what nobody
    has to type."""
    matcher = difflib.SequenceMatcher(None, found, wanted, autojunk=False)
    return [
        place
        for block in matcher.get_matching_blocks()
        for place in range(block.b, block.b + block.size)
    ]


def _in_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def until(result: Result, turn: int) -> Result:
    """The conversation as if it had ended with this turn of the assistant's."""
    return replace(result, outputs=result.outputs[:turn])
