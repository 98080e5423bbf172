"""Overlap: whether a text resembles one of a set of texts, or holds much of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import chain

from bayling import markup, words

_LENGTH = 4  # characters of a shingle
_SHARE = 0.6  # of shingles in common (Jaccard) from which on two texts are near-duplicates


class Overlap:
    """An index of texts by what they consist of, `shingles` or `ngrams`; time grows with the texts
    asked about."""

    def __init__(
        self, texts: Iterable[str], parts: Callable[[str], frozenset[str]] | None = None
    ) -> None:
        self._parts = parts or shingles
        self._sizes: list[int] = []
        self._where: dict[str, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        parts = self._parts(text)
        for part in parts:
            self._where[part].append(len(self._sizes))
        self._sizes.append(len(parts))

    def touches(self, text: str) -> bool:
        """Whether a text with at least 60 % of the parts in common is in the index."""
        parts = self._parts(text)
        shared = self._shared(parts)
        # Both have at least the larger's parts between them, so most texts need no second look.
        return max(shared.values(), default=0) >= _SHARE * len(parts) and any(
            count >= _SHARE * (len(parts) + self._sizes[place] - count)
            for place, count in shared.items()
        )

    def most_of(self, text: str) -> tuple[float, int]:
        """The largest share (0–1) of the parts of a text of the index that this text has, and the
        number of the former; (0, 0) where it has none of any."""
        shared = self._shared(self._parts(text))
        shares = [(count / self._sizes[place], -place) for place, count in shared.items()]
        share, place = max(shares, default=(0.0, 0))
        return share, -place

    def _shared(self, parts: frozenset[str]) -> Counter[int]:
        found = filter(None, map(self._where.get, parts))
        return Counter(chain.from_iterable(found))


# What is no letter.
_OTHER = re.compile(r"[\W\d_]+")


def shingles(text: str) -> frozenset[str]:
    """The text's shingles, without case, punctuation, numbers and placeholders."""
    plain = f" {_OTHER.sub(' ', markup.strip(text).casefold()).strip()} "
    return frozenset([plain[i : i + _LENGTH] for i in range(max(1, len(plain) - _LENGTH + 1))])


def ngrams(text: str, n: int) -> frozenset[str]:
    """The text's sequences of n words (`words.of`); of fewer words, all of them as one."""
    said = words.of(text)
    if not said:
        return frozenset()
    return frozenset([" ".join(said[i : i + n]) for i in range(max(1, len(said) - n + 1))])
