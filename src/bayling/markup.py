"""What a translation has to carry over byte for byte: placeholders, tags, numbers, URLs."""

from __future__ import annotations

import re

# The first alternative that matches at a place wins, so the longer forms stand first.
_KINDS: dict[str, str] = {
    "url": r"(?:https?|ftp)://[^\s<>\"'）》」]*[^\s<>\"'）》」.,;:!?)\]]|[\w.+-]+@[\w-]+\.[\w.-]*\w",
    "tag": r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|&(?:[a-zA-Z]+|#\d+|#x[0-9a-fA-F]+);",
    # Python %(name)s and %s, printf %1$d, Python and ICU {name}, template ${name}, {{ name }} …
    "placeholder": (
        r"%\([^)\s]+\)[#0 +-]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]"
        r"|%(?:\d+\$)?[#0+-]*\d*(?:\.\d+)?(?:hh|h|ll|l|z)?[diouxXeEfFgGcrsa@](?![A-Za-z])"
        r"|\$?\{\{?[^{}\n]{0,60}\}?\}"
    ),
    "number": r"\d+(?:[.,:]\d+)*",
}
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))


def find(text: str, kinds: tuple[str, ...] = tuple(_KINDS)) -> list[str]:
    """The items of these kinds in the order they stand in the text, repeats included."""
    return [match.group() for match in _ANY.finditer(text) if match.lastgroup in kinds]


def strip(text: str) -> str:
    """The text's words alone: every item is replaced by a space."""
    return _ANY.sub(" ", text)
