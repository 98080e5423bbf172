"""Drops pairs whose placeholders, tags, numbers or URLs differ between the two sides.

Keyboard accelerators (`&File`, `_File`) are neither. Numbers are compared by their digits, since
`1,000.5` is written `1.000,5` elsewhere; everything else byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bayling import markup
from bayling.corpus.filters import Verdict, _numbers
from bayling.records import Pair

THRESHOLD = ("max_different", "most")


@dataclass(frozen=True)
class Options:
    """How many items may differ, counting each repeat."""

    max_different: int = 0


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is the number of items that only one side has."""
    for pair in pairs:
        items = _items(pair.source), _items(pair.target)
        if items[0] == items[1]:
            yield Verdict(True, 0)
            continue
        source, target = map(Counter, items)
        different = (source - target) + (target - source)
        count = different.total()
        if count <= options.max_different:
            yield Verdict(True, count)
            continue
        item = next(iter(different))
        yield Verdict(
            False,
            count,
            f"{_times(item, source)} in the source and {_times(item, target)} in the target"
            + (f"; {count} items differ" if count > 1 else ""),
        )


def _items(text: str) -> list[str]:
    found = markup.items(text)
    whole = [item for kind, item in found if kind != "number"]
    return whole + [_numbers.digits(item) for kind, item in found if kind == "number"]


def _times(item: str, found: Counter[str]) -> str:
    shown = item if len(item) <= 40 else item[:39] + "…"
    return f"'{shown}' {found[item]} {'time' if found[item] == 1 else 'times'}"
