"""A glossary entry is respected: where the source has the term, the translation has its target."""

from __future__ import annotations

from dataclasses import dataclass

from bayling.checks import Outcome
from bayling.checks._matching import stands


@dataclass(frozen=True)
class Options:
    """`term` → `translation`, asked of the translation of `source`.

    Where the source does not hold the term, there is nothing to respect and the check holds.
    """

    source: str
    term: str
    translation: str
    match_case: bool = False


def holds(options: Options, text: str) -> Outcome:
    if not stands(options.term, options.source, options.match_case):
        return Outcome(True)
    if stands(options.translation, text, options.match_case):
        return Outcome(True)
    return Outcome(False, f"'{options.term}' is not translated as '{options.translation}'")
