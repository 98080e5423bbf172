"""A simulated user who edits translations until they say what the reference says.

The policies of IMTLab (arXiv 2310.11163) that send an edited text back to be completed:
a beginning that is fixed, or segments with gaps between them. Deleting is free, words are typed;
words are those of the metrics, single characters where no spaces are written. Punctuation is the
reference's, and costs nothing.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, Protocol

from bayling import languages, markup
from bayling import words as spelling
from bayling.evaluate.metrics._answers import right, words
from bayling.records import Sample

Policy = Literal["left_to_right", "random", "left_to_right_infilling", "random_infilling"]
# Those that fix a beginning; the others leave gaps.
COMPLETING = ("left_to_right", "random")
GAP = "___"


@dataclass(frozen=True)
class Edit:
    """What the user does to what he has: how many words he types, and the `text` that is sent back,
    fixed as far as it goes; None where nothing is left to be completed."""

    typed: int
    text: str | None


class Editor(Protocol):
    """A user with a sentence on his screen."""

    def read(self, answer: str) -> None:
        """The system's newest answer takes the place of what was there."""

    def is_right(self) -> bool:
        """Whether what he has becomes the reference without a word being typed or sent back."""
        ...

    def lacking(self) -> int:
        """The words he has to type if he sends nothing back any more."""
        ...

    def edit(self) -> Edit:
        """What he does next, where it is not right yet."""
        ...


def has_words(sample: Sample) -> bool:
    """Whether there is anything in the reference that could be typed."""
    return bool(words(sample.reference, sample.target_lang))


def editor(policy: Policy, sample: Sample, rng: random.Random) -> Editor:
    """The user of a sample, who goes by this policy; chance is `rng`'s."""
    target = _Text(sample.reference, sample.target_lang)
    if policy in COMPLETING:
        return _Completing(target, rng if policy == "random" else None)
    return _Filling(target, rng if policy == "random_infilling" else None)


class _Text:
    """A text and where its words stand in it."""

    def __init__(self, text: str, language: str) -> None:
        self.text, self.language = text, language
        self.words = words(text, language)
        self._spans: list[tuple[int, int]] = []
        end = 0
        for word in self.words:
            start = text.index(word, end)
            end = start + len(word)
            # A vowel sign belongs to the character before it, though it is no word of its own.
            while unicodedata.category(text[end : end + 1] or " ")[0] == "M":
                end += 1
            self._spans.append((start, end))
        self._items = [(start, end) for _, start, end in markup.places(text)]

    def before(self, count: int) -> str:
        """The text up to the end of its first `count` words."""
        return self.text[: self._end(count - 1)] if count else ""

    def between(self, start: int, end: int) -> str:
        """The words `start:end` and what is between them, with the marks that open before the
        first; at either end of the text, whatever is beside them."""
        first = self._begin(start) if start else 0
        return self.text[first : self._end(end - 1) if end < len(self.words) else None]

    def word(self, place: int) -> range:
        """The places that are typed in one go with one: a placeholder or address has several words,
        and so has a word in Latin letters where no spaces are written."""
        start, end = place, place + 1
        while start and self._is_joined(start):
            start -= 1
        while end < len(self.words) and self._is_joined(end):
            end += 1
        return range(start, end)

    def _is_joined(self, place: int) -> bool:
        """Whether a word goes on with the one before it."""
        before, begin = self._spans[place - 1][1], self._spans[place][0]
        if before == begin and spelling.joined(self.text[:before], self.text[begin:]):
            return True
        return any(start < before and begin < end for start, end in self._items)

    def _begin(self, place: int) -> int:
        begin = self._spans[place][0]
        # Not the beginning or end of an item of which other words are still lacking.
        if not (place and self._is_joined(place)):
            begin = min([begin, *(start for start, end in self._items if start < begin < end)])
        while begin and unicodedata.category(self.text[begin - 1]) in ("Ps", "Pi"):
            begin -= 1
        return begin

    def _end(self, place: int) -> int:
        end = self._spans[place][1]
        if place + 1 < len(self.words) and self._is_joined(place + 1):
            return end
        return max([end, *(last for start, last in self._items if start < end < last)])


