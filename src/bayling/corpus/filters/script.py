"""Drops pairs with a side that is not in the script its language is written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from bayling import languages
from bayling.corpus.filters import Lot, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLD = ("min_share", "least")


@dataclass(frozen=True)
class Options:
    """The least share (0–1) of each side's letters that must be in a script of its language.

    Names and terms of technical texts stay in Latin letters: of 1,327 Chinese paragraphs of a
    handbook (debian-handbook) 60 have less, of which 57 are English. A language in a script that is
    not known here passes.
    """

    min_share: Annotated[float, Field(ge=0, le=1)] = 0.2


_ALL = Verdict(True, 1.0)


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is the share of the side that has less."""
    shares = _shares(pairs)
    for place, score in enumerate(shares.min(axis=0).tolist()):
        if score >= options.min_share:
            yield _ALL if score == 1 else Verdict(True, score)
            continue
        pair = pairs[place]
        side, language = (
            ("source", pair.source_lang)
            if shares[0, place] < shares[1, place]
            else ("target", pair.target_lang)
        )
        yield Verdict(
            False,
            score,
            f"{score:.0%} of the letters of the {side} are in the script of "
            f"{languages.name(language)}; expected {options.min_share:.0%} at least",
        )


def _shares(lot: Lot) -> NDArray[Any]:
    """The share of the letters of the sources (row 0) and of the targets (row 1)."""
    import numpy as np

    found = np.ones((2, len(lot)))
    for direction, where in lot.directions():
        for side, scripts in enumerate(map(languages.scripts, direction)):
            if scripts:
                letters = lot.texts.letters[lot.in_texts[side, where]]
                found[side, where] = languages.shares_in(letters, scripts)
    return found
