"""What a translation has to carry over byte for byte: placeholders, tags, numbers, URLs."""

from __future__ import annotations

import re

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
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))


def find(text: str, kinds: tuple[str, ...] = tuple(_KINDS)) -> list[str]:
    """The items of these kinds in the order they stand in the text, repeats included."""
    return [match.group() for match in _ANY.finditer(text) if match.lastgroup in kinds]


def strip(text: str) -> str:
    """The text's words alone, each where it was: every item becomes as many spaces."""
    return _ANY.sub(lambda match: " " * len(match.group()), text)
