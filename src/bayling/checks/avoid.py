"""The translation does without a phrase."""

from __future__ import annotations

from dataclasses import dataclass

from bayling.checks import Outcome
from bayling.checks._matching import stands


@dataclass(frozen=True)
class Options:
    """The phrase that must not occur as whole words, with its case unless `match_case` is off
    (a capital at the beginning of a sentence apart)."""

    phrase: str
    match_case: bool = True


def holds(options: Options, text: str) -> Outcome:
    if stands(options.phrase, text, options.match_case):
        return Outcome(False, f"'{options.phrase}' is still there")
    return Outcome(True)
