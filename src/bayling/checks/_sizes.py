"""How long a text is, as somebody would count who has to fit it into a space."""

from __future__ import annotations

import re
from typing import Literal

from bayling.checks._matching import normal

Unit = Literal["words", "characters"]
# What ends a sentence: a mark and a space, or a mark that no space follows in Chinese and Japanese.
_END = re.compile(r"[.!?…؟।]+[^\w\s]*(?=\s|$)|[。！？]+[^\w\s]*")
# Full stops that end none: behind a single letter, a number, or a usual abbreviation.
_ABBREVIATED = re.compile(
    r"(?:^|[^\w])(?:\w|\d+|[a-zа-я]\.\s?[a-zа-я]|dr|mr|mrs|ms|prof|sr|sra|st|nr|no|ca|bzw|usw|etc|vs|inc"
    r"|ltd|др|стр|тыс|руб|см)\.$",
    re.IGNORECASE,
)
# Between white space, with a letter or digit in it: a dash that stands alone is no word.
_WORD = re.compile(r"\S*[^\W_]\S*")


def size(text: str, unit: Unit) -> int:
    """Words, of a language that writes spaces, or characters in the NFC form, spaces included."""
    return len(_WORD.findall(text)) if unit == "words" else len(normal(text))


def sentences(text: str) -> int:
    """How many sentences: what ends with a mark, and each line, that has a letter or digit in it.

    A full stop before a small letter ends none, nor does one behind an abbreviation or a number
    with more behind it.
    """
    return sum(_in_line(line) for line in text.splitlines())


def _in_line(line: str) -> int:
    count, start = 0, 0
    for match in _END.finditer(line):
        rest = line[match.end() :].lstrip()
        goes_on = rest[:1].islower() or (rest and _ABBREVIATED.search(line[: match.end()]))
        if match[0][0] in ".…" and goes_on:
            continue
        count += _says_something(line[start : match.end()])
        start = match.end()
    return count + _says_something(line[start:])


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)
