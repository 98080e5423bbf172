"""Which of the languages that a unit is in answer the two that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bayling import languages

# More texts than that are not what one file says again and again.
_MANY = 64


def distance(spelling: str, asked: str) -> int | None:
    """`languages.distance` of a language as files spell it; None where it cannot serve."""
    return _distance(spelling, asked) if len(spelling) <= languages.LONGEST else None


@lru_cache(maxsize=4096)
def _distance(spelling: str, asked: str) -> int | None:
    found = languages.spelt(spelling)
    return None if found is None else languages.distance(found, asked)


def choose(
    spellings: Sequence[str], source_lang: str, target_lang: str
) -> tuple[int | None, int | None]:
    """The places of the texts that are nearest to the two languages; of several as near, the first.

    One text is never both sides. None for a side that nothing can serve.
    """
    if len(spellings) > _MANY or max(map(len, spellings), default=0) > languages.LONGEST:
        return _chosen(tuple(spellings), source_lang, target_lang)
    return _remembered(tuple(spellings), source_lang, target_lang)


def _chosen(
    spellings: tuple[str, ...], source_lang: str, target_lang: str
) -> tuple[int | None, int | None]:
    sources = _ranked(spellings, source_lang)
    targets = _ranked(spellings, target_lang)
    both = [
        (near + far, one, other)
        # A second choice is only needed where both want the same text.
        for near, one in sources[:2]
        for far, other in targets[:2]
        if one != other
    ]
    if both:
        _, one, other = min(both)
        return one, other
    # One text at most serves: the side that it is nearer to.
    if targets and (not sources or targets < sources):
        return None, targets[0][1]
    return (sources[0][1] if sources else None), None


_remembered = lru_cache(maxsize=4096)(_chosen)


def _ranked(spellings: tuple[str, ...], asked: str) -> list[tuple[int, int]]:
    found = ((distance(each, asked), place) for place, each in enumerate(spellings))
    return sorted((far, place) for far, place in found if far is not None)


def told(spellings: Sequence[str]) -> str:
    """The languages that a unit is in, for a message."""
    different = list(dict.fromkeys(each[: languages.LONGEST] for each in spellings if each))
    more = [f"and {len(different) - _MANY} more"] if len(different) > _MANY else []
    return ", ".join([*different[:_MANY], *more]) or "none"
