"""Pairs that stay on disk and lines that are shuffled there, so that millions of them fit."""

from __future__ import annotations

import json
import os
import random
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, overload

from bayling.records import Json, Pair


class StoredPairs(Sequence[Pair]):
    """The pairs of a file that `corpus` wrote, each read when it is asked for; slices are lists.

    A context: the file is open as long as it lasts.
    """

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb")  # noqa: SIM115
        self._starts = _starts(self._file)

    def __enter__(self) -> StoredPairs:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[Pair]:
        return (self[place] for place in range(len(self)))

    @overload
    def __getitem__(self, place: int) -> Pair: ...
    @overload
    def __getitem__(self, place: slice) -> list[Pair]: ...
    def __getitem__(self, place: int | slice) -> Pair | list[Pair]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return Pair.from_json(json.loads(_line(self._file, self._starts, place)))


class Selection(Sequence[Pair]):
    """Some of these pairs, by their places; slices are lists."""

    def __init__(self, pairs: StoredPairs, places: Sequence[int]) -> None:
        self._pairs = pairs
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Pair]:
        return (self._pairs[place] for place in self.places)

    @overload
    def __getitem__(self, number: int) -> Pair: ...
    @overload
    def __getitem__(self, number: slice) -> list[Pair]: ...
    def __getitem__(self, number: int | slice) -> Pair | list[Pair]:
        if isinstance(number, slice):
            return [self._pairs[place] for place in self.places[number]]
        return self._pairs[self.places[number]]


class Lines:
    """A file of JSON lines that grows. A context: the file is open as long as it lasts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open(path, "w", encoding="utf-8", newline="\n")  # noqa: SIM115

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, line: str) -> None:
        self._file.write(line + "\n")

    def shuffle(self, rng: random.Random) -> None:
        """Put the lines of the file, which is closed by now, into another order."""
        shuffled = self._path.with_name(self._path.name + ".shuffled")
        with open(self._path, "rb") as given, open(shuffled, "wb") as file:
            starts = _starts(given)
            order = array("q", range(len(starts) - 1))
            rng.shuffle(order)
            for place in order:
                file.write(_line(given, starts, place))
        os.replace(shuffled, self._path)


def as_line(row: Json) -> str:
    return json.dumps(row, ensure_ascii=False)


def _starts(file: BinaryIO) -> array[int]:
    """Where each line begins, and where the last one ends."""
    file.seek(0)
    starts = array("q", [0])
    for line in file:
        starts.append(starts[-1] + len(line))
    return starts


def _line(file: BinaryIO, starts: Sequence[int], place: int) -> bytes:
    # pread leaves the file's own position alone, which processes share.
    return os.pread(file.fileno(), starts[place + 1] - starts[place], starts[place])
