"""Drops pairs of which one side is many times as long as the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.corpus.filters import Lot, Verdict

# Added to both lengths: "OK" against "Einverstanden" says nothing about a translation.
_ALLOWANCE = 10


THRESHOLD = ("max", "most")


@dataclass(frozen=True)
class Options:
    """How many times as long as the other side the longer one may be.

    Lengths are in columns of a terminal, where a Chinese character takes two, plus 10 on both
    sides so that short texts may differ more. In 300 news sentences (NTREX) the ratio of English
    to 11 languages stays between 0.4 and 2.0.
    """

    max: Annotated[float, Field(ge=1)] = 3.0


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is how many times as long the longer side is."""
    widths = pairs.both(pairs.texts.widths)
    lengths = widths + _ALLOWANCE
    ratios = lengths.max(axis=0) / lengths.min(axis=0)
    for place, ratio in enumerate(ratios.tolist()):
        if ratio <= options.max:
            yield Verdict(True, ratio)
        else:
            source, target = widths[:, place].tolist()
            yield _dropped(source, target, ratio, options)


def _dropped(source: int, target: int, ratio: float, options: Options) -> Verdict:
    longer, shorter = ("target", "source") if target > source else ("source", "target")
    return Verdict(
        False,
        ratio,
        f"the {longer} takes {max(source, target)} columns, the {shorter} "
        f"{min(source, target)}: {ratio:.1f} times as long; expected {options.max:g} at most",
    )
