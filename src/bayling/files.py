"""Files as they lie on disk: plain or compressed, in UTF-8 or what a byte-order mark says.

`.gz`, `.xz` and `.zst` are told by their first bytes, whatever the name says. What is cut short or
damaged inside is an error when the reading gets there, so that a reader can keep what stood before
it.
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

from bayling.errors import InputError

COMPRESSED = (".gz", ".xz", ".zst")
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError)

BLOCK = 1 << 16
# One block of zstd may stand for 30,000 times its size, so little is taken at a time.
_ZSTD_BLOCK = 1 << 10


class Damaged(InputError):
    """Compressed data is damaged or ends too early; what was read before is sound."""


@dataclass(frozen=True)
class Encoding:
    """How lines are cut and decoded; `remedy` goes on after "byte 7 is not UTF-16; "."""

    name: str
    codec: str
    width: int
    remedy: str

    @property
    def feed(self) -> bytes:
        return "\n".encode(self.codec)


_UTF8 = Encoding("UTF-8", "utf-8", 1, "convert the file first, e.g. iconv -f latin1 -t utf-8")
_SAVE = "save the file again, as UTF-8"
# The longer ones first: the mark of UTF-32 begins as that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, Encoding("UTF-32", "utf-32-le", 4, _SAVE)),
    (codecs.BOM_UTF32_BE, Encoding("UTF-32", "utf-32-be", 4, _SAVE)),
    (codecs.BOM_UTF16_LE, Encoding("UTF-16", "utf-16-le", 2, _SAVE)),
    (codecs.BOM_UTF16_BE, Encoding("UTF-16", "utf-16-be", 2, _SAVE)),
    (codecs.BOM_UTF8, _UTF8),
)


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """The bytes of a file, decompressed where it is compressed.

    Raises `InputError` where there is no such file and as `refuse_others` does, and `Damaged`, at
    whatever place it is met inside the `with`, for compressed data that is damaged or ends too
    early. `read1` gives all that stands before such a place; `read` may lose some of it.
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


def whole(path: Path, most: int) -> bytes:
    """All bytes of a file, decompressed. Raises `InputError` where they are more than `most`."""
    with opened(path) as stream:
        found = stream.read(most + 1)
    if len(found) > most:
        raise InputError(path, f"is larger than {most >> 20} MiB; divide it")
    return found


def text(path: Path, most: int) -> str:
    """The text of a file, its ends of lines as they are. Raises `InputError` as `whole` does, and
    where it is in another encoding."""
    raw = whole(path, most)
    encoding, raw = encoding_of(raw)
    try:
        return raw.decode(encoding.codec)
    except UnicodeDecodeError as error:
        line = raw.count(encoding.feed, 0, error.start) + 1
        raise InputError(path, f"is not {encoding.name}; {encoding.remedy}", line) from error


def encoding_of(first: bytes) -> tuple[Encoding, bytes]:
    """The encoding that the first bytes of a file say, and what stands behind the mark in them."""
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding, first[len(mark) :]
    return _UTF8, first


def suffix(path: Path) -> str:
    """The suffix that tells the format: `.tmx` of `memory.tmx.gz`."""
    return _inner(path).suffix.lower()


def stem(path: Path) -> str:
    """The name without the suffix of the format and that of compression."""
    return _inner(path).stem


def _inner(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() in COMPRESSED else path


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


# What other programs keep under any name, by what their files begin with; a text may begin with the
# letters alone.
_OTHERS = {
    b"\x89PNG\r\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"SQLite format 3\0": "a database (SQLite)",
    b"PK\x03\x04": "a ZIP archive, as .xlsx and .docx are",
    b"\xd0\xcf\x11\xe0": "a document of Microsoft Office",
    b"%PDF-1.": "a PDF document",
}


def refuse_others(path: Path | str, first: bytes) -> None:
    """Raises `InputError` where the first bytes of a file are another program's signature."""
    for mark, what in _OTHERS.items():
        if first.startswith(mark):
            raise InputError(
                path, f"is {what}, whatever its name says; save or export it as the text it holds"
            )


_OPENERS: dict[bytes, tuple[str, Callable[[Path], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    b"\x28\xb5\x2f\xfd": ("zstd", lambda path: io.BufferedReader(_Zstd(path), BLOCK)),
}


def _opener(path: Path) -> tuple[str, Callable[[Path], Any]]:
    with open(path, "rb") as file:
        first = file.read(16)
    for mark, known in _OPENERS.items():
        if first.startswith(mark):
            return known
    refuse_others(path, first)
    return "plain", lambda place: cast(Any, open(place, "rb"))
