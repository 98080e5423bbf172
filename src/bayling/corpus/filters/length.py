"""Drops pairs with a side that is too short or too long, in words.

Placeholders, tags, numbers and URLs are no words, so a text of nothing else is too short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.corpus.filters import Lot, Verdict, _words


@dataclass(frozen=True)
class Options:
    """How many words each side has; two letters are a word where none are spaced (Chinese …)."""

    min_words: Annotated[int, Field(ge=1)] = 1
    max_words: Annotated[int, Field(ge=1)] = 150


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is the number of words of the side that is out of bounds, else of the longer."""
    lengths = _words.counts(pairs)
    good = (options.min_words <= lengths) & (lengths <= options.max_words)
    longer = lengths.max(axis=0).tolist()
    for place, keep in enumerate((good[0] & good[1]).tolist()):
        if keep:
            yield Verdict(True, longer[place])
        else:
            side = 1 if good[0, place] else 0
            yield _dropped(("source", "target")[side], int(lengths[side, place]), options)


def _dropped(side: str, words: int, options: Options) -> Verdict:
    counted = "1 word" if words == 1 else f"{words} words"
    expected = f"{options.min_words} to {options.max_words}"
    return Verdict(False, words, f"the {side} has {counted}; expected {expected}")
