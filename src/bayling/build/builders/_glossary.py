"""A glossary of the user's own, and which of its terms a pair really has on both sides."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from bayling import checks, glossary, languages
from bayling.build.align import Term
from bayling.languages import Direction
from bayling.records import Pair

_WORD = re.compile(r"\w+")


class Glossary:
    """Terms in one direction, found in a text by their first words."""

    def __init__(self, found: Sequence[glossary.Term], spaced: bool) -> None:
        """`spaced` says that the source language puts spaces between words."""
        self._by_word: dict[str, list[glossary.Term]] = defaultdict(list)
        self._anywhere: list[glossary.Term] = []
        for term in found:
            word = _WORD.search(_plain(term.source))
            if spaced and word:
                self._by_word[word.group()].append(term)
            else:
                self._anywhere.append(term)
        allowed = [each for each in found if each.status != glossary.FORBIDDEN]
        self.terms = [Term(each.source, each.target, 0, 0, 1.0) for each in allowed]

    def of(self, pair: Pair) -> list[Term]:
        """The terms that stand in the pair on both sides, whole words, with where they stand in the
        target: the preferred translation of each before others, the longest of those that begin
        alike or lie within each other."""
        found: dict[str, Term] = {}
        for term in self._standing(pair.source):
            places = checks.occurrences(term.target, pair.target, match_case=False)
            taken = term.source.casefold() in found
            if places and term.status != glossary.FORBIDDEN and not taken:
                found[term.source.casefold()] = Term(term.source, term.target, *places[0], 1.0)
        return [
            term
            for key, term in found.items()
            if not any(key != other and _within(key, other) for other in found)
        ]

    def forbidden(self, pair: Pair) -> str | None:
        """A phrase of the target that the glossary forbids for a term of the source, if there is
        one."""
        for term in self._standing(pair.source):
            if term.status == glossary.FORBIDDEN and checks.occurrences(
                term.target, pair.target, match_case=False
            ):
                return term.target
        return None

    def _standing(self, source: str) -> Iterator[glossary.Term]:
        plain = _plain(source)
        words = dict.fromkeys(_WORD.findall(plain))
        some = [term for word in words for term in self._by_word.get(word, ())]
        some += [term for term in self._anywhere if _plain(term.source) in plain]
        some.sort(key=lambda term: term.status != glossary.PREFERRED)
        return (term for term in some if checks.occurrences(term.source, source, match_case=False))


def of(path: Path, direction: Direction) -> Glossary:
    """The glossary of a file. Raises `InputError` as `glossary.read` does."""
    # It is kept as long as the file does not change; one that is missing is told in reading.
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(path, direction, changed)


@lru_cache(maxsize=8)
def _read(path: Path, direction: Direction, changed: int) -> Glossary:
    return Glossary(glossary.read(path, *direction), languages.is_spaced(direction.source))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _within(key: str, other: str) -> bool:
    return bool(checks.occurrences(key, other, match_case=False))
