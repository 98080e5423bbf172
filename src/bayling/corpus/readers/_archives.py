"""Archives, unpacked member by member into a folder: zip, and tar under any compression.

A member whose path would lead out of the folder, a link, a device and what is encrypted is refused;
so is whatever comes after an archive has unpacked to much more than it could hold.
"""

from __future__ import annotations

import errno
import fcntl
import io
import lzma
import os
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import zstandard

from bayling.corpus.readers import Unread, _files
from bayling.errors import InputError

# Markup in texts compresses to a twentieth at best.
_MOST_TIMES = 100
_ALWAYS = 256 << 20
_MOST_MEMBERS = 100_000
_BLOCK = 512
_PREFIX = "bayling-unpacked-"
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    struct.error,
    RuntimeError,
    NotImplementedError,
)


@dataclass
class _Folder:
    """Where an archive is unpacked to, how much may still come, and what was refused."""

    archive: Path
    root: Path
    wanted: Callable[[Path], bool]
    left: int
    refused: list[Unread] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def place(self, name: str) -> Path | None:
        """Where a member goes; None where it may not."""
        inside = PurePosixPath(name.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or not inside.parts:
            problem = "its path leads out of the archive" if inside.parts else "it has no name"
            self.refuse(name, problem)
            return None
        if str(inside) in self.seen:
            self.refuse(name, "the archive holds another file of this name")
            return None
        self.seen.add(str(inside))
        return self.root / inside

    def refuse(self, name: str, reason: str) -> None:
        shown = name.encode("utf-8", "replace").decode()
        self.refused.append(Unread(Path(f"{self.archive}/{shown}"), f"{reason}; it is not read"))

    def put(self, name: str, opened: Callable[[], IO[bytes] | None]) -> None:
        """Write a member; one that nobody wants is only named. Raises `_TooMuch`."""
        place = self.place(name)
        if place is None:
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(place, "wb") as file:
                source = opened() if self.wanted(place) else None
                while source and (block := source.read(1 << 16)):
                    self.left -= len(block)
                    if self.left < 0:
                        raise _TooMuch
                    file.write(block)
        except (*_BROKEN, _TooMuch) as error:
            if os.path.isfile(place):
                place.unlink()
            if isinstance(error, _TooMuch):
                raise
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise InputError(
                    self.archive, f"does not fit into {tempfile.gettempdir()}; set TMPDIR"
                ) from error
            self.refuse(name, f"cannot be unpacked ({getattr(error, 'strerror', None) or error})")


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder to unpack into, which is gone afterwards. Those that killed processes left, which
    nobody locks any more, go first."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), _opened(left) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
    while True:
        with (
            tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as place,
            _opened(Path(place)) as folder,
        ):
            # A file system without locks is one whose leftovers nobody takes away.
            with suppress(OSError):
                fcntl.flock(folder, fcntl.LOCK_EX)
            # Another process may have taken it for a leftover before it was locked.
            if os.path.isdir(place):
                yield Path(place)
                return


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield number
    finally:
        os.close(number)


class _TooMuch(Exception):
    """The archive holds more than it may."""


def unpack(path: Path, root: Path, wanted: Callable[[Path], bool]) -> list[Unread]:
    """Put the files of an archive into the folder `root`, those that are not `wanted` empty, and
    return what was refused.

    What stands before the place where an archive is damaged is unpacked. Raises `InputError` for
    what is no archive.
    """
    most = max(_ALWAYS, _MOST_TIMES * path.stat().st_size)
    folder = _Folder(path, root, wanted, most)
    root.mkdir(parents=True, exist_ok=True)
    try:
        if _files.suffix(path) == ".zip":
            _unzip(path, folder)
        else:
            _untar(path, folder)
    except _TooMuch:
        folder.refused.append(
            Unread(
                path,
                f"unpacks to more than {most >> 20} MiB or {_MOST_MEMBERS:,} files; nothing more "
                "is read of it. Unpack it yourself and give the folder",
            )
        )
    return folder.refused


def _unzip(path: Path, folder: _Folder) -> None:
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise InputError(
            path, f"is not a zip archive, or not a whole one ({error}); fetch it again"
        ) from error
    with archive:
        members = archive.infolist()
        for member in members[:_MOST_MEMBERS]:
            if member.filename.endswith("/"):
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                folder.refuse(member.filename, "is a link")
            elif member.flag_bits & 1:
                folder.refuse(member.filename, "is encrypted")
            else:
                folder.put(member.filename, partial(archive.open, member))
        if len(members) > _MOST_MEMBERS:
            raise _TooMuch


def _untar(path: Path, folder: _Folder) -> None:
    some = False
    try:
        # Member by member, by single blocks, so that it shows what the last one is.
        with (
            _files.opened(path) as stream,
            nullcontext(_Blocks(stream, folder.left)) as blocks,
            tarfile.open(fileobj=cast(Any, blocks), mode="r|", bufsize=_BLOCK) as archive,
        ):
            for member in _members(archive, blocks):
                some = True
                if member.isfile():
                    folder.put(member.name, partial(archive.extractfile, member))
                elif not member.isdir():
                    is_what = "a link" if member.issym() or member.islnk() else "no file"
                    folder.refuse(member.name, f"is {is_what}")
        if blocks.last == bytes(_BLOCK):
            return
        problem = "ends without the mark of an end"
    except _files.Damaged as error:
        problem = error.problem
    except _BROKEN as error:
        problem = f"is damaged ({error})"
    if not some:
        raise InputError(path, f"is not a tar archive, or not a whole one: {problem}")
    folder.refused.append(Unread(path, f"{problem}; nothing is read from there on"))


def _members(archive: tarfile.TarFile, blocks: _Blocks) -> Iterator[tarfile.TarInfo]:
    count = 0
    while (member := archive.next()) is not None:
        count += 1
        if count > _MOST_MEMBERS:
            raise _TooMuch
        blocks.allow(member.size)
        yield member


class _Blocks:
    """A stream that knows its last block, gives no header as much as a member may have, and not
    more than `most` in all."""

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self._stream, self._most = stream, most
        self.last = b""
        self.allow(0)

    def allow(self, size: int) -> None:
        self._left = size + (1 << 20)

    def read(self, size: int) -> bytes:
        self._left -= size
        self._most -= size
        if self._left < 0:
            raise tarfile.ReadError("a header of more than 1 MiB")
        if self._most < 0:
            raise _TooMuch
        self.last = self._stream.read(size)
        return self.last
