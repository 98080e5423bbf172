"""A draft that lost or damaged a placeholder, tag, number, address, name or unit, then a request to
keep it.

What a program fills in has to arrive byte for byte, and small models drop it, translate within it
or write it another way. The draft is the reference with one such item damaged; it is never learned.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import markup
from bayling.build.builders import Resources, User, _drafts, dialogue, drafted, translated
from bayling.records import Check, Dialogue, Pair

# The share of the damaged codes of which it is said that they are to be kept.
_KEPT = 0.3


@dataclass(frozen=True)
class Options:
    """`dropped` of the placeholders, tags and addresses are missing from the draft, the others are
    damaged (0–1)."""

    dropped: Annotated[float, Field(ge=0, le=1)] = 0.5


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        sorts = [
            _drafts.code_or_number(pair, options.dropped, rng),
            _drafts.name_or_amount(pair, resources, rng),
        ]
        found = [each for each in sorts if each is not None]
        if not found:
            resources.pass_over("no placeholder, number, name or unit stands once in both texts")
            continue
        item, mistake = rng.choice(found)
        draft = _drafts.with_mistakes(pair.target, [mistake])
        user = resources.user(pair, rng)
        wish = Check("keep", {"items": [item]})
        turns = drafted(user.ask("translate"), draft, _request(user, item, mistake.wrong))
        yield dialogue("keep", pair, (*turns, translated(pair, (wish,), mistake.changed)))


def _request(user: User, item: str, wrong: str) -> str:
    """What is wrong: the item is missing, or another one stands there, of which codes one may also
    say that they are to be kept, or not to be translated."""
    if not wrong:
        return user.ask("lost", item=item)
    code = markup.find(item) == [item] and not _drafts.is_number(item)
    if code and user.rng.random() < _KEPT:
        return user.ask("keep", item=item)
    return user.ask("wrong_item", item=item, old=wrong)
