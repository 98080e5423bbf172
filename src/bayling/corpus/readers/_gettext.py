"""The translated units of one gettext file, `.po` or `.mo`."""

from __future__ import annotations

import codecs
import gettext
import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib

from bayling.corpus.readers import _files
from bayling.errors import InputError

# No catalogue is as large, and polib holds all of it.
_LARGEST = 64 << 20
# What polib lets out of files that are none.
_POLIB_FAILS = (OSError, ValueError, LookupError, AttributeError, TypeError)
_CONVERT = "convert it with: msgconv --to-code=UTF-8"
# The counts that an entry with a plural is read for. One takes the singular. Five takes the form
# that goes with a bare number in the languages that have several (Russian, Polish, Arabic …),
# where two might take a dual that leaves the number out.
_ONE, _MANY = 1, 5


@dataclass(frozen=True)
class Unit:
    """One msgid and its translation, or the `problem` for which it is none.

    `key` (context, msgid, count) is what units of other languages are joined on. `line` is where
    the entry begins in a `.po`, its comments included; in a `.mo` it is the entry's number.
    """

    key: tuple[str | None, str, int]
    source: str
    target: str
    line: int
    meta: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Book:
    """The units of a file, and what its header says as `Language`; empty where it says none."""

    language: str
    units: list[Unit]


def read(path: Path) -> Book:
    """The entries of a file, its header left out; fuzzy, obsolete and untranslated ones have a
    problem.

    An entry with a plural gives the pair for one (msgid) and the pair for many (msgid_plural),
    with the forms that the file's own Plural-Forms assigns to the numbers 1 and 5. A language
    with a single form gives only the pair for many, which is true of every number.

    Raises `InputError` for a file that is not UTF-8 or not gettext.
    """
    raw = _files.whole(path, _LARGEST)
    book = _po(path, raw) if _files.suffix(path) == ".po" else _mo(path, raw)
    _check_charset(path, book.metadata.get("Content-Type", ""))
    numbers = _plural(book.metadata.get("Plural-Forms", ""))
    found = []
    for number, entry in enumerate(book, start=1):
        line = getattr(entry, "linenum", number)
        for count, source, target in _forms(entry, *numbers):
            key = (entry.msgctxt, entry.msgid, count)
            problem = _problem(entry, source, target)
            found.append(Unit(key, source, target, line, _meta(entry), problem))
    return Book(book.metadata.get("Language", "").strip(), found)


def _problem(entry: Any, source: str, target: str) -> str:
    if entry.obsolete:
        return "the entry is obsolete"
    if "fuzzy" in entry.flags:
        return "the translation is fuzzy: nobody has checked it"
    if not target:
        return "the entry is not translated"
    return "" if source else "the source is empty"


def _forms(entry: Any, one: int, many: int) -> Iterator[tuple[int, str, str]]:
    if not entry.msgid_plural:
        yield _ONE, entry.msgid, entry.msgstr
        return
    if one != many:
        yield _ONE, entry.msgid, entry.msgstr_plural.get(one, "")
    yield _MANY, entry.msgid_plural, entry.msgstr_plural.get(many, "")


def _meta(entry: Any) -> dict[str, str]:
    note = "\n".join(filter(None, (entry.comment, entry.tcomment)))
    said = {"context": entry.msgctxt or "", "note": note}
    return {key: value for key, value in said.items() if value}


def _po(path: Path, raw: bytes) -> Any:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"is not UTF-8; {_CONVERT}", line) from error
    # Of a text polib takes other characters than line feeds for ends of lines, of a file not.
    with tempfile.NamedTemporaryFile(suffix=".po") as file:
        file.write(raw)
        file.flush()
        try:
            return polib.pofile(file.name, encoding="utf-8")
        except _POLIB_FAILS as error:
            # polib's own errors are OSErrors with a message and no number.
            if getattr(error, "errno", None) is not None:
                raise
            found = re.search(r"\(line (\d+)\)(?:: (.+))?", str(error))
            reason = f" ({found[2]})" if found and found[2] else ""
            raise InputError(
                path,
                f"is not valid PO{reason}; check it with: msgfmt --check",
                int(found[1]) if found else None,
            ) from error


def _mo(path: Path, raw: bytes) -> Any:
    try:
        if not _is_within(raw):
            raise ValueError
        return polib.mofile(raw, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(path, "is not UTF-8; compile it again from a .po file in UTF-8") from error
    except (*_POLIB_FAILS, struct.error) as error:
        raise InputError(
            path, "is not a .mo file, or not a whole one; compile it again with msgfmt"
        ) from error


def _is_within(raw: bytes) -> bool:
    """Whether the strings are no longer together than the file, which entries that overlap are."""
    order = "<" if raw.startswith(b"\xde\x12\x04\x95") else ">"
    count, *tables = struct.unpack_from(f"{order}III", raw, 8)
    lengths = (
        struct.unpack_from(f"{order}I", raw, table + 8 * number)[0]
        for table in tables
        for number in range(count)
    )
    return sum(lengths) <= len(raw)


def _check_charset(path: Path, content_type: str) -> None:
    declared = content_type.partition("charset=")[2].strip()
    try:
        known = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return  # no charset, or the template's CHARSET
    if known not in {"utf-8", "ascii"}:
        raise InputError(path, f"its header declares the charset {declared}, not UTF-8; {_CONVERT}")


def _plural(header: str) -> tuple[int, int]:
    """The forms that one and many take; without a usable header as in English, gettext's rule."""
    found = re.search(r"plural\s*=\s*([^;]+)", header.partition(";")[2])
    try:
        plural = gettext.c2py(found[1] if found else "n != 1")
        return plural(_ONE), plural(_MANY)
    # Of `n != !1` the library makes Python that is none.
    except (ValueError, ArithmeticError, SyntaxError):
        return 0, 1
