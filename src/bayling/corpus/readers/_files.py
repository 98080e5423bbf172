"""The lines of files, and what of them could not be read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayling.corpus.readers import Unread
from bayling.files import (
    BLOCK,
    COMPRESSED,
    Damaged,
    Encoding,
    encoding_of,
    opened,
    stem,
    suffix,
    whole,
)

__all__ = ["COMPRESSED", "Damaged", "Rest", "count", "lines", "opened", "stem", "suffix", "whole"]

# A longer line is no text in lines, and is passed over without being held.
LONGEST_LINE = 1 << 20
_TOO_LONG = "is longer than 1 MiB; expected one text a line"


@dataclass(frozen=True, slots=True)
class Rest(Unread):
    """All that a file holds from a line on: there is no telling how much it is."""


def lines(path: Path) -> Iterator[tuple[int, str] | Unread]:
    """(number from 1, text without its end) of each line, or why it could not be read.

    A byte-order mark says whether the file is UTF-16 or UTF-32; without one it is UTF-8. LF ends a
    line, CRLF too. A line that is in another encoding, holds a NUL or is longer than a MiB is an
    `Unread`; where compressed data is cut short or damaged, the last thing that comes is a `Rest`.
    No more than a few MiB are held, whatever the file. Raises `InputError` where there is none.
    """
    number = 0
    try:
        with opened(path) as stream:
            encoding, first = _encoding(stream)
            for block in _blocks(stream, first, encoding):
                if block is None:
                    number += 1
                    yield Unread(path, _TOO_LONG, number)
                    continue
                for text in _texts(block, encoding):
                    number += 1
                    if isinstance(text, str):
                        yield number, text
                    else:
                        yield Unread(path, _problem(text, encoding), number)
    except Damaged as error:
        yield Rest(path, f"{error.problem}; nothing is read from here on", number + 1)


def count(path: Path) -> int:
    """How many lines a file has, broken ones too. Raises `Damaged` as `opened` does."""
    with opened(path) as stream:
        encoding, first = _encoding(stream)
        blocks = _blocks(stream, first, encoding)
        return sum(1 if block is None else len(_cut(block, encoding)) for block in blocks)


def _encoding(stream: io.BufferedIOBase) -> tuple[Encoding, bytes]:
    """The encoding, and what stands behind the mark in the bytes that were read for it."""
    first = b""
    while len(first) < 4 and (more := stream.read1(BLOCK)):
        first += more
    return encoding_of(first)


def _blocks(stream: io.BufferedIOBase, first: bytes, encoding: Encoding) -> Iterator[bytes | None]:
    """Whole lines, many at a time, the last one's end left out; None for a line too long to hold.

    What a damaged file has of a line that is not whole never comes.
    """
    rest, too_long = first, False
    while True:
        last = _last_feed(rest, encoding)
        if last >= 0:
            if too_long:
                # It ends here; the lines behind it may be held again.
                begin = _first_feed(rest, encoding) + encoding.width
                yield None
                too_long = False
                if begin <= last:
                    yield rest[begin:last]
            else:
                yield rest[:last]
            rest = rest[last + encoding.width :]
        if len(rest) > LONGEST_LINE:
            too_long = True
        if too_long:
            # Half a character may be at the end.
            rest = rest[len(rest) - len(rest) % encoding.width :]
        more = stream.read1(BLOCK)
        if not more:
            break
        rest += more
    if too_long:
        yield None
    elif rest:
        yield rest


def _first_feed(block: bytes, encoding: Encoding) -> int:
    at = block.find(encoding.feed)
    while at > 0 and at % encoding.width:
        at = block.find(encoding.feed, at + 1)
    return at


def _last_feed(block: bytes, encoding: Encoding) -> int:
    at = block.rfind(encoding.feed)
    while at > 0 and at % encoding.width:
        at = block.rfind(encoding.feed, 0, at + len(encoding.feed) - 1)
    return at


def _cut(block: bytes, encoding: Encoding) -> list[bytes]:
    """The lines of a block of whole ones."""
    if encoding.width == 1:
        return block.split(b"\n")
    found, begin = [], 0
    at = block.find(encoding.feed)
    while at >= 0:
        if at % encoding.width:
            at = block.find(encoding.feed, at + 1)
            continue
        found.append(block[begin:at])
        begin = at + encoding.width
        at = block.find(encoding.feed, begin)
    return [*found, block[begin:]]


def _texts(block: bytes, encoding: Encoding) -> Sequence[str | bytes]:
    """The texts of a block's lines; of one that is none, its bytes."""
    together = _text(block, encoding)
    if isinstance(together, str):
        many = together.split("\n")
        return [each.removesuffix("\r") for each in many] if "\r" in together else many
    found = [_text(each, encoding) for each in _cut(block, encoding)]
    return [each.removesuffix("\r") if isinstance(each, str) else each for each in found]


def _text(raw: bytes, encoding: Encoding) -> str | bytes:
    try:
        text = raw.decode(encoding.codec)
    except UnicodeDecodeError:
        return raw
    return raw if "\0" in text or len(raw) > LONGEST_LINE else text


def _problem(raw: bytes, encoding: Encoding) -> str:
    if len(raw) > LONGEST_LINE:
        return _TOO_LONG
    try:
        raw.decode(encoding.codec)
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not {encoding.name}; {encoding.remedy}"
    return "holds a NUL character; if the file is UTF-16, save it with a byte-order mark"
