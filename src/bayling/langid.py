"""Which of two languages many texts are in: what py3langid says, several times as quickly.

py3langid walks through the bytes of a text with an automaton that knows n-grams, one byte at a time
in Python, and adds up what the n-grams weigh. Here many texts take each step together. Of the sums
only the difference between two languages counts; what is too near to call, or long, is left to
py3langid itself, so that the answers are the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from py3langid.langid import LanguageIdentifier

# A difference below which rounding may decide: 300 times as much as single precision makes of a sum
# of 600.
_NEAR = 0.1
_LONG = 2000  # bytes of a text from which on the others would wait for it


class Chooser:
    """Tells the two languages of an identifier apart."""

    def __init__(self, identifier: LanguageIdentifier) -> None:
        """Raises `ValueError` where it has not exactly two."""
        import numpy as np

        self._identifier = identifier
        self._first, self._second = identifier.nb_classes
        self._moves = np.asarray(identifier.tk_nextmove)
        self._rows = np.asarray(identifier.tk_row, dtype=np.int64) << 8
        self._ngrams = np.asarray(identifier.tk_output, dtype=np.int32)
        weights = np.asarray(identifier.nb_ptc, dtype=np.float64)
        self._weights = weights[:, 0] - weights[:, 1]
        self._prior = float(identifier.nb_pc[0]) - float(identifier.nb_pc[1])

    def choose(self, texts: Sequence[str]) -> list[str]:
        """The language of each text in NFC."""
        data = [_bytes(text) for text in texts]
        short = [place for place, each in enumerate(data) if 0 < len(each) < _LONG]
        scores = dict(zip(short, self._scores([data[place] for place in short]), strict=True))
        return [
            (self._first if score > 0 else self._second)
            if abs(score := scores.get(place, 0.0)) >= _NEAR
            else self._identifier.classify(text)[0]
            for place, text in enumerate(texts)
        ]

    def _scores(self, data: Sequence[bytes]) -> list[float]:
        """How much more each text weighs in the first language; 0 for one without n-grams."""
        import numpy as np

        if not data:
            return []
        texts, ngrams = self._walk(data)
        # How often a text has an n-gram: equal ones stand side by side.
        keys = np.sort(texts * len(self._weights) + ngrams)
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        counts = np.diff(first, append=len(keys))
        texts, ngrams = np.divmod(keys[first], len(self._weights))
        weights = np.log1p(counts) * self._weights[ngrams]
        scores = np.bincount(texts, weights, minlength=len(data))
        some = np.bincount(texts, minlength=len(data)) > 0
        found: list[float] = np.where(some, scores + self._prior, 0.0).tolist()
        return found

    def _walk(self, data: Sequence[bytes]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The n-grams of all texts: the number of the text and that of the n-gram."""
        import numpy as np

        lengths = np.array([len(each) for each in data])
        order = np.argsort(-lengths, kind="stable")
        lengths = lengths[order]
        letters = np.frombuffer(b"".join(data[place] for place in order), dtype=np.uint8)
        starts = np.cumsum(lengths) - lengths
        # The longest come first, so that those still under way are the first ones.
        under_way = len(data) - np.searchsorted(lengths[::-1], np.arange(lengths[0]), side="right")
        rows = np.zeros(len(data), dtype=np.int64) + self._rows[0]
        found = np.empty(len(letters), dtype=np.int32)
        at = 0
        for step, count in enumerate(under_way.tolist()):
            states = self._moves[rows[:count] + letters[starts[:count] + step]]
            rows[:count] = self._rows[states]
            found[at : at + count] = self._ngrams[states]
            at += count
        texts = np.concatenate([order[:count] for count in under_way.tolist()])
        some = found >= 0
        return texts[some], found[some].astype(np.int64)


def _bytes(text: str) -> bytes:
    if text.isupper():
        text = unicodedata.normalize("NFC", text.lower())
    return text.encode("utf-8", "surrogatepass")
