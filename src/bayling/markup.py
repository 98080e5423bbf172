"""What a translation has to carry over byte for byte: placeholders, tags, numbers, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

# A URL ends where its script does: Chinese, Japanese and Korean write on without a space, and a
# quotation mark is not part of it. Letters of European scripts do stand in addresses.
_URL = r"[!#-&(-;=?-_a-~\u00c0-\u04ff]"

# The first alternative that matches at a place wins, so the longer forms stand first.
_KINDS: dict[str, str] = {
    "url": (
        rf"(?:(?:https?|ftp)://|\bwww\.){_URL}*(?![.,;:!?)\]]){_URL}"
        r"|(?<![A-Za-z0-9.+_-])[A-Za-z0-9.+_-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    ),
    "tag": r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|&(?:[a-zA-Z][a-zA-Z0-9]*|#\d+|#[xX][0-9a-fA-F]+);",
    # Python %(name)s and %s, printf %1$d, Python and ICU {name}, ${name}, %{name}, {{ name }} …
    # `100%d` would be a percentage before a word, `%sGiB` and `%dx%d` are placeholders. Nothing is
    # longer than it may be in earnest: `%000…` and `%(%(…` take the square of their length.
    "placeholder": (
        r"%\([^)\s]{1,60}\)[#0 +-]{0,5}\d{0,9}(?:\.\d{1,9})?[diouxXeEfFgGcrsa]"
        r"|%(?:\d+\$)?[#0+-]{0,5}\d{0,9}(?:\.\d{1,9})?(?:hh?|ll?|z)?[diouxXeEfFgGcrsa@](?![A-Za-z])"
        r"|(?<![\d%])%(?:\d+\$)?[sd]"
        r"|\{\{[^{}\n]{0,60}\}\}|[$%#]?\{[^{}\n]{0,60}\}"
    ),
    "number": r"\d+(?:[.,:]\d+)*",
}


def _pattern(kinds: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{_KINDS[kind]})" for kind in kinds))


_ANY = _pattern(_KINDS)
# Trying all kinds at every character takes most of the time that cleaning a corpus takes, and most
# texts have none of them: those that are no URL are tried where a character says that one begins.
_NO_URL = _pattern(kind for kind in _KINDS if kind != "url")
_BEGINS = re.compile(r"[<&%{$#\d]")
# A text without these and without the `MARKS` of a URL has no item.
BEGINS = re.compile(r"[<&%{$#@\d]")
MARKS = ("://", "www.")


# Whoever cleans a corpus asks ten times about the same text; long texts would fill the memory.
_KEPT, _SHORT = 4096, 2000  # texts, characters


Place = tuple[str, int, int]  # kind, start and end of an item


def items(text: str) -> list[tuple[str, str]]:
    """Kind and text of every item, in the order they stand in the text."""
    return [(kind, text[start:end]) for kind, start, end in places(text)]


def find(text: str, kinds: tuple[str, ...] = tuple(_KINDS)) -> list[str]:
    """The items of these kinds in the order they stand in the text, repeats included."""
    return [text[start:end] for kind, start, end in places(text) if kind in kinds]


def strip(text: str) -> str:
    """The text's words alone, each where it was: every item becomes as many spaces."""
    return without(text, places(text))


def without(text: str, items: Iterable[Place]) -> str:
    """The text with as many spaces for each of these items."""
    pieces, at = [], 0
    for _, start, end in items:
        pieces += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def places(text: str) -> tuple[Place, ...]:
    """Where every item stands."""
    return _kept(text) if len(text) < _SHORT else tuple(_found(text))


@lru_cache(maxsize=_KEPT)
def _kept(text: str) -> tuple[Place, ...]:
    return tuple(_found(text))


def _found(text: str) -> Iterator[Place]:
    """What `_ANY.finditer` finds."""
    if "@" in text or MARKS[0] in text or MARKS[1] in text:
        for found in _ANY.finditer(text):
            yield found.lastgroup or "", *found.span()
        return
    at = 0
    while begins := _BEGINS.search(text, at):
        at = begins.start()
        if match := _NO_URL.match(text, at):
            yield match.lastgroup or "", at, match.end()
            at = match.end()
        else:
            at += 1
