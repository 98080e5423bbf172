"""The text is a JSON object with the keys asked for, each with a text, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from bayling.checks import Outcome
from bayling.checks._objects import object_in


@dataclass(frozen=True)
class Options:
    """The keys, in any order."""

    keys: tuple[str, ...]


def holds(options: Options, text: str) -> Outcome:
    found = object_in(text)
    if found is None:
        return Outcome(False, "is no JSON object")
    if set(found) != set(options.keys):
        return Outcome(False, f"has the keys {', '.join(found) or 'none'}")
    empty = [key for key, value in found.items() if not isinstance(value, str) or not value.strip()]
    if empty:
        return Outcome(False, f"has no text under {', '.join(empty)}")
    return Outcome(True)
