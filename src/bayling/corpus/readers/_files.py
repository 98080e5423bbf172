"""Files as they lie on disk: plain or compressed, read as a stream, by bytes or by lines.

`.gz`, `.xz` and `.zst` are told by their first bytes, whatever the name says. What is cut short or
damaged inside is an error when the reading gets there, so that a reader can keep what stood before
it; `lines` does so itself.
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import zstandard

from bayling.corpus.readers import Unread
from bayling.errors import InputError

COMPRESSED = (".gz", ".xz", ".zst")
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError)

# A longer line is no text in lines, and is passed over without being held.
LONGEST_LINE = 1 << 20
_TOO_LONG = "is longer than 1 MiB; expected one text a line"
_BLOCK = 1 << 16
# One block of zstd may stand for 30,000 times its size, so little is taken at a time.
_ZSTD_BLOCK = 1 << 10


class Damaged(InputError):
    """Compressed data is damaged or ends too early; what was read before is sound."""


@dataclass(frozen=True, slots=True)
class Rest(Unread):
    """All that a file holds from a line on: there is no telling how much it is."""


@dataclass(frozen=True)
class _Encoding:
    """How lines are cut and decoded; `remedy` goes on after "byte 7 is not UTF-16; "."""

    name: str
    codec: str
    width: int
    remedy: str

    @property
    def feed(self) -> bytes:
        return "\n".encode(self.codec)


_UTF8 = _Encoding("UTF-8", "utf-8", 1, "convert the file first, e.g. iconv -f latin1 -t utf-8")
_SAVE = "save the file again, as UTF-8"
# The longer ones first: the mark of UTF-32 begins as that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, _Encoding("UTF-32", "utf-32-le", 4, _SAVE)),
    (codecs.BOM_UTF32_BE, _Encoding("UTF-32", "utf-32-be", 4, _SAVE)),
    (codecs.BOM_UTF16_LE, _Encoding("UTF-16", "utf-16-le", 2, _SAVE)),
    (codecs.BOM_UTF16_BE, _Encoding("UTF-16", "utf-16-be", 2, _SAVE)),
    (codecs.BOM_UTF8, _UTF8),
)


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """The bytes of a file, decompressed where it is compressed.

    Raises `InputError` where there is no such file, and `Damaged`, at whatever place it is met
    inside the `with`, for compressed data that is damaged or ends too early. `read1` gives all that
    stands before such a place; `read` may lose some of it.
    """
    name = "plain"
    try:
        name, opener = _opener(path)
        with opener(path) as stream:
            yield stream
    except FileNotFoundError:
        raise InputError(path, "no such file") from None
    except IsADirectoryError:
        raise InputError(path, "is a folder; expected a file") from None
    except _DAMAGED as error:
        problem = "is cut short" if isinstance(error, EOFError) else f"is damaged ({error})"
        raise Damaged(path, f"the {name} file {problem}; fetch or compress it again") from error


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


def whole(path: Path, most: int) -> bytes:
    """All bytes of a file, decompressed. Raises `InputError` where they are more than `most`."""
    with opened(path) as stream:
        found = stream.read(most + 1)
    if len(found) > most:
        raise InputError(path, f"is larger than {most >> 20} MiB; divide it")
    return found


def suffix(path: Path) -> str:
    """The suffix that tells the format: `.tmx` of `memory.tmx.gz`."""
    return _inner(path).suffix.lower()


def stem(path: Path) -> str:
    """The name without the suffix of the format and that of compression."""
    return _inner(path).stem


def _inner(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() in COMPRESSED else path


def _encoding(stream: io.BufferedIOBase) -> tuple[_Encoding, bytes]:
    """The encoding, and what stands behind the mark in the bytes that were read for it."""
    first = b""
    while len(first) < 4 and (more := stream.read1(_BLOCK)):
        first += more
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding, first[len(mark) :]
    return _UTF8, first


def _blocks(stream: io.BufferedIOBase, first: bytes, encoding: _Encoding) -> Iterator[bytes | None]:
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
        more = stream.read1(_BLOCK)
        if not more:
            break
        rest += more
    if too_long:
        yield None
    elif rest:
        yield rest


def _first_feed(block: bytes, encoding: _Encoding) -> int:
    at = block.find(encoding.feed)
    while at > 0 and at % encoding.width:
        at = block.find(encoding.feed, at + 1)
    return at


def _last_feed(block: bytes, encoding: _Encoding) -> int:
    at = block.rfind(encoding.feed)
    while at > 0 and at % encoding.width:
        at = block.rfind(encoding.feed, 0, at + len(encoding.feed) - 1)
    return at


def _cut(block: bytes, encoding: _Encoding) -> list[bytes]:
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


def _texts(block: bytes, encoding: _Encoding) -> Iterator[str | bytes]:
    """The texts of a block's lines; of one that is none, its bytes."""
    together = _text(block, encoding)
    many = (
        [_text(each, encoding) for each in _cut(block, encoding)]
        if isinstance(together, bytes)
        else together.split("\n")
    )
    for text in many:
        yield text.removesuffix("\r") if isinstance(text, str) else text


def _text(raw: bytes, encoding: _Encoding) -> str | bytes:
    try:
        text = raw.decode(encoding.codec)
    except UnicodeDecodeError:
        return raw
    return raw if "\0" in text or len(raw) > LONGEST_LINE else text


def _problem(raw: bytes, encoding: _Encoding) -> str:
    if len(raw) > LONGEST_LINE:
        return _TOO_LONG
    try:
        raw.decode(encoding.codec)
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not {encoding.name}; {encoding.remedy}"
    return "holds a NUL character; if the file is UTF-16, save it with a byte-order mark"


class _Zstd(io.RawIOBase):
    """The frames of a zstd file one after another. The library's own stream takes an end within a
    frame for the end."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._frame: Any = None
        self._ahead, self._made = b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._made:
            self._ahead = self._ahead or self._file.read(_ZSTD_BLOCK)
            if not self._ahead:
                if self._frame is not None:
                    raise EOFError
                return 0
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._made, self._ahead = memoryview(self._frame.decompress(self._ahead)), b""
            if self._frame.eof:
                self._ahead, self._frame = self._frame.unused_data, None
        taken = self._made[: len(buffer)]
        buffer[: len(taken)] = taken
        self._made = self._made[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._file.close()
        super().close()


_OPENERS: dict[bytes, tuple[str, Callable[[Path], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    b"\x28\xb5\x2f\xfd": ("zstd", lambda path: io.BufferedReader(_Zstd(path), _BLOCK)),
}


def _opener(path: Path) -> tuple[str, Callable[[Path], Any]]:
    with open(path, "rb") as file:
        first = file.read(6)
    for mark, known in _OPENERS.items():
        if first.startswith(mark):
            return known
    return "plain", lambda place: cast(Any, open(place, "rb"))
