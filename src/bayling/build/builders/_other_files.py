"""Files of pairs, as `bayling corpus` writes them, beside the one that is built from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from bayling import jsonl
from bayling.build.memory import English
from bayling.errors import InputError
from bayling.records import Pair


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
