"""The translation is in the target language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bayling import languages
from bayling.checks import Outcome
from bayling.texts import Texts


@dataclass(frozen=True)
class Options:
    """The language asked for, and those it may be mistaken for (the source's at least).

    A text without letters is in no language and passes.
    """

    language: str
    others: tuple[str, ...]


# Texts from which on they are looked at together.
_MANY = 16


def holds(options: Options, text: str) -> Outcome:
    return _outcome(options, languages.identify(text, _candidates(options)))


def hold_all(asked: Sequence[tuple[Options, str]]) -> list[Outcome]:
    if len(asked) < _MANY:
        return [holds(*each) for each in asked]
    import numpy as np

    texts = Texts([text for _, text in asked])
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, (options, _) in enumerate(asked):
        places[_candidates(options)].append(place)
    found = np.empty(len(asked), dtype=object)
    for candidates, some in places.items():
        found[some] = languages.identify_all(texts, np.array(some), candidates)
    return [_outcome(options, each) for (options, _), each in zip(asked, found, strict=True)]


def _candidates(options: Options) -> tuple[str, ...]:
    return (options.language, *options.others)


def _outcome(options: Options, found: str) -> Outcome:
    if languages.base(found) in {languages.base(options.language), languages.UNDETERMINED}:
        return Outcome(True)
    return Outcome(
        False, f"is {languages.name(found)} instead of {languages.name(options.language)}"
    )
