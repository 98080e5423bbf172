"""The translation has no more words or characters than allowed, or no fewer than needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.checks import Outcome
from bayling.checks._sizes import Unit, size


@dataclass(frozen=True)
class Options:
    """The greatest and the smallest number (None for any), and of what: characters in the NFC
    form, spaces included, or words, for languages that put spaces between them."""

    unit: Unit
    most: Annotated[int, Field(ge=1)] | None = None
    least: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.most is None and self.least is None:
            raise ValueError("expected `most` or `least`, or both")


def holds(options: Options, text: str) -> Outcome:
    found = size(text, options.unit)
    if options.most is not None and found > options.most:
        return Outcome(False, f"has {found} {options.unit}, {_are(options.most)} allowed")
    if options.least is not None and found < options.least:
        return Outcome(False, f"has {found} {options.unit}, {_are(options.least)} needed")
    return Outcome(True)


def _are(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"
