"""What one text has otherwise than another."""

from __future__ import annotations

import difflib
import re

from bayling import languages
from bayling.records import Span


def changed(before: str, after: str, language: str) -> tuple[Span, ...]:
    """The words of `after` that `before` has otherwise or not at all; characters in a language
    without spaces."""
    piece = r"\w+|[^\w\s]" if languages.is_spaced(language) else r"[A-Za-z0-9_]+|\S"
    old, new = (list(re.finditer(piece, text)) for text in (before, after))
    matcher = difflib.SequenceMatcher(
        None, [each.group() for each in old], [each.group() for each in new], autojunk=False
    )
    return tuple(
        Span(new[start].start(), new[end - 1].end(), "changed")
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag != "equal" and end > start
    )
