"""The translation is in the target language."""

from __future__ import annotations

from dataclasses import dataclass

from bayling import languages
from bayling.checks import Outcome


@dataclass(frozen=True)
class Options:
    """The language asked for, and those it may be mistaken for (the source's at least).

    A text without letters is in no language and passes.
    """

    language: str
    others: tuple[str, ...]


def holds(options: Options, text: str) -> Outcome:
    found = languages.identify(text, (options.language, *options.others))
    if languages.base(found) in {languages.base(options.language), languages.UNDETERMINED}:
        return Outcome(True)
    return Outcome(
        False, f"is {languages.name(found)} instead of {languages.name(options.language)}"
    )
