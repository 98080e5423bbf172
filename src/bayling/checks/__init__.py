"""What a translation must satisfy; the same code in build, evaluate and chat.

A check is a file here with

    @dataclass(frozen=True)
    class Options: ...                                  what is asked, filled from the record

    def holds(options: Options, text: str) -> Outcome   whether a translation satisfies it

    WHOLE = True                                        only of one that looks at a whole chain

Of an answer that is a chain (`bayling.chain`) the other checks are shown the final part alone.

The record `Check("contain", {"phrase": "Datei"})` names the file and fills its `Options`:

    >>> from bayling.records import Check
    >>> outcome = holds(Check("contain", {"phrase": "Datei"}), "Die Datei wurde gelöscht.")
    >>> outcome.ok
    True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bayling import parts

# By its name: `chain` of this package is a check.
from bayling.chain import final
from bayling.checks._copies import folded, is_copy
from bayling.checks._matching import has_form, normal, occurrences, standing
from bayling.checks._objects import object_in
from bayling.checks._sizes import Unit, size
from bayling.records import Check

__all__ = [
    "Outcome",
    "Unit",
    "failures",
    "folded",
    "has_form",
    "holds",
    "is_copy",
    "normal",
    "object_in",
    "occurrences",
    "size",
    "standing",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a check holds; `reason` says in words why it does not ('' where it does)."""

    ok: bool
    reason: str = ""


def holds(check: Check, text: str) -> Outcome:
    """Ask one check of a translation. Raises `UserError` for an unknown check or option."""
    options = parts.options("check", check.kind, check.options)
    part = parts.load("check", check.kind)
    asked = text if getattr(part, "WHOLE", False) else final(text)
    outcome: Outcome = part.holds(options, asked)
    return outcome


def failures(checks: Iterable[Check], text: str) -> list[tuple[Check, str]]:
    """The checks that a translation does not pass, each with the reason."""
    outcomes = ((check, holds(check, text)) for check in checks)
    return [(check, outcome.reason) for check, outcome in outcomes if not outcome.ok]
