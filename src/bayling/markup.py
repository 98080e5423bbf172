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
    # `100%d` would be a percentage before a word, `%sGiB` and `%dx%d` are placeholders.
    "placeholder": (
        r"%\([^)\s]+\)[#0 +-]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]"
        r"|%(?:\d+\$)?[#0+-]*\d*(?:\.\d+)?(?:hh|h|ll|l|z)?[diouxXeEfFgGcrsa@](?![A-Za-z])"
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


def items(text: str) -> list[tuple[str, str]]:
    """Kind and text of every item, in the order they stand in the text."""
    return [(match.lastgroup or "", match.group()) for match in _matches(text)]


def find(text: str, kinds: tuple[str, ...] = tuple(_KINDS)) -> list[str]:
    """The items of these kinds in the order they stand in the text, repeats included."""
    return [item for kind, item in items(text) if kind in kinds]


@lru_cache(maxsize=8192)
def strip(text: str) -> str:
    """The text's words alone, each where it was: every item becomes as many spaces.

    One filter after the other asks this of the same texts, so the latest answers are kept.
    """
    pieces, end = [], 0
    for match in _matches(text):
        start = match.start()
        pieces += [text[end:start], " " * (match.end() - start)]
        end = match.end()
    return "".join([*pieces, text[end:]]) if pieces else text


def _matches(text: str) -> Iterator[re.Match[str]]:
    """What `_ANY.finditer` finds."""
    if "@" in text or "://" in text or "www." in text:
        yield from _ANY.finditer(text)
        return
    at = 0
    while begins := _BEGINS.search(text, at):
        at = begins.start()
        if match := _NO_URL.match(text, at):
            yield match
            at = match.end()
        else:
            at += 1
