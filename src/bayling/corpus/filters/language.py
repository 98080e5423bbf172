"""Drops pairs with a side in the other side's language, or in another script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import languages
from bayling.corpus.filters import Verdict, _words
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """From how many words of the source on a pair is judged by more than its script.

    "Admin" may be English or German. Of 11,500 English–German catalogue strings, those of three
    words and more lose 0.8 % of good pairs, shorter ones would lose 16 %. Three words is also
    where `build` begins, so no reference of a test set is in the wrong language by this measure.
    """

    min_words: Annotated[int, Field(ge=0)] = 3


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is how many of the two sides are in their language."""
    for pair in pairs:
        wrong = _wrong_sides(pair, options.min_words)
        yield Verdict(not wrong, 2 - len(wrong), " and ".join(wrong))


def _wrong_sides(pair: Pair, min_words: int) -> list[str]:
    """What is said of the sides that are not in their language."""
    candidates = (pair.source_lang, pair.target_lang)
    bases = [languages.base(each) for each in candidates]
    wrong = []
    for side, text, expected in zip(
        ("source", "target"), (pair.source, pair.target), candidates, strict=True
    ):
        found = languages.base(languages.identify(text, candidates))
        if found in (languages.base(expected), languages.UNDETERMINED):
            continue
        if found in bases and _words.count(pair.source, pair.source_lang) < min_words:
            continue
        wrong.append(f"the {side} is {languages.name(found)} instead of {languages.name(expected)}")
    return wrong
