"""Drops pairs whose placeholders, tags, numbers or URLs differ between the two sides.

Keyboard accelerators (`&File`, `_File`) are neither. Numbers are compared by their digits, since
`1,000.5` is written `1.000,5` elsewhere; everything else byte for byte. Where a space parts
thousands, as in `39 768`, that is one number if the other side has it as one (`39,768`) and does
not have its parts, and so is the time of day `8 h 00` beside `8:00`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bayling import markup
from bayling.corpus.filters import Lot, Verdict, _numbers

THRESHOLD = ("max_different", "most")


@dataclass(frozen=True)
class Options:
    """How many items may differ, counting each repeat."""

    max_different: int = 0


_NONE = Verdict(True, 0)


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is the number of items that only one side has."""
    items = [map(pairs.texts.items.get, side) for side in pairs.in_texts.tolist()]
    for source, target, *both in zip(pairs.sources, pairs.targets, *items, strict=True):
        if both == [None, None] or _compared(source, both[0]) == _compared(target, both[1]):
            yield _NONE
        else:
            yield _verdict(source, target, options)


def _verdict(source: str, target: str, options: Options) -> Verdict:
    shown = _written(source, target)
    in_source, in_target = (Counter(map(_key, side)) for side in shown)
    different = (in_source - in_target) + (in_target - in_source)
    count = different.total()
    if count <= options.max_different:
        return Verdict(True, count)
    key = next(iter(different))
    item = next(item for side in shown for item in side if _key(item) == key)
    return Verdict(
        False,
        count,
        f"{_times(item[1], in_source[key])} in the source and "
        f"{_times(item[1], in_target[key])} in the target"
        + (f"; {count} items differ" if count > 1 else ""),
    )


def _compared(text: str, items: Iterable[markup.Place] | None) -> list[str]:
    numbers, others = [], []
    for kind, start, end in items or ():
        if kind == "number":
            numbers.append(_numbers.digits(text[start:end]))
        else:
            others.append(text[start:end])
    return others + numbers


def _written(source: str, target: str) -> list[list[tuple[str, str]]]:
    """Kind and text of the items of each side, with the numbers that are one on the other side
    joined."""
    in_source = _numbers.joined(source, markup.find(target, ("number",)))
    in_target = _numbers.joined(target, in_source)
    return [
        [(kind, item) for kind, item in markup.items(text) if kind != "number"]
        + [("number", number) for number in numbers]
        for text, numbers in ((source, in_source), (target, in_target))
    ]


def _key(item: tuple[str, str]) -> str:
    """What is compared."""
    kind, text = item
    return _numbers.digits(text) if kind == "number" else text


def _times(item: str, count: int) -> str:
    shown = item if len(item) <= 40 else item[:39] + "…"
    return f"'{shown}' {count} {'time' if count == 1 else 'times'}"
