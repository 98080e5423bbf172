"""Files of pairs, as `bayling corpus` writes them, beside the one that is built from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from bayling import jsonl, languages
from bayling.errors import InputError
from bayling.records import Pair


class English:
    """What texts in other languages are in English, by pairs that say so."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._known: dict[tuple[str, str], list[str]] = defaultdict(list)
        for pair in pairs:
            source = languages.base(pair.source_lang), pair.source
            target = languages.base(pair.target_lang), pair.target
            for (language, english), other in ((source, target), (target, source)):
                if language == "en" and other[0] != "en" and english not in self._known[other]:
                    self._known[other].append(english)

    def of(self, pair: Pair) -> list[str]:
        """The English texts of which both sides of the pair are translations; if there is none,
        those that either side is one of."""
        sides = (pair.source_lang, pair.source), (pair.target_lang, pair.target)
        of_source, of_target = (
            self._known.get((languages.base(language), text), []) for language, text in sides
        )
        both = [each for each in of_source if each in of_target]
        return both or list(dict.fromkeys([*of_source, *of_target]))


def by_source(path: Path) -> dict[str, list[Pair]]:
    """The pairs of a file by their source. Raises `InputError` for a file that holds no pairs."""
    return _by_source(path, path.stat().st_mtime_ns)


def english(path: Path) -> English:
    """The English texts of a file's pairs. Raises `InputError` for a file that holds no pairs."""
    return _english(path, path.stat().st_mtime_ns)


# Both are kept as long as the file does not change.
@lru_cache(maxsize=8)
def _by_source(path: Path, changed: int) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in _pairs(path):
        found.setdefault(pair.source, []).append(pair)
    return found


@lru_cache(maxsize=8)
def _english(path: Path, changed: int) -> English:
    return English(_pairs(path))


def _pairs(path: Path) -> Iterator[Pair]:
    for number, row in jsonl.numbered(path):
        try:
            yield Pair.from_json(row)
        except TypeError as error:
            raise InputError(
                path, "is not a pair; expected a line such as pairs.jsonl has", number
            ) from error
