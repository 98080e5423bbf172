"""Words that carry no content of their own, articles and pronouns say; a file a language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def of(language: str) -> frozenset[str]:
    """Those of a base language (`de`, not `de-AT`) in small letters; none without a file."""
    file = _FOLDER / f"{language}.txt"
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else frozenset()


@cache
def dispensable(language: str) -> frozenset[str]:
    """Those that another language may have nothing for, though both say the same: articles,
    auxiliaries, common prepositions and particles. "Also", "your" and "not" are none. None where
    nothing is known, so that every word has to be translated."""
    lines = (_FOLDER / "dispensable.txt").read_text(encoding="utf-8").splitlines()
    known = {each: frozenset(words) for each, *words in map(str.split, lines)}
    return known.get(language, frozenset())
