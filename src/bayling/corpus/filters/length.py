"""Drops pairs with a side that is too short or too long, in words.

Placeholders, tags, numbers and URLs are no words, so a text of nothing else is too short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.corpus.filters import Verdict, _words
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """How many words each side has; two letters are a word where none are spaced (Chinese …)."""

    min_words: Annotated[int, Field(ge=1)] = 1
    max_words: Annotated[int, Field(ge=1)] = 150


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is the number of words of the side that is out of bounds, else of the longer."""
    for pair in pairs:
        lengths = {
            "source": _words.count(pair.source, pair.source_lang),
            "target": _words.count(pair.target, pair.target_lang),
        }
        yield _verdict(lengths, options)


def _verdict(lengths: dict[str, int], options: Options) -> Verdict:
    for side, words in lengths.items():
        if not options.min_words <= words <= options.max_words:
            counted = "1 word" if words == 1 else f"{words} words"
            expected = f"{options.min_words} to {options.max_words}"
            return Verdict(False, words, f"the {side} has {counted}; expected {expected}")
    return Verdict(True, max(lengths.values()))
