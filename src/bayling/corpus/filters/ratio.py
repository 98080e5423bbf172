"""Drops pairs of which one side is many times as long as the other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.corpus.filters import Verdict
from bayling.records import Pair

# Added to both lengths: "OK" against "Einverstanden" says nothing about a translation.
_ALLOWANCE = 10


@dataclass(frozen=True)
class Options:
    """How many times as long as the other side the longer one may be.

    Lengths are in columns of a terminal, where a Chinese character takes two, plus 10 on both
    sides so that short texts may differ more. In 300 news sentences (NTREX) the ratio of English
    to 11 languages stays between 0.4 and 2.0.
    """

    max: Annotated[float, Field(ge=1)] = 3.0


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is how many times as long the longer side is."""
    for pair in pairs:
        source, target = _columns(pair.source), _columns(pair.target)
        lengths = (source + _ALLOWANCE, target + _ALLOWANCE)
        ratio = max(lengths) / min(lengths)
        if ratio <= options.max:
            yield Verdict(True, ratio)
            continue
        longer, shorter = ("target", "source") if target > source else ("source", "target")
        yield Verdict(
            False,
            ratio,
            f"the {longer} takes {max(source, target)} columns, the {shorter} "
            f"{min(source, target)}: {ratio:.1f} times as long; expected {options.max:g} at most",
        )


def _columns(text: str) -> int:
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
        if not unicodedata.combining(character)
    )
