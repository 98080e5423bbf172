"""Near-duplicates: whether a text resembles one of a set of held-out texts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain

from bayling import markup

_LENGTH = 4  # characters of a shingle
_SHARE = 0.6  # of shingles in common (Jaccard) from which on two texts are near-duplicates


class Overlap:
    """An index of texts by their character shingles; time grows with the texts asked about."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._sizes: list[int] = []
        self._where: dict[str, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        shingles = _shingles(text)
        for shingle in shingles:
            self._where[shingle].append(len(self._sizes))
        self._sizes.append(len(shingles))

    def touches(self, text: str) -> bool:
        """Whether a text with at least 60 % of the shingles in common is in the index."""
        shingles = _shingles(text)
        found = (where for shingle in shingles if (where := self._where.get(shingle)))
        shared = Counter(chain.from_iterable(found))
        return any(
            count >= _SHARE * (len(shingles) + self._sizes[place] - count)
            for place, count in shared.items()
        )


# What is no letter.
_OTHER = re.compile(r"[\W\d_]+")


def _shingles(text: str) -> frozenset[str]:
    """The text's shingles, without case, punctuation, numbers and placeholders."""
    plain = f" {_OTHER.sub(' ', markup.strip(text).casefold()).strip()} "
    return frozenset([plain[i : i + _LENGTH] for i in range(max(1, len(plain) - _LENGTH + 1))])
