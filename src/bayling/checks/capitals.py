"""The text is in capital letters."""

from __future__ import annotations

from dataclasses import dataclass

from bayling.checks import Outcome


@dataclass(frozen=True)
class Options:
    """Nothing to choose. An ß may stay, as it does in names; scripts without capitals have none."""


def holds(options: Options, text: str) -> Outcome:
    if not any(character.isupper() for character in text):
        return Outcome(False, "has no capital letters")
    small = next((each for each in text if each.islower() and each != "ß"), None)
    return Outcome(True) if small is None else Outcome(False, f"has small letters ('{small}')")
