"""What a translation memory's own text tells of its words: which are nouns, which go together, and
of what gender they are. No tagger is asked: what stands around a word tells enough to leave alone
what is not sure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from bayling import function_words, languages, markup
from bayling.records import Pair

_WORD = re.compile(r"\w+")
_DETERMINERS = frozenset(
    ("a", "an", "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our")
    + ("their", "some", "any", "no", "each", "every")
)
# The least number, and share, of a word's occurrences in which it stands as a noun does, and the
# share from which on the word before it belongs to it; found by reading (docs/log.md).
_NOUN_TIMES, _NOUN_SHARE, _TERM_SHARE = 2, 0.1, 0.3
# What articles say of gender. German `der` says nothing; `die` stands before plurals too, which so
# count as feminine nouns do.
_ARTICLES = {
    "de": ("die eine einer", "dem des ein einem eines den einen das"),
    "es": ("la las una esta", "el los un del este"),
    "fr": ("la une cette", "le un du ce"),
    "it": ("la le una", "il lo un uno gli i"),
    "pt": ("a as uma da esta", "o os um do este"),
}


class Grammar:
    """Of pairs in one direction. Nothing is counted before it is first asked for."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = pairs

    @cached_property
    def _before(self) -> dict[str, Counter[str]]:
        """What stands right before each content word of the sources, and, under "", how often it
        stands between a determiner and what is no content word."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for pair in self._pairs:
            known = function_words.of(languages.base(pair.source_lang))
            words = ["", *_WORD.findall(markup.strip(pair.source).lower()), ""]
            for before, word, behind in zip(words, words[1:], words[2:], strict=False):
                if word in known:
                    continue
                found[word][before or "."] += 1
                if before in _DETERMINERS and (not behind or behind in known):
                    found[word][""] += 1
        return found

    def is_noun(self, word: str) -> bool:
        """Whether a word of an English source is known as a noun: often enough it stands between a
        determiner and what is no content word."""
        counts = self._before.get(word.lower(), Counter[str]())
        return counts[""] >= max(_NOUN_TIMES, _NOUN_SHARE * (counts.total() - counts[""]))

    def goes_with(self, before: str, word: str) -> bool:
        """Whether a word of the sources has this one before it so often that the two may be a term,
        as in `intensive care`."""
        counts = self._before.get(word.lower(), Counter[str]())
        return counts[before.lower()] >= max(2, _TERM_SHARE * (counts.total() - counts[""]))

    @cached_property
    def _genders(self) -> dict[str, Counter[int]]:
        found: dict[str, Counter[int]] = defaultdict(Counter)
        for pair in self._pairs:
            articles = _ARTICLES.get(languages.base(pair.target_lang), ())
            genders = {each: place for place, some in enumerate(articles) for each in some.split()}
            for before, word in pairwise(_WORD.findall(pair.target.lower())) if genders else ():
                if before in genders:
                    found[word][genders[before]] += 1
        return found

    def genders(self, *nouns: str) -> list[int | None]:
        """A number for the gender of each noun, by the articles that it mostly stands behind in the
        translations, of a plural in -s those of the singular too; None where there are none."""
        found = (
            self._genders.get(each.lower()) or self._genders.get(each.lower().removesuffix("s"))
            for each in nouns
        )
        return [counts.most_common(1)[0][0] if counts else None for counts in found]
