"""Answers that come by way of English: labelled parts, of which the last one is the answer.

TaCo (arXiv 2311.10797) has a model restate the instruction in English, answer in English, and give
the answer in the user's language, in one reply. A label is a line of its own, the name of a
language in that language, in brackets; the wording is ours:

    >>> reply = join([(ENGLISH, "Delete the file"), (label("fr"), "Supprimer le fichier")])
    >>> print(reply)
    [English]
    Delete the file
    [français]
    Supprimer le fichier
    >>> final(reply)
    'Supprimer le fichier'
    >>> final("[English]")
    '[English]'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bayling import languages

ENGLISH = "[English]"
INSTRUCTION = "[Instruction in English]"
# The parts of the longest chain: instruction, answer in English, answer.
MOST_PARTS = 3
# The language of shorter texts is anybody's guess.
TELLING_LETTERS = 20

_BRACKETS = re.compile(r"(\[[^\[\]]+\])\s*")
_OPENING = re.compile(rf"\s*(?:{re.escape(ENGLISH)}|{re.escape(INSTRUCTION)})[ \t\r]*\n")


def label(language: str) -> str:
    """The label of a part that is in a language, whatever its region: `de-AT` → `[Deutsch]`."""
    code = languages.base(language)
    return ENGLISH if code == "en" else f"[{languages.name(code, code)}]"


@cache
def _labels() -> frozenset[str]:
    return frozenset({INSTRUCTION, *map(label, languages.known())})


def _labelled(line: str) -> str | None:
    """The label that a line is; None for any other line, as `[note]` is one."""
    found = _BRACKETS.fullmatch(line)
    return found[1] if found and found[1] in _labels() else None


def is_plain(text: str) -> bool:
    """Whether a text may be part of a chain: none of its lines could be taken for a label, as a
    language's own name in brackets could in any line but the first."""
    return not any(map(_labelled, text.strip().split("\n")[1:]))


def join(parts: Sequence[tuple[str, str]]) -> str:
    """The reply of these (label, text), in order. Raises `ValueError` for a text that is not
    plain."""
    for _, text in parts:
        if not is_plain(text):
            raise ValueError(f"a line of this text could be taken for a label: {text!r}")
    return "\n".join(f"{name}\n{text}" for name, text in parts)


def begins(text: str) -> bool:
    """Whether what is written so far begins as a chain does."""
    return _OPENING.match(text) is not None


def parts(text: str) -> list[tuple[str, str]]:
    """The (label, text) of a chain, in order; [] for a text that is none: it begins with another
    line than `ENGLISH` or `INSTRUCTION`, or no further label follows."""
    if not begins(text):
        return []
    found: list[tuple[str, list[str]]] = []
    for line in text.strip().split("\n"):
        name = _labelled(line)
        # What follows a label is its text, even if it is in brackets itself.
        if name and (not found or any(map(str.strip, found[-1][1]))):
            found.append((name, []))
        else:
            found[-1][1].append(line)
    whole = [(name, "\n".join(lines).strip()) for name, lines in found]
    return whole if len(whole) > 1 else []


def final(text: str) -> str:
    """What a reader is given: the last part of a chain, any other text as it is."""
    found = parts(text)
    return found[-1][1] if found else text


def is_whole(text: str, language: str) -> bool:
    """Whether a text is a chain with all its parts, none empty: the text in English and then in
    `language` (any one if that is `und`), the instruction in English before them or not."""
    found = parts(text)
    if found and found[0][0] == INSTRUCTION:
        found = found[1:] if found[0][1] else []
    if [name for name, _ in found[:1]] != [ENGLISH] or len(found) != 2:
        return False
    last = found[1][0]
    right = last == label(language) or (language == languages.UNDETERMINED and last != INSTRUCTION)
    return right and all(said for _, said in found)
