"""Placeholders, tags, numbers and URLs arrive byte for byte, as often as the source has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bayling import markup
from bayling.checks import Outcome


@dataclass(frozen=True)
class Options:
    """The items to be found again, repeats included (`bayling.markup.find` lists a source's)."""

    items: tuple[str, ...]


def holds(options: Options, text: str) -> Outcome:
    # Items are counted as items where the text shows them so, and as plain text otherwise: a
    # product name can be kept too.
    wanted, found = Counter(options.items), Counter(markup.find(text))
    for item, count in wanted.items():
        have = found[item] if item in markup.find(item) else text.count(item)
        if have < count:
            return Outcome(False, f"'{item}' stands {have} times instead of {count}")
    return Outcome(True)
