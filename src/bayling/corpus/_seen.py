"""What has been seen: texts as they are compared, and 64-bit keys that take 12 bytes in a table.

A table is at most two thirds full and doubles, so a key takes 18 to 36 bytes: 20 at ten million,
which is 201 MB, and 302 MB for the second in which the table was copied into one twice as large.
Of ten million texts two are taken for the same by mistake once in 370,000 runs.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from hashlib import blake2b

_SMALLEST = 10  # bits of the number of places
_MANY = 1 << 16  # keys that are moved at a time


# Of ASCII only letters, in small, and digits stay.
_ASCII = bytes(
    code if code > 127 else ord(chr(code).lower()) if chr(code).isalnum() else ord(" ")
    for code in range(256)
)
_ALL_ASCII = bytes(range(128))
# No letter or digit and not ASCII: a mark, which stays, or what goes.
_OTHER = re.compile(r"[^\x00-\x7f\w]")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """Letters, marks and digits, the rest a space; a text without any of them as it is."""
    return plain_bytes(text).decode("utf-8", "surrogatepass")


def plain_bytes(text: str) -> bytes:
    """As `plain`, in UTF-8."""
    data = text.encode() if text.isascii() else _letters(_folded(text))
    kept = data.translate(_ASCII).strip()
    while b"  " in kept:
        kept = kept.replace(b"  ", b" ")
    return kept or _encoded(_SPACE.sub(" ", _folded(text)))


def _letters(text: str) -> bytes:
    """With a space for each character that is neither ASCII nor letter, mark or digit."""
    data = _encoded(text)
    others = data.translate(None, _ALL_ASCII).decode("utf-8", "surrogatepass")
    # Nearly always they are letters.
    return data if others.isalnum() else _encoded(_OTHER.sub(_mark_or_space, text))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _mark_or_space(match: re.Match[str]) -> str:
    character = match.group()
    return character if unicodedata.category(character)[0] in "LMN" else " "


def key(text: str | bytes) -> int:
    """A text's key, never 0; the same on every machine. Lone surrogates are characters too."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little") or 1


class Numbers:
    """A number (0 to 4,294,967,295) for each key: a table with open addressing.

    An array is as small as numpy's and five times as quick to ask for one key after the other.
    """

    def __init__(self) -> None:
        self._count = 0
        self._make(_SMALLEST)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self._keys[self._place(key)] != 0

    def get(self, key: int) -> int:
        """The key's number; 0 for one that is not there."""
        return self._numbers[self._place(key)]

    def put(self, key: int, number: int) -> None:
        self.setdefault(key, number)
        self._numbers[self._place(key)] = number

    def setdefault(self, key: int, number: int) -> int:
        """The key's number; for one that is not there 0, and then it is there with this number."""
        keys, mask = self._keys, self._mask
        place = key & mask
        while (found := keys[place]) and found != key:
            place = (place + 1) & mask
        if found:
            return self._numbers[place]
        keys[place], self._numbers[place] = key, number
        self._count += 1
        if 3 * self._count > 2 * len(keys):
            self._grow()
        return 0

    def bytes(self) -> int:
        """How much memory the table takes."""
        return sum(each.itemsize * len(each) for each in (self._keys, self._numbers))

    def _place(self, key: int) -> int:
        """Where the key is, or where it would be."""
        keys, mask = self._keys, self._mask
        place = key & mask
        while (found := keys[place]) and found != key:
            place = (place + 1) & mask
        return place

    def _make(self, bits: int) -> None:
        self._bits, self._mask = bits, (1 << bits) - 1
        self._keys = array("Q", [0]) * (1 << bits)
        self._numbers = array("L" if array("L").itemsize == 4 else "I", [0]) * (1 << bits)

    def _grow(self) -> None:
        """Into a table twice as large, many keys at a time: one by one they take four times as
        long."""
        import numpy as np

        old = [np.frombuffer(each, each.typecode) for each in (self._keys, self._numbers)]
        self._make(self._bits + 1)
        table = np.frombuffer(self._keys, self._keys.typecode)
        told = np.frombuffer(self._numbers, self._numbers.typecode)
        for begin in range(0, len(old[0]), _MANY):
            keys, numbers = (each[begin : begin + _MANY] for each in old)
            there = np.flatnonzero(keys)
            keys, numbers = keys[there], numbers[there]
            places = keys & np.uint64(self._mask)
            while len(keys):
                # Of several that want a free place one gets it, and the others go on to the next.
                free = table[places] == 0
                table[places[free]] = keys[free]
                settled = table[places] == keys
                told[places[settled]] = numbers[settled]
                keys, numbers = keys[~settled], numbers[~settled]
                places = (places[~settled] + np.uint64(1)) & np.uint64(self._mask)
