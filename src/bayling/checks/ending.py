"""The text ends with the words asked for."""

from __future__ import annotations

from dataclasses import dataclass

from bayling.checks import Outcome
from bayling.checks._matching import normal, occurrences


@dataclass(frozen=True)
class Options:
    """The words; the marks behind the last of them are no difference."""

    phrase: str


def holds(options: Options, text: str) -> Outcome:
    wanted, ending = _bare(options.phrase), _bare(text)
    if wanted and any(end == len(ending) for _, end in occurrences(wanted, ending)):
        return Outcome(True)
    return Outcome(False, f"does not end with '{options.phrase}'")


def _bare(text: str) -> str:
    """Without what is no letter or digit at the end, and with single spaces."""
    text = " ".join(normal(text).split())
    while text and not text[-1].isalnum():
        text = text[:-1]
    return text
