"""The translation has no more words or characters than allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.checks import Outcome
from bayling.checks._sizes import Unit, size


@dataclass(frozen=True)
class Options:
    """The greatest number allowed, and of what: characters in the NFC form, spaces included, or
    words, for languages that put spaces between them."""

    most: Annotated[int, Field(ge=1)]
    unit: Unit


def holds(options: Options, text: str) -> Outcome:
    found = size(text, options.unit)
    if found <= options.most:
        return Outcome(True)
    allowed = "1 is" if options.most == 1 else f"{options.most} are"
    return Outcome(False, f"has {found} {options.unit}, {allowed} allowed")
