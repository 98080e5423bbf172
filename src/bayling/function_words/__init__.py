"""Words that carry no content of their own, articles and pronouns say; a file a language."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def of(language: str) -> frozenset[str]:
    """Those of a base language (`de`, not `de-AT`) in small letters; none without a file."""
    file = Path(__file__).with_name(f"{language}.txt")
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else frozenset()
