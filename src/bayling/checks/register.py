"""The translation addresses its reader formally, or informally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bayling import register
from bayling.checks import Outcome


@dataclass(frozen=True)
class Options:
    """The translation's language and the form of address asked for.

    A text that addresses nobody passes, and so does every text in a language without two forms.
    """

    language: str
    register: Literal["formal", "informal"]


def holds(options: Options, text: str) -> Outcome:
    found = register.every(text, options.language)
    if found <= {options.register}:
        return Outcome(True)
    if options.register in found:
        return Outcome(False, "addresses the reader both formally and informally")
    other = "informally" if options.register == "formal" else "formally"
    return Outcome(False, f"addresses the reader {other} instead of {options.register}ly")
