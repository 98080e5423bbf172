"""Drops further translations of a source that has had as many different ones as are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.corpus import _seen
from bayling.corpus.filters import Verdict
from bayling.records import Pair

LOOKS_BACK = True


@dataclass(frozen=True)
class Options:
    """How many different targets a source keeps, the first ones; case, white space and punctuation
    make no difference, and a pair that repeats an earlier one is no other target.

    A memory has "Open" with many targets where it aligned other segments with it. Of
    14,500 English–Chinese pairs (Tatoeba) no source has more than six.
    What was seen takes 20 bytes for each source and for each pair at ten million (`_seen.py`).
    """

    max_targets: Annotated[int, Field(ge=1)] = 10


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is the how manyth different target of its source the pair has."""
    counts, seen = _seen.Numbers(), _seen.Numbers()
    for pair in pairs:
        source, target = _seen.plain(pair.source), _seen.plain(pair.target)
        source_key, pair_key = _seen.key(source), _seen.key(f"{source}\0{target}")
        if before := seen.get(pair_key):
            yield Verdict(True, before)
            continue
        number = counts.get(source_key) + 1
        if number <= options.max_targets:
            counts.put(source_key, number)
            seen.put(pair_key, number)
            yield Verdict(True, number)
        else:
            yield Verdict(
                False,
                number,
                f"the source has had {options.max_targets} other targets before",
            )
