"""A JSON object in a text."""

from __future__ import annotations

import json
import re
from typing import Any

# Many put code between such lines, where it is meant to be read.
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL | re.IGNORECASE)


def object_in(text: str) -> dict[str, Any] | None:
    """The object that a text is, in a fence of Markdown or without; None for anything else."""
    fenced = _FENCED.fullmatch(text)
    try:
        found = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
