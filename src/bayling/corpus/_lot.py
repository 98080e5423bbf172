"""Some thousand pairs that are judged together, as columns: one list or array for each thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, overload

from bayling.records import Pair
from bayling.texts import Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Columns:
    """The fields of pairs, a list each, and what is known of all their texts.

    As lists they go to other processes in half of the time.
    """

    def __init__(self, *fields: list[Any]) -> None:
        """The fields are in the order that `Pair` has them in."""
        self.fields = fields

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Columns:
        found = cls(*(list(map(attrgetter(name), pairs)) for name in Pair.__slots__))
        found.pairs = pairs
        return found

    def __len__(self) -> int:
        return len(self.fields[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return Columns, self.fields

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        return list(map(Pair, *self.fields))

    @cached_property
    def texts(self) -> Texts:
        """Those of all sources, and then of all targets."""
        sources, targets = self.fields[:2]
        return Texts([*sources, *targets])


class Lot(Sequence[Pair]):
    """The pairs that a filter is asked about: those at some `places` of columns.

    A filter may go through them one by one. Quicker is to ask once for all: `both` for what
    `bayling.texts` knows of the texts, which is found once for all filters.
    """

    def __init__(self, columns: Columns, places: Sequence[int]) -> None:
        self._columns, self._places = columns, places

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Lot:
        """All of these pairs."""
        columns = Columns.of(list(pairs))
        return cls(columns, range(len(columns)))

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Pair]:
        return map(self._columns.pairs.__getitem__, self._places)

    @overload
    def __getitem__(self, place: int) -> Pair: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Pair]: ...
    def __getitem__(self, place: int | slice) -> Pair | Sequence[Pair]:
        if isinstance(place, slice):
            return Lot(self._columns, self._places[place])
        return Pair(*(field[self._places[place]] for field in self._columns.fields))

    @property
    def texts(self) -> Texts:
        return self._columns.texts

    @cached_property
    def in_texts(self) -> NDArray[Any]:
        """The places of the pairs' sources (row 0) and targets (row 1) among the `texts`."""
        import numpy as np

        places = np.array(self._places, dtype=np.int64)
        return np.stack([places, places + len(self._columns)])

    @property
    def sources(self) -> list[str]:
        return [self._columns.fields[0][place] for place in self._places]

    @property
    def targets(self) -> list[str]:
        return [self._columns.fields[1][place] for place in self._places]

    def both(self, column: NDArray[Any]) -> NDArray[Any]:
        """Of a column of the `texts`: what it says of the sources (row 0) and targets (row 1)."""
        return column[self.in_texts]

    def directions(self) -> Iterator[tuple[tuple[str, str], NDArray[Any]]]:
        """Each two languages that pairs are in, and the places of these pairs."""
        import numpy as np

        sources, targets = self._columns.fields[2:4]
        languages = [(sources[place], targets[place]) for place in self._places]
        for each in (several := {*languages}):
            if len(several) == 1:
                yield each, np.arange(len(self))
            else:
                yield each, np.array([place for place, own in enumerate(languages) if own == each])
