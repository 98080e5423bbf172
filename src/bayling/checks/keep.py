"""Placeholders, tags, numbers and URLs arrive byte for byte, as often as the source has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bayling import markup
from bayling.checks import Outcome
from bayling.checks._matching import occurrences


@dataclass(frozen=True)
class Options:
    """The items to be found again, repeats included (`bayling.markup.find` lists a source's)."""

    items: tuple[str, ...]


def holds(options: Options, text: str) -> Outcome:
    # A placeholder, tag, number or URL is counted as such, since `1` is not kept in `10`; anything
    # else, a product name for example, as whole words.
    wanted, found = Counter(options.items), Counter(markup.find(text))
    for item, count in wanted.items():
        have = found[item] if item in markup.find(item) else len(occurrences(item, text))
        if have < count:
            return Outcome(False, f"'{item}' stands {have} times instead of {count}")
    return Outcome(True)
