"""Many texts side by side, and what can be said of all of them at once, as columns.

What is asked of every character (how wide it is, whether it is a letter of some script) is asked
once of each that there is, and added up by text: some nanoseconds a character, where a function
that goes through one text takes as many for each and a hundred more for the call.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from bayling import languages, markup

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What is said of a character of a text: columns in a terminal, and what may begin with it.
_WIDTH, _ITEM, _DIGIT = 0b0011, 0b0100, 0b1000
# What is said of a character of the words: a letter or not, of which script; or a space.
_LETTER, _SPACE = 1, 2 * languages.NO_SCRIPT + 2


class Texts:
    """Some texts, and columns with something about each of them, found when first asked for.

    A column is an array or a list, in the order of the texts.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    @cached_property
    def widths(self) -> NDArray[Any]:
        """How many columns of a terminal each takes: 2 for a Chinese character."""
        # The space behind each is none of its own.
        return self._characters.sums(self._said & _WIDTH) - 1

    @cached_property
    def with_digits(self) -> NDArray[Any]:
        """Whether it has a digit, of whatever script."""
        return self._characters.have(self._said & _DIGIT)

    @cached_property
    def _with_items(self) -> NDArray[Any]:
        """Whether it may have a placeholder, tag, number or URL; where not, it has none."""
        found = self._characters.have(self._said & (_ITEM | _DIGIT))
        for mark in markup.MARKS:
            found[self._characters.holding(mark)] = True
        return found

    @cached_property
    def items(self) -> dict[int, tuple[markup.Place, ...]]:
        """The placeholders, tags, numbers and URLs of those that have some, by place."""
        some = self._with_items.nonzero()[0].tolist()
        return {place: found for place in some if (found := markup.places(self.texts[place]))}

    @cached_property
    def words(self) -> list[str]:
        """What is neither placeholder, tag, number nor URL, in NFC; spaces stand for the rest."""
        words = list(self.texts)
        for place, items in self.items.items():
            words[place] = markup.without(words[place], items)
        return [unicodedata.normalize("NFC", each) for each in words]

    @cached_property
    def scripts(self) -> NDArray[Any]:
        """How many characters of the words are of each script, by its number in `languages`."""
        # Letters and signs that sit among them.
        return self._kinds[:, 0::2] + self._kinds[:, 1::2]

    @cached_property
    def letters(self) -> NDArray[Any]:
        """How many letters of each script the words have."""
        return self._kinds[:, 1::2]

    @cached_property
    def spaced_words(self) -> NDArray[Any]:
        """How many words with a letter in them there are, between spaces."""
        import numpy as np

        kinds = self._kinds_in_words
        # A letter is the first one of its word where only a space, and no letter, came before it.
        told = np.flatnonzero((kinds & _LETTER) | (kinds == _SPACE))
        letters = (kinds.take(told) & _LETTER).astype(bool)
        first = letters.copy()
        first[1:] &= ~letters[:-1]
        return self._in_words.count(told.compress(first))

    @cached_property
    def _characters(self) -> _Row:
        return _Row(self.texts)

    @cached_property
    def _said(self) -> NDArray[Any]:
        return self._characters.are(_said())

    @cached_property
    def _in_words(self) -> _Row:
        return _Row(self.words)

    @cached_property
    def _kinds_in_words(self) -> NDArray[Any]:
        return self._in_words.are(_kinds())

    @cached_property
    def _kinds(self) -> NDArray[Any]:
        return self._in_words.counts(self._kinds_in_words, _SPACE + 2)


class _Row:
    """The characters of texts one after the other, with a space after each text."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        self._text = " ".join([*texts, ""])
        data = self._text.encode("utf-32-le", "surrogatepass")
        self._codes = np.frombuffer(data, dtype="<u4")
        self._lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
        self._ends = np.cumsum(self._lengths)

    def are(self, table: _Table) -> NDArray[Any]:
        """What a table says of each character, spaces between texts included."""
        return table.of(self._codes)

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """Numbers of the characters added up by text, with that of the space behind it."""
        import numpy as np

        return np.add.reduceat(values, self._ends - self._lengths, dtype=np.int64)

    def have(self, values: NDArray[Any]) -> NDArray[Any]:
        """Which texts have a character whose value is not 0."""
        return self.count(values.astype(bool).nonzero()[0]) > 0

    def count(self, places: NDArray[Any]) -> NDArray[Any]:
        """How many of the places of characters lie in each text."""
        import numpy as np

        return np.diff(np.searchsorted(places, self._ends), prepend=0)

    def counts(self, values: NDArray[Any], most: int) -> NDArray[Any]:
        """How many characters of each text (rows) have each value below `most` (columns)."""
        import numpy as np

        count = len(self._ends)
        texts = np.repeat(np.arange(0, count * most, most), self._lengths)
        texts += values
        return np.bincount(texts, minlength=count * most).reshape(count, most)

    def holding(self, part: str) -> list[int]:
        """The texts in which a part without spaces stands."""
        import numpy as np

        places = []
        at = self._text.find(part)
        while at >= 0:
            places.append(at)
            at = self._text.find(part, at + 1)
        found: list[int] = np.searchsorted(self._ends, places, side="right").tolist()
        return found


class _Table:
    """A number below 255 for every character that Unicode has, asked for when it is met."""

    def __init__(self, find: Callable[[str], int]) -> None:
        import numpy as np

        self._find = find
        self._known = np.full(0x110000, 255, dtype=np.uint8)

    def of(self, codes: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        found = self._known.take(codes)
        if (unknown := found == 255).any():
            new = np.unique(codes[unknown]).tolist()
            self._known[new] = [self._find(chr(code)) for code in new]
            found = self._known.take(codes)
        return found


@cache
def _said() -> _Table:
    return _Table(_say)


# Some characters of one column each, whatever the version of Unicode.
_NARROW = re.compile(
    r"[\0-\u02ff\u0370-\u0482\u048a-\u0590\u05d0-\u05f4\u0620-\u064a\u2000-\u20cf]"
)


def _say(character: str) -> int:
    wide = unicodedata.east_asian_width(character) in "WF" and not _NARROW.match(character)
    width = 0 if unicodedata.combining(character) else 1 + wide
    begins = _ITEM if markup.BEGINS.match(character) else 0
    return width | begins | (_DIGIT if character.isdecimal() else 0)


@cache
def _kinds() -> _Table:
    return _Table(_kind)


def _kind(character: str) -> int:
    if character.isspace():
        return _SPACE
    return 2 * languages.script_number(character) + character.isalpha()
