"""How long a text is, in words."""

from __future__ import annotations

from bayling import languages, markup


def count(text: str, language: str) -> int:
    """Words with a letter in them; placeholders, tags, numbers and URLs are none.

    Languages written without spaces count two letters as a word, rounded up.
    """
    words = markup.strip(text)
    if languages.is_spaced(language):
        return sum(any(character.isalpha() for character in word) for word in words.split())
    return (sum(character.isalpha() for character in words) + 1) // 2
