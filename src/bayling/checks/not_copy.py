"""The translation is not the source again; or, if asked so, not made of long pieces of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import words
from bayling.checks import Outcome
from bayling.checks._copies import folded, has_words, is_copy


@dataclass(frozen=True)
class Options:
    """The source text. One that has no words of its own (`%s: 100`) may be copied. At most the
    share `most` of the text's words may stand in pieces of four and more that the source has too
    (characters where no spaces are written); 1 for any.
    """

    source: str
    most: Annotated[float, Field(gt=0, le=1)] = 1.0


def holds(options: Options, text: str) -> Outcome:
    if is_copy(options.source, text):
        return Outcome(False, "repeats the source")
    if (
        options.most < 1
        and has_words(options.source)
        and _shared(text, options.source) > options.most
    ):
        return Outcome(False, "repeats much of the source")
    return Outcome(True)


_PIECE = 4


def _shared(text: str, source: str) -> float:
    """The share of the text's words that stand in pieces of `_PIECE` which the source has too."""
    ours, theirs = _words(text), _words(source)
    known = {tuple(theirs[at : at + _PIECE]) for at in range(len(theirs) - _PIECE + 1)}
    covered = {
        at + step
        for at in range(len(ours) - _PIECE + 1)
        if tuple(ours[at : at + _PIECE]) in known
        for step in range(_PIECE)
    }
    return len(covered) / len(ours) if ours else 0.0


def _words(text: str) -> list[str]:
    found = folded(text).split()
    return [part for word in found for part in (word if words.unspaced(word) else [word])]
