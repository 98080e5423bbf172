"""The text is a JSON object with the keys asked for, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bayling.checks import Outcome

# Many put code between such lines, where it is meant to be read.
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Options:
    """The keys, in any order."""

    keys: tuple[str, ...]


def holds(options: Options, text: str) -> Outcome:
    fenced = _FENCED.fullmatch(text)
    try:
        found = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return Outcome(False, "is not JSON")
    if not isinstance(found, dict):
        return Outcome(False, "is no JSON object")
    if set(found) != set(options.keys):
        return Outcome(False, f"has the keys {', '.join(found) or 'none'}")
    return Outcome(True)
