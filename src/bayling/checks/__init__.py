"""What a translation must satisfy; the same code in build, evaluate and chat.

A check is a file here with

    @dataclass(frozen=True)
    class Options: ...                                  what is asked, filled from the record

    def holds(options: Options, text: str) -> Outcome   whether a translation satisfies it

    WHOLE = True                                        only of one that looks at a whole chain

    def hold_all(asked: Sequence[tuple[Options, str]]) -> list[Outcome]
                                                        only of one that is quicker with many

Of an answer that is a chain (`bayling.chain`) the other checks are shown the final part alone.

The record `Check("contain", {"phrase": "Datei"})` names the file and fills its `Options`:

    >>> from bayling.records import Check
    >>> outcome = holds(Check("contain", {"phrase": "Datei"}), "Die Datei wurde gelöscht.")
    >>> outcome.ok
    True
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
    "failures_of_all",
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
    return _outcomes(check.kind, [(check, text)])[0]


def failures(checks: Sequence[Check], text: str) -> list[tuple[Check, str]]:
    """The checks that a translation does not pass, each with the reason."""
    return failures_of_all([(checks, text)])[0]


def failures_of_all(
    asked: Sequence[tuple[Sequence[Check], str]],
) -> list[list[tuple[Check, str]]]:
    """As `failures`, of many translations, each with checks of its own."""
    by_kind: dict[str, list[tuple[Check, str]]] = defaultdict(list)
    for checks, text in asked:
        for check in checks:
            by_kind[check.kind].append((check, text))
    outcomes = {kind: iter(_outcomes(kind, each)) for kind, each in by_kind.items()}
    return [
        [
            (check, outcome.reason)
            for check in checks
            if not (outcome := next(outcomes[check.kind])).ok
        ]
        for checks, _ in asked
    ]


def _outcomes(kind: str, asked: Sequence[tuple[Check, str]]) -> list[Outcome]:
    """What the checks, all of one kind, say of these texts."""
    part = parts.load("check", kind)
    whole = getattr(part, "WHOLE", False)
    given = [
        (parts.options("check", kind, check.options), text if whole else final(text))
        for check, text in asked
    ]
    if hasattr(part, "hold_all"):
        found: list[Outcome] = part.hold_all(given)
        return found
    return [part.holds(*each) for each in given]
