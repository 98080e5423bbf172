"""A draft that lost or damaged a placeholder, tag, number or address, then a request to keep it.

What a program fills in has to arrive byte for byte, and small models drop it, translate within it
or write it another way. The draft is the reference with one such item damaged; it is never learned.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import checks, markup
from bayling.build.builders import Resources, ask, revision
from bayling.records import Dialogue, Pair


@dataclass(frozen=True)
class Options:
    """`dropped` of the items are missing from the draft, the others are damaged (0–1)."""

    dropped: Annotated[float, Field(ge=0, le=1)] = 0.5


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        items = _items(pair)
        if not items:
            continue
        item = rng.choice(items)
        start = pair.target.index(item)
        end = start + len(item)
        wrong = "" if rng.random() < options.dropped else _damaged(item, rng)
        draft = _tidy(pair.target[:start], wrong, pair.target[end:])
        # What is left has to be a draft: neither nothing, nor one that holds the item by chance.
        if not re.search(r"\w", draft) or item in draft:
            continue
        asked = ask("translate", pair, resources, rng)
        turns = (asked, draft, ask("keep", pair, resources, rng, item=item))
        yield revision("keep", pair, turns, (start, end))


def _items(pair: Pair) -> list[str]:
    """The items that both sides have exactly once, so that a user who names one is understood.

    A number that is part of a name (`aes256`) is nobody's wish.
    """
    source, target = Counter(markup.find(pair.source)), Counter(markup.find(pair.target))
    return [
        item
        for item, count in source.items()
        if count == target[item] == pair.target.count(item) == 1
        and (not item.isdigit() or checks.occurrences(item, pair.target))
    ]


def _damaged(item: str, rng: random.Random) -> str:
    """The item as a model gets it wrong: another number, another name, a mark lost."""
    number = re.search(r"\d", item)
    if number and markup.find(item, ("number",)) == [item]:
        other = rng.choice([digit for digit in "123456789" if digit != number.group()])
        return item[: number.start()] + other + item[number.end() :]
    if item.startswith("&"):
        return " "
    if item.startswith("</"):
        return "<" + item[2:]
    name = re.search(r"[A-Za-z]+", item)
    if name and (item.startswith("<") or rng.random() < 0.5):
        return item[: name.start()] + name.group().swapcase() + item[name.end() :]
    return item[:-1] if rng.random() < 0.5 else item[1:]


def _tidy(before: str, wrong: str, behind: str) -> str:
    """The parts joined as one who left something out would write them."""
    if not wrong and before.endswith(" "):
        behind = behind.lstrip(" ")
        before = before if re.match(r"\w", behind) else before.rstrip(" ")
    return (before + wrong + behind).strip(" ")
