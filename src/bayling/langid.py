"""Which of two languages many texts are in: what py3langid says, many times as quickly.

py3langid walks through the bytes of a text with an automaton that knows n-grams, one byte at a time
in Python, and adds up what the n-grams weigh. Here all texts lie in a row, which is cut into pieces
that take each step together. Of the sums only the difference between two languages counts; what is
too near to call is left to py3langid itself, so that the answers are the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from py3langid.langid import LanguageIdentifier

# A difference below which rounding may decide, at least and for each n-gram: with 300 of them 150
# times what single precision was found to make of their sum, with 60,000 twice that.
_NEAR, _NEAR_EACH = 0.1, 1e-3
_MUCH = 1 << 20  # bytes from which on texts are enough to be walked through together
_MANY = 20_000  # and texts: their number times that of the n-grams has 31 bits
# Stands in no text, and the automaton forgets all before it.
_BETWEEN = b"\xff"
# Bytes of a piece, and of those before it from which its state is known: no n-gram is longer.
_PIECE, _BEFORE = 64, 8
_BITS = 20  # of the places that n-grams are counted in


class Chooser:
    """Tells the two languages of an identifier apart."""

    def __init__(self, identifier: LanguageIdentifier) -> None:
        """Raises `ValueError` where it has not exactly two."""
        import numpy as np

        self._identifier = identifier
        self._first, self._second = identifier.nb_classes
        # The next state by row and byte; by state, where its row begins and which n-gram has ended.
        moves = np.asarray(identifier.tk_nextmove)
        self._moves = moves.view(np.int32) if moves.itemsize == 4 else moves.astype(np.int32)
        self._rows = np.asarray(identifier.tk_row, dtype=np.int32) << 8
        self._ngrams = np.asarray(identifier.tk_output, dtype=np.int32)
        weights = np.asarray(identifier.nb_ptc, dtype=np.float64)
        self._weights = weights[:, 0] - weights[:, 1]
        self._prior = float(identifier.nb_pc[0]) - float(identifier.nb_pc[1])
        self._last = np.empty(1 << _BITS, dtype=np.int32)
        self._shared = np.zeros(1 << _BITS, dtype=bool)

    def choose(self, texts: Sequence[str]) -> list[str]:
        """The language of each text in NFC."""
        import numpy as np

        found: list[str] = []
        for some in _lots(texts):
            began = len(found)
            scores, counts = self._scores(some)
            found += np.where(scores > 0, self._first, self._second).tolist()
            near = abs(scores) < np.maximum(_NEAR, _NEAR_EACH * counts)
            for place in np.flatnonzero(near).tolist():
                found[began + place] = self._identifier.classify(texts[began + place])[0]
        return found

    def _scores(self, data: Sequence[bytes]) -> tuple[NDArray[Any], NDArray[Any]]:
        """How much more each text weighs in the first language, 0 for one without n-grams; and how
        many of these it has."""
        import numpy as np

        count = len(data)
        texts, ngrams = self._walk(data)
        counts = np.bincount(texts, minlength=count)
        # How often a text has an n-gram: once, for nearly all.
        keys = texts * len(self._weights) + ngrams
        shared = self._may_repeat(keys)
        weights = self._weights.take(ngrams) * np.log1p(1)
        weights[shared] = 0
        scores = np.bincount(texts, weights, minlength=count)
        # Equal ones stand side by side.
        keys = np.sort(keys.take(shared))
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        times = np.diff(first, append=len(keys))
        texts, ngrams = np.divmod(keys.take(first), len(self._weights))
        scores += np.bincount(texts, np.log1p(times) * self._weights[ngrams], minlength=count)
        return np.where(counts > 0, scores + self._prior, 0.0), counts

    def _may_repeat(self, keys: NDArray[Any]) -> NDArray[Any]:
        """The places of keys of which there may be others alike, by a part of their bits: a fourth
        of all, of which a fifth are. To sort all keys takes twice as long."""
        import numpy as np

        bits = keys & (len(self._last) - 1)
        numbers = np.arange(len(keys), dtype=np.int32)
        self._last[bits] = numbers
        several = bits.take(np.flatnonzero(self._last.take(bits) != numbers))
        self._shared[several] = True
        found = np.flatnonzero(self._shared.take(bits))
        self._shared[several] = False
        return found

    def _walk(self, data: Sequence[bytes]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The n-grams of all texts: the number of the text and that of the n-gram."""
        import numpy as np

        together = np.frombuffer(_BETWEEN.join(data), dtype=np.uint8)
        count = -(-len(together) // _PIECE)
        letters = np.full(count * _PIECE, _BETWEEN[0], dtype=np.uint8)
        letters[: len(together)] = together
        # One column for each piece.
        found = letters.reshape(count, _PIECE).T.astype(np.int32, order="C")
        states = np.zeros(count, dtype=np.int32)
        for before in found[-_BEFORE:]:
            states[1:] = self._moves.take(self._rows.take(states[1:]) + before[:-1])
        began = states
        for step in found:
            step += self._rows.take(states)
            states = step[:] = self._moves.take(step)
        # Each piece ends where the next one began, so all is as if there had been one piece.
        assert np.array_equal(states[:-1], began[1:]), "_BEFORE is too little"
        ngrams = self._ngrams.take(found).T.ravel()[: len(together)]
        texts = np.repeat(np.arange(len(data)), [len(each) + 1 for each in data])
        some = np.flatnonzero(ngrams >= 0)
        return texts.take(some), ngrams.take(some)


def _lots(texts: Sequence[str]) -> Iterator[list[bytes]]:
    """The bytes of all texts, some thousand texts at a time."""
    lot: list[bytes] = []
    size = 0
    for text in texts:
        data = (_small(text) if text.isupper() else text).encode("utf-8", "surrogatepass")
        lot.append(data)
        size += len(data)
        if size >= _MUCH or len(lot) == _MANY:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _small(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())
