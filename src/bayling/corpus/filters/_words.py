"""How long texts are, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayling import languages
from bayling.corpus.filters import Lot

if TYPE_CHECKING:
    from numpy.typing import NDArray


def counts(lot: Lot) -> NDArray[Any]:
    """Words with a letter in them, of the sources (row 0) and the targets (row 1); placeholders,
    tags, numbers and URLs are none.

    Languages written without spaces count two letters as a word, rounded up.
    """
    import numpy as np

    found = np.empty((2, len(lot)), dtype=np.int64)
    for pair, where in lot.directions():
        for side, language in enumerate(pair):
            texts = lot.in_texts[side, where]
            if languages.is_spaced(language):
                found[side, where] = lot.texts.spaced_words[texts]
            else:
                found[side, where] = (lot.texts.letters[texts].sum(axis=1) + 1) // 2
    return found
