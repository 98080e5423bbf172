"""What builders look things up in beside the pair in hand: the rest of the translation memory."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from bayling import languages, markup, terminal
from bayling.build import segment
from bayling.build.align import Aligner
from bayling.build.grammar import Grammar
from bayling.records import Pair

# Pairs from which on alignments were found sound by reading (docs/log.md).
_FEW = 2000
_WORD = re.compile(r"[^\W\d_]+")


class Memory:
    """Pairs, all in one direction, and what can be found among them. Nothing is computed before
    it is first asked for: plain translations need none of it."""

    def __init__(self, pairs: Sequence[Pair], held_out: Sequence[Pair] = ()) -> None:
        """The pairs to look things up in. The words of those `held_out` are aligned too, so that a
        simulated user has something to ask for, but nothing of them is ever shown."""
        self.pairs = pairs
        self._held_out = held_out

    @cached_property
    def aligner(self) -> Aligner:
        """Raises `UserError` as `Aligner` does."""
        count = len(self.pairs) + len(self._held_out)
        terminal.say(f"Aligning the words of {count:,} pairs")
        if count < _FEW:
            terminal.say(
                f"That is little text: below some {_FEW:,} pairs, words are often aligned wrongly. "
                "Look at what is made (bayling build … --preview 20), or leave out kinds that name "
                "words: constrain, glossary, revise, correct, mixed, align."
            )
        return Aligner(self.pairs, self._held_out)

    @cached_property
    def grammar(self) -> Grammar:
        return Grammar(self.pairs)

    @cached_property
    def _by_source(self) -> dict[str, list[Pair]]:
        found: dict[str, list[Pair]] = defaultdict(list)
        for pair in self.pairs:
            found[pair.source].append(pair)
        return found

    def variants(self, pair: Pair) -> list[Pair]:
        """Other translations of the very same source."""
        return [
            other for other in self._by_source.get(pair.source, ()) if other.target != pair.target
        ]

    @cached_property
    def _by_place(self) -> dict[tuple[str, int], Pair]:
        return {place: pair for pair in self.pairs if (place := _place(pair)) is not None}

    def following(self, pair: Pair, most: int) -> list[Pair]:
        """Up to `most` pairs that come next in the document, without a gap; [] for a pair that
        no reader placed in one."""
        found: list[Pair] = []
        here = _place(pair)
        while here is not None and len(found) < most:
            here = (here[0], here[1] + 1)
            other = self._by_place.get(here)
            if other is None:
                break
            found.append(other)
        return found

    @cached_property
    def _rows(self) -> frozenset[int]:
        return frozenset(
            _row(first, second)
            for pair in self.pairs
            for first, second in pairwise(_plain_words(pair.target, pair.target_lang))
        )

    def has_in_a_row(self, first: str, second: str) -> bool:
        """Whether some translation has the two words side by side, in whatever case."""
        return _row(first.lower(), second.lower()) in self._rows

    @cached_property
    def _small(self) -> frozenset[str]:
        words = (word for pair in self.pairs for word in _WORD.findall(markup.strip(pair.source)))
        return frozenset(word for word in words if word.islower())

    def has_small(self, phrase: str) -> bool:
        """Whether sources have each of the phrase's words in small letters, so that it is no
        name."""
        return all(word in self._small for word in _WORD.findall(phrase.lower()))

    @cached_property
    def _by_gap(self) -> dict[bytes, list[int]]:
        found: dict[bytes, list[int]] = defaultdict(list)
        for number, pair in enumerate(self.pairs):
            for key in _gapped(_words(pair)):
                found[key].append(number)
        return found

    def neighbours(self, pair: Pair) -> list[Pair]:
        """Pairs whose source has the same words but for one: another one, one more or one less.

        In the order of the memory, each once.
        """
        words = _words(pair)
        numbers = {number for key in _gapped(words) for number in self._by_gap.get(key, ())}
        others = (self.pairs[number] for number in sorted(numbers))
        return [other for other in others if _words(other) != words]


def _place(pair: Pair) -> tuple[str, int] | None:
    """The document and the number in it; None where the pair's `meta` has not both."""
    document, number = (pair.meta or {}).get("document"), (pair.meta or {}).get("place")
    if isinstance(document, str) and isinstance(number, int):
        return document, number
    return None


def _words(pair: Pair) -> list[str]:
    """Words and marks, numbers and placeholders included, without case."""
    if languages.is_spaced(pair.source_lang):
        return re.findall(r"\w+|[^\w\s]", pair.source.lower())
    return [word.text for word in segment.words(pair.source, pair.source_lang)]


def _plain_words(text: str, language: str) -> list[str]:
    if languages.is_spaced(language):
        return re.findall(r"\w+", text.lower())
    return [word.text.lower() for word in segment.words(text, language)]


def _row(first: str, second: str) -> int:
    digest = hashlib.blake2b(f"{first} {second}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _gapped(words: list[str]) -> Iterator[bytes]:
    """A digest of the whole and of what is left without each word: texts that share one differ in
    a word at most. Digests, since a memory has ten times as many gapped texts as pairs."""
    parts = [f"{word}\0".encode() for word in words]
    whole = b"".join(parts)
    start = 0
    # The last part, of no word, leaves the whole.
    for part in (*parts, b""):
        left = whole[:start] + whole[start + len(part) :]
        start += len(part)
        yield hashlib.blake2b(left, digest_size=8).digest()
