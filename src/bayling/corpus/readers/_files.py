"""Files as they lie on disk: plain or compressed, read as a stream.

`.gz`, `.xz` and `.zst` are told by their first bytes, whatever the name says. What is cut short or
damaged inside is an `InputError` when the reading gets there, so that a reader can keep what stood
before it.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

from bayling.errors import InputError

_OPENERS: dict[bytes, tuple[str, Callable[[Path], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    b"\x28\xb5\x2f\xfd": ("zstd", zstandard.open),
}
COMPRESSED = (".gz", ".xz", ".zst")
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed where it is compressed.

    Raises `InputError` where there is no such file, and, at whatever place it is met inside the
    `with`, for compressed data that is damaged or ends too early.
    """
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
        raise InputError(path, f"the {name} file {problem}; fetch or compress it again") from error


def suffix(path: Path) -> str:
    """The suffix that tells the format: `.tmx` of `memory.tmx.gz`."""
    inner = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return inner.suffix.lower()


def stem(path: Path) -> str:
    """The name without the suffix of the format and that of compression."""
    inner = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return inner.stem


def _opener(path: Path) -> tuple[str, Callable[[Path], Any]]:
    with open(path, "rb") as file:
        first = file.read(6)
    for mark, known in _OPENERS.items():
        if first.startswith(mark):
            return known
    return "plain", lambda place: open(place, "rb")
