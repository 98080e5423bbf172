"""A draft that lost or damaged a placeholder, tag, number, address, name or unit, then a request to
keep it.

What a program fills in has to arrive byte for byte, and small models drop it, translate within it
or write it another way. The draft is the reference with one such item damaged; it is never learned.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import checks, markup
from bayling.build.builders import Resources, User, _drafts, dialogue, drafted, translated
from bayling.records import Check, Dialogue, Pair, Span


@dataclass(frozen=True)
class Options:
    """`dropped` of the placeholders, tags and addresses are missing from the draft, the others are
    damaged (0–1)."""

    dropped: Annotated[float, Field(ge=0, le=1)] = 0.5


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        found = _found(pair, options, rng)
        if found is None:
            resources.pass_over("no placeholder, number, name or unit stands once in both texts")
            continue
        item, wrong = found
        start = (checks.occurrences(item, pair.target) or [(pair.target.index(item), 0)])[0][0]
        mistake = _drafts.Mistake(start, start + len(item), wrong)
        draft = _drafts.with_mistakes(pair.target, [mistake])
        # What is left has to be a draft: neither nothing, nor one that holds the item by chance;
        # and what stands there instead must not stand elsewhere too, and be right.
        around = f"{pair.target[:start]} {pair.target[mistake.end :]}"
        if not re.search(r"\w", draft) or item in draft or (wrong and wrong in _items(around)):
            resources.pass_over("nothing would be left of it")
            continue
        user = resources.user(pair, rng)
        spans = (Span(mistake.start, mistake.end, "changed"),)
        wish = Check("keep", {"items": [item]})
        turns = drafted(user.ask("translate"), draft, _request(user, item, wrong))
        yield dialogue("keep", pair, (*turns, translated(pair, (wish,), spans)))


def _items(text: str) -> list[str]:
    return [*markup.find(text), *text.split()]


def _found(pair: Pair, options: Options, rng: random.Random) -> tuple[str, str] | None:
    """What is to be kept, and what the draft has instead. Only codes get lost: without a number or
    a name, a sentence has a hole that nobody would leave."""
    codes = [item for item in _drafts.items(pair) if not _drafts.is_number(item)]
    numbers = [item for item in _drafts.items(pair) if _drafts.is_number(item)]
    sorts = [
        [
            (item, "" if _may_drop(item, pair, options, rng) else _drafts.damaged(item, rng))
            for item in codes
        ],
        [(item, _drafts.damaged(item, rng)) for item in numbers],
        [(name, _drafts.misspelt(name, rng)) for name in _drafts.names(pair)],
        [(amount, _drafts.other_unit(amount, rng)) for amount in _drafts.amounts(pair)],
    ]
    some = [sort for sort in sorts if sort]
    return rng.choice(rng.choice(some)) if some else None


def _may_drop(item: str, pair: Pair, options: Options, rng: random.Random) -> bool:
    """Nobody leaves empty quotation marks or brackets behind."""
    around = re.search(rf"(\S?){re.escape(item)}(\S?)", pair.target)
    marked = around is not None and all(mark and not mark.isalnum() for mark in around.groups())
    return not marked and rng.random() < options.dropped


def _request(user: User, item: str, wrong: str) -> str:
    """What is wrong: the item is missing, or another one stands there. One says of codes, and only
    of these, that they are to be kept."""
    if not wrong.strip():
        return user.ask("lost", item=item)
    is_code = markup.find(item, ("placeholder", "tag", "url"))
    kind = "keep" if is_code and user.rng.random() < 0.5 else "wrong_item"
    return user.ask(kind, item=item, old=wrong)
