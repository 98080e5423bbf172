"""Drops pairs with a side in the other side's language, or in another script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import languages
from bayling.corpus.filters import Lot, Verdict, _words
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """From how many words of the source on a pair is judged by more than its script.

    "Admin" may be English or German. Of 11,500 English–German catalogue strings, those of three
    words and more lose 0.8 % of good pairs, shorter ones would lose 16 %. Three words is also
    where `build` begins, so no reference of a test set is in the wrong language by this measure.
    """

    min_words: Annotated[int, Field(ge=0)] = 3


_BOTH = Verdict(True, 2)


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is how many of the two sides are in their language."""
    verdicts = [_BOTH] * len(pairs)
    short = _words.counts(pairs)[0] < options.min_words
    for direction, where in pairs.directions():
        texts = pairs.in_texts[:, where].ravel()
        found = languages.identify_all(pairs.texts, texts, direction).tolist()
        sides = zip(found[: len(where)], found[len(where) :], strict=True)
        for place, both in zip(where.tolist(), sides, strict=True):
            if both != direction:
                bases = tuple(map(languages.base, both))
                verdicts[place] = _verdict(pairs[place], bases, bool(short[place]))
    yield from verdicts


def _verdict(pair: Pair, found: tuple[str, ...], short: bool) -> Verdict:
    """Of a pair with a side that is not in its language."""
    expected = (pair.source_lang, pair.target_lang)
    bases = tuple(map(languages.base, expected))
    wrong = []
    for side, own, other in zip(("source", "target"), found, expected, strict=True):
        if own in (languages.base(other), languages.UNDETERMINED):
            continue
        if short and own in bases:
            continue
        wrong.append(f"the {side} is {languages.name(own)} instead of {languages.name(other)}")
    return Verdict(not wrong, 2 - len(wrong), " and ".join(wrong))
