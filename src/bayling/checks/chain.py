"""The answer is a chain by way of English, with all its parts (see `bayling.chain`)."""

from __future__ import annotations

from dataclasses import dataclass

from bayling import chain, languages
from bayling.checks import Outcome

# The whole answer is judged, not its final part.
WHOLE = True


@dataclass(frozen=True)
class Options:
    """The language of the final part, and others that the English part may be mistaken for;
    whether the instruction in English comes first.

    What is asked of the final part, other checks say.
    """

    language: str
    others: tuple[str, ...] = ()
    instruction: bool = False


def holds(options: Options, text: str) -> Outcome:
    found = chain.parts(text)
    expected = [chain.INSTRUCTION] if options.instruction else []
    expected += [chain.ENGLISH, chain.label(options.language)]
    if [name for name, _ in found] != expected:
        return Outcome(False, f"is no chain of the parts {', '.join(expected)}")
    for name, said in found:
        if not said:
            return Outcome(False, f"has nothing in its part {name}")
    among = ("en", options.language, *options.others)
    for name, said in found[:-1]:
        if sum(map(str.isalpha, said)) < chain.TELLING_LETTERS:
            continue
        language = languages.identify(said, among)
        if languages.base(language) not in ("en", languages.UNDETERMINED):
            return Outcome(False, f"has its part {name} in {languages.name(language)}")
    return Outcome(True)
