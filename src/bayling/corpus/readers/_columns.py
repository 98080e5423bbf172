"""Which columns of a table hold source and target, and the pairs of its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bayling.corpus.readers import Unread, _pairs, _places, _variants
from bayling.errors import InputError, nearest
from bayling.languages import Direction
from bayling.records import Pair

_USUAL = (
    ("source", "sourcestring", "source_text", "src"),
    ("target", "targetstring", "target_text", "tgt"),
)
_CAPITALS = re.compile("[A-Z]{2}(?:[-_][A-Z]{2})?")
# What holds one text for each language in data sets of the Hugging Face hub.
STRUCT = "translation"


def find(names: Sequence[str], direction: Direction) -> tuple[int, int] | None:
    """Which of `names` hold source and target: those called so, else those called after the
    languages (`de`, `de_AT`, `DE`, `translation.de`); None where they are no such names.

    Raises `LookupError` with what to tell where a language has no column and others have.
    """
    plain = [name.strip().lower() for name in names]
    usual = [next((plain.index(each) for each in side if each in plain), None) for side in _USUAL]
    if usual[0] is not None and usual[1] is not None:
        return usual[0], usual[1]
    spoken = [_language(name) for name in names]
    if sum(map(bool, spoken)) < 2:
        # Capitals are a text, unless they are just the languages that are asked for.
        capitals = [name.strip() if _CAPITALS.fullmatch(name.strip()) else "" for name in names]
        places = _variants.choose(capitals, *direction)
        return None if None in places else cast(tuple[int, int], places)
    places = _variants.choose([each or "" for each in spoken], *direction)
    for place, language in zip(places, direction, strict=True):
        if place is None:
            there = ", ".join(name for name, each in zip(names, spoken, strict=True) if each)
            raise LookupError(
                f"has columns for the languages {there} and none for {language}; if these are no "
                "languages, say which columns hold the texts"
            )
    return cast(tuple[int, int], places)


def named(names: Sequence[str], wanted: str) -> int:
    """Where a name stands. Raises `LookupError` with what to tell where it does not."""
    if wanted not in names:
        raise LookupError(f"has no column '{wanted}'.{nearest(wanted, names)}")
    return names.index(wanted)


def _language(name: str) -> str | None:
    """The language a column is called after; capitals begin a text rather than a code."""
    code = name.strip().rpartition(".")[2]
    return _places.of_locale(code) if code[:2].islower() and len(code) < 20 else None


@dataclass(frozen=True)
class Table:
    """Where rows come from: the file or data set, the first part of its pairs' origins, and what is
    written into every pair."""

    path: Path
    collection: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    def columns(
        self, names: Sequence[str], wanted: Sequence[str | None], direction: Direction
    ) -> tuple[str, str]:
        """The names of the columns of source and target: those `wanted`, else the usual ones.
        Raises `InputError` where it has none such."""
        try:
            usual = None if all(wanted) else find(names, direction)
            if usual is None and not all(wanted):
                raise LookupError(
                    f"has the columns {', '.join(names) or '(none)'}; expected source and target, "
                    "or columns called after the languages, or say which: "
                    "'source: NAME, target: NAME'"
                )
            found = [
                names[place]
                if each is None
                else names[named(names, _pairs.filled(each, *direction))]
                for each, place in zip(wanted, usual or (0, 0), strict=True)
            ]
        except LookupError as error:
            raise InputError(self.path, error.args[0]) from None
        return found[0], found[1]

    def units(
        self,
        rows: Iterable[Mapping[str, Any]],
        columns: tuple[str, str],
        direction: Direction,
        done: int = 0,
    ) -> Iterator[Pair | Unread]:
        """One unit per row, the first of which follows `done` others; a row that is blank on both
        sides is left out."""
        for number, row in enumerate(rows, start=done + 1):
            values = [value(row, name) for name in columns]
            problems = filter(None, map(_pairs.no_text, columns, values))
            if problem := next(problems, ""):
                yield Unread(self.path, problem, number)
                continue
            unit = _pairs.unit(
                (values[0] or "", values[1] or ""),
                direction,
                f"{self.collection}:{self.path.name}:{number}",
                (self.path, number),
                self.meta,
            )
            if unit is not None:
                yield unit


def value(row: Mapping[str, Any], name: str) -> Any:
    """What a row holds under a name, or inside a structure under `structure.name`."""
    if name in row:
        return row[name]
    outer, _, inner = name.partition(".")
    inside = row.get(outer)
    return inside.get(inner) if isinstance(inside, Mapping) else None
