"""Whether a text is another text again."""

from __future__ import annotations

import re
import unicodedata

from bayling import markup

_NO_WORD = re.compile(r"[\W_]+")
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}


def is_copy(source: str, text: str) -> bool:
    """Whether the text is the source again but for case and punctuation, and the source has words
    of its own: `%s: 100` is the same in all languages."""
    if _differ_at_once(source, text):
        return False
    return folded(text) == folded(source) and has_words(source)


def _differ_at_once(one: str, other: str) -> bool:
    """Whether two texts begin with different words: nearly all do, and it is quickly told."""
    first, second = (folded(text.split(" ", 1)[0]).split(" ", 1)[0] for text in (one, other))
    return bool(first and second) and first != second


def has_words(text: str) -> bool:
    """Whether a text has a letter that is no part of a placeholder, tag or URL."""
    return any(map(str.isalpha, markup.strip(text)))


def folded(text: str) -> str:
    """Without case and punctuation; the words stay apart, since joining them can translate:
    "Container Name" is "Containername" in German."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