class _Completing:
    """Fixes a beginning: up to the first wrong place, or by `chance` some wrong place, with the
    word that belongs there. All behind it is to be written anew."""

    def __init__(self, target: _Text, chance: random.Random | None) -> None:
        self._target, self._chance = target, chance
        self._answer = _Text("", target.language)

    def read(self, answer: str) -> None:
        self._answer = _Text(answer, self._target.language)

    def is_right(self) -> bool:
        if self._chance:
            # Only extra words are left, which are deleted in one go.
            return not self._places()
        return self._agreeing() == len(self._target.words)

    def lacking(self) -> int:
        return len(self._target.words) - len(right(self._answer.words, self._target.words))

    def edit(self) -> Edit:
        kept, place = self._chance.choice(self._places()) if self._chance else self._first()
        end = self._target.word(place).stop
        if self._chance and self._answer.words[:kept] != self._target.words[:place]:
            # What is wrong before that place stays as it is, for now.
            typed = self._target.before(end)[len(self._target.before(place)) :]
            return Edit(end - place, self._answer.before(kept) + typed)
        whole = end == len(self._target.words)
        return Edit(end - place, None if whole else self._target.before(end))

    def _agreeing(self) -> int:
        """How many words from the first on are those of the reference."""
        pairs = zip(self._answer.words, self._target.words, strict=False)
        return next(
            (place for place, (ours, theirs) in enumerate(pairs) if ours != theirs),
            min(len(self._answer.words), len(self._target.words)),
        )

    def _first(self) -> tuple[int, int]:
        place = self._agreeing()
        return place, place

    def _places(self) -> list[tuple[int, int]]:
        """Where words are wrong or missing: how many of the answer's stand before, and the place of
        the reference's word that belongs there."""
        matcher = SequenceMatcher(None, self._answer.words, self._target.words, autojunk=False)
        return [
            (before, place)
            for kind, before, _, place, _ in matcher.get_opcodes()
            if kind in ("replace", "insert")
        ]


class _Filling:
    """Keeps whatever is right, all over the sentence, types a word at the first gap's left edge, or
    by `chance` at either edge of any, and has the gaps filled."""

    def __init__(self, target: _Text, chance: random.Random | None) -> None:
        self._target, self._chance = target, chance
        self._held: set[int] = set()

    def read(self, answer: str) -> None:
        """What an answer puts into the gaps counts if it keeps all that is beside them."""
        found, at = words(answer, self._target.language), 0
        gained: list[int] = []
        previous = 0
        for start, end in [*self._segments(), (len(self._target.words), len(self._target.words))]:
            wanted = self._target.words[start:end]
            begin = _find(found, wanted, at) if wanted else len(found)
            if begin is None:
                return
            gap = right(found[at:begin], self._target.words[previous:start])
            gained += [previous + place for place in gap]
            at, previous = begin + len(wanted), end
        self._held.update(gained)

    def is_right(self) -> bool:
        return self.lacking() == 0

    def lacking(self) -> int:
        return len(self._target.words) - len(self._held)

    def edit(self) -> Edit:
        gaps = self._gaps()
        if self._chance is None:
            place = gaps[0][0]
        else:
            first, end = self._chance.choice(gaps)
            place = self._chance.choice((first, end - 1))
        typed = set(self._target.word(place)) - self._held
        self._held |= typed
        return Edit(len(typed), self._gapped() if self.lacking() else None)

    def _segments(self) -> list[tuple[int, int]]:
        """The stretches of words he has, as (start, end)."""
        return _stretches(sorted(self._held))

    def _gaps(self) -> list[tuple[int, int]]:
        return _stretches(
            [place for place in range(len(self._target.words)) if place not in self._held]
        )

    def _gapped(self) -> str:
        pieces: list[tuple[int, str]] = [(start, GAP) for start, _ in self._gaps()]
        pieces += [(start, self._target.between(start, end)) for start, end in self._segments()]
        between = " " if languages.is_spaced(self._target.language) else ""
        return between.join(piece for _, piece in sorted(pieces))


def _find(found: list[str], wanted: list[str], start: int) -> int | None:
    """Where the wanted words stand, one behind the other, from `start` on."""
    places = range(start, len(found) - len(wanted) + 1)
    return next((each for each in places if found[each : each + len(wanted)] == wanted), None)


def _stretches(places: list[int]) -> list[tuple[int, int]]:
    """Ascending places as (start, end) of those that follow each other."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found
