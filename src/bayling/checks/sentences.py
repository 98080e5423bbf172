"""The text has as many sentences as asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.checks import Outcome
from bayling.checks._sizes import sentences


@dataclass(frozen=True)
class Options:
    """The number of sentences; a line of its own is one, whatever it ends with."""

    count: Annotated[int, Field(ge=1)]


def holds(options: Options, text: str) -> Outcome:
    found = sentences(text)
    if found == options.count:
        return Outcome(True)
    return Outcome(False, f"has {found} sentences instead of {options.count}")
