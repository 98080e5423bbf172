"""How long a text is, as somebody would count who has to fit it into a space."""

from __future__ import annotations

import re
from typing import Literal

from bayling.checks._matching import normal

Unit = Literal["words", "characters"]
# What ends a sentence: a mark and a space, or a mark that no space follows in Chinese and Japanese.
_END = re.compile(r"[.!?…؟।]+[^\w\s]*(?=\s|$)|[。！？]+[^\w\s]*")
# Full stops that end none: behind a usual abbreviation, a small letter, what numbers a line; behind
# a number before a month, behind Nr. or No. before a number.
_ABBREVIATED = re.compile(
    r"(?:^|[^\w])(?:[a-zа-я]|[a-zA-Zа-я]\.\s?[a-zA-Zа-я]"
    r"|(?i:dr|mr|mrs|ms|prof|sr|sra|st|ca|bzw|usw|etc|vs|inc|ltd|др|стр|тыс|руб|см))\.$"
    r"|^\W*(?:\w|\d+)\.$"
)
_MONTH = re.compile(r"Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez")
# Between white space, with a letter or digit in it: a dash that stands alone is no word.
_WORD = re.compile(r"\S*[^\W_]\S*")


def size(text: str, unit: Unit) -> int:
    """Words, of a language that writes spaces, or characters in the NFC form, spaces included."""
    return len(_WORD.findall(text)) if unit == "words" else len(normal(text))


def sentences(text: str) -> int:
    """How many sentences: what ends with a mark, and each line, that has a letter or digit in it.

    A full stop before a small letter ends none, nor does one behind a usual abbreviation.
    """
    return sum(_in_line(line) for line in text.splitlines())


def _in_line(line: str) -> int:
    count, start = 0, 0
    for match in _END.finditer(line):
        rest = line[match.end() :].lstrip()
        if match[0][0] in ".…" and rest and _goes_on(line[: match.end()], rest):
            continue
        count += _says_something(line[start : match.end()])
        start = match.end()
    return count + _says_something(line[start:])


def _goes_on(head: str, rest: str) -> bool:
    """Whether the sentence at whose full stop `head` ends goes on in `rest`."""
    if rest[0].islower() or _ABBREVIATED.search(head):
        return True
    if re.search(r"\d\.$", head):
        return _MONTH.match(rest) is not None
    return re.search(r"\b(?i:n[ro])\.$", head) is not None and rest[0].isdigit()


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)
