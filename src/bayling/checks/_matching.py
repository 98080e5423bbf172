"""Finding a phrase in a text as a reader would: whole words, one Unicode form, spaces alike."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bayling.errors import UserError

# Scripts written without spaces have no word boundary to respect.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"


def occurrences(phrase: str, text: str, match_case: bool = True) -> list[tuple[int, int]]:
    """Where `phrase` stands in `text`: (start, end) in the text's NFC form."""
    found = _pattern(phrase, match_case).finditer(normal(text))
    return [match.span() for match in found]


def normal(text: str) -> str:
    """The form that matching compares in: Unicode NFC."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4096)
def _pattern(phrase: str, match_case: bool) -> re.Pattern[str]:
    words = normal(phrase).split()
    if not words:
        raise UserError("A check asks for an empty phrase; expected at least one character.")
    body = r"\s+".join(re.escape(word) for word in words)
    before = r"(?<!\w)" if _bounded(words[0][0]) else ""
    after = r"(?!\w)" if _bounded(words[-1][-1]) else ""
    return re.compile(before + body + after, 0 if match_case else re.IGNORECASE)


def _bounded(character: str) -> bool:
    return bool(re.match(r"\w", character)) and not re.match(f"[{_UNSPACED}]", character)
