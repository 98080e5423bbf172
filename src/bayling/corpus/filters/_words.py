"""How long a text is, in words."""

from __future__ import annotations

from itertools import filterfalse

from bayling import languages, markup


def count(text: str, language: str) -> int:
    """Words with a letter in them; placeholders, tags, numbers and URLs are none.

    Languages written without spaces count two letters as a word, rounded up.
    """
    words = markup.strip(text)
    if languages.is_spaced(language):
        split = words.split()
        # Nearly all others are told by their first character.
        others = list(filterfalse(str.isalpha, split))
        letters = [each[0].isalpha() or any(map(str.isalpha, each)) for each in others]
        return len(split) - len(others) + sum(letters)
    return (sum(map(str.isalpha, words)) + 1) // 2
