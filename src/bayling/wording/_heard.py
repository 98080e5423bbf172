"""What was understood of a request."""

from __future__ import annotations

from dataclasses import dataclass

from bayling.checks import occurrences
from bayling.records import Check


@dataclass(frozen=True)
class Heard:
    """(role, phrase) of what a request names: a `word` to use, an `old` one to avoid, a `term` of
    the source, an `item` to keep. It is `worded` in a known way if all of it matches a phrasing, or
    is made of cues and politeness beside one phrase for each role; and its phrases are `marked` by
    quotation marks or by looking as only a code or tag does."""

    phrases: tuple[tuple[str, str], ...]
    worded: bool
    marked: bool

    def of(self, role: str) -> tuple[str, ...]:
        return tuple(phrase for each, phrase in self.phrases if each == role)

    @property
    def checks(self) -> list[Check]:
        """The checks that the request implies, each once, but for what could not be fulfilled
        together: "'was not saved' instead of 'not saved'"."""
        checks: list[Check] = []
        for role, phrase in self.phrases:
            spaced = (word for word in self.of("word") if " " in word)
            if role == "old" and any(occurrences(phrase, word) for word in spaced):
                continue
            check = {
                "word": Check("contain", {"phrase": phrase}),
                "old": Check("avoid", {"phrase": phrase}),
                "item": Check("keep", {"items": [phrase]}),
            }.get(role)
            if check is not None and check not in checks:
                checks.append(check)
        return checks
