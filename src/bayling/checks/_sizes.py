"""How long a text is, as somebody would count who has to fit it into a space."""

from __future__ import annotations

import re
from typing import Literal

from bayling.checks._matching import normal

Unit = Literal["words", "characters"]
# Between white space, with a letter or digit in it: a dash that stands alone is no word.
_WORD = re.compile(r"\S*[^\W_]\S*")


def size(text: str, unit: Unit) -> int:
    """Words, of a language that writes spaces, or characters in the NFC form, spaces included."""
    return len(_WORD.findall(text)) if unit == "words" else len(normal(text))
