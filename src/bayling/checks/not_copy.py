"""The translation is not the source again."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from bayling import markup
from bayling.checks import Outcome


@dataclass(frozen=True)
class Options:
    """The source text. One that has no words of its own (`%s: 100`) may be copied."""

    source: str


def holds(options: Options, text: str) -> Outcome:
    if not any(character.isalpha() for character in markup.strip(options.source)):
        return Outcome(True)
    if _folded(text) == _folded(options.source):
        return Outcome(False, "repeats the source")
    return Outcome(True)


def _folded(text: str) -> str:
    """Without case and punctuation; the words stay apart, since joining them can translate:
    "Container Name" is "Containername" in German."""
    letters = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(character if character.isalnum() else " " for character in letters)
    return " ".join(plain.split())
