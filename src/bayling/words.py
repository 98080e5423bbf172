"""The words of a text in any language, without a dictionary.

What `build/segment.py` calls words can be asked for; these can only be counted and compared.
"""

from __future__ import annotations

import re
import unicodedata

# Chinese and Japanese characters, Thai, Lao, Burmese, Khmer: written without spaces.
UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\u0e01-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\U00020000-\U000323af"
)
# Marks are no `\w`, and without them a word of Hindi would be many.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0971-\u0df3"
)
_ANY_UNSPACED = re.compile(f"[{UNSPACED}]")
_SPACED = re.compile(rf"[\w{_MARKS}]+")
_MIXED = re.compile(rf"[{UNSPACED}]|(?:[^\W{UNSPACED}]|[{_MARKS}])+")


def of(text: str) -> list[str]:
    """Words and numbers in order, in NFKC and small letters; single characters of a script that is
    written without spaces."""
    if text.isascii():
        return _SPACED.findall(text.lower())
    text = unicodedata.normalize("NFKC", text).casefold()
    return (_MIXED if _ANY_UNSPACED.search(text) else _SPACED).findall(text)


def joined(before: str, after: str) -> bool:
    """Whether `after`, put behind `before`, goes on with its last word; no character goes on with
    another one where words are written without spaces."""
    joint = before[-1:] + after[:1]
    return len(joint) == 2 and _MIXED.fullmatch(joint) is not None


def unspaced(text: str) -> bool:
    """Whether any of it is in a script that is written without spaces between words."""
    return _ANY_UNSPACED.search(text) is not None
