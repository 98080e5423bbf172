"""JSON lines: one record a line, UTF-8, split on line feeds only."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bayling import files
from bayling.errors import InputError

# The longer ones first: that of UTF-32 begins as that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read(path: Path | str) -> Iterator[dict[str, Any]]:
    """The objects of a file, in order. Raises `InputError` with the line of a broken one."""
    return (row for _, row in numbered(path))


def numbered(path: Path | str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object) of a file, in order; blank lines are passed over.

    Raises `InputError` with the line of a broken one.
    """
    for number, line in lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            # Not JSON, or a number too long for Python to read.
            problem = getattr(error, "msg", error)
            raise InputError(
                path, f"not valid JSON ({problem}); expected one object a line", number
            ) from error
        if not isinstance(row, dict):
            raise InputError(path, f"expected a JSON object, found {type(row).__name__}", number)
        yield number, row


def lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """(number from 1, text without its line feed) of a UTF-8 file; LF alone ends a line."""
    try:
        with open(path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                if number == 1:
                    files.refuse_others(path, raw)
                    _refuse_other_unicode(path, raw)
                try:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise InputError(
                        path,
                        f"byte {error.start} is not UTF-8; convert the file first, "
                        "e.g. iconv -f latin1 -t utf-8",
                        number,
                    ) from error
                yield number, text.removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        raise InputError(path, "no such file") from None
    except IsADirectoryError:
        raise InputError(path, "is a folder; expected a file") from None


def _refuse_other_unicode(path: Path | str, first: bytes) -> None:
    """Raises `InputError` where a byte-order mark says that the file is none of UTF-8."""
    for mark, name in _MARKS:
        if first.startswith(mark):
            remedy = f"iconv -f {name.lower()} -t utf-8"
            raise InputError(path, f"is {name}; convert it first, e.g. {remedy}", 1)


# `json.dumps` with options makes an encoder for every row.
_encode = json.JSONEncoder(ensure_ascii=False).encode
string = json.encoder.encode_basestring


def line(row: dict[str, Any]) -> str:
    """The line that an object is, without its end."""
    return _encode(row)


def write(path: Path | str, rows: Iterable[dict[str, Any]]) -> int:
    """Write the objects and return how many; the file appears only once it is whole."""
    return write_lines(path, map(line, rows))


def write_lines(path: Path | str, lines: Iterable[str]) -> int:
    """As `write`, of objects that are lines already."""
    target = Path(path)
    partial = target.with_name(target.name + ".partial")
    count = 0
    with open(partial, "w", encoding="utf-8", newline="\n") as file:
        for text in lines:
            file.write(text + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, target)
    return count
