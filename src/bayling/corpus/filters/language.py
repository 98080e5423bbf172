"""Drops pairs with a side in the other side's language, or in another script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
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


_AHEAD = 500  # pairs that are read and identified at once


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is how many of the two sides are in their language. Reads 500 pairs ahead."""
    pairs = iter(pairs)
    while some := list(islice(pairs, _AHEAD)):
        for candidates, group in groupby(some, lambda pair: (pair.source_lang, pair.target_lang)):
            alike = list(group)
            texts = [text for pair in alike for text in (pair.source, pair.target)]
            found = [languages.base(each) for each in languages.identify_all(texts, candidates)]
            for pair, sides in zip(alike, zip(found[::2], found[1::2], strict=True), strict=True):
                wrong = _wrong_sides(pair, sides, options.min_words)
                yield Verdict(not wrong, 2 - len(wrong), " and ".join(wrong))


def _wrong_sides(pair: Pair, found: tuple[str, str], min_words: int) -> list[str]:
    """What is said of the sides that are not in their language."""
    expected = (pair.source_lang, pair.target_lang)
    bases = tuple(map(languages.base, expected))
    if found == bases:
        return []
    wrong = []
    for side, own, other in zip(("source", "target"), found, expected, strict=True):
        if own in (languages.base(other), languages.UNDETERMINED):
            continue
        if own in bases and _words.count(pair.source, pair.source_lang) < min_words:
            continue
        wrong.append(f"the {side} is {languages.name(own)} instead of {languages.name(other)}")
    return wrong
