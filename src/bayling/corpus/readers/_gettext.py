"""The translated units of one gettext file, `.po` or `.mo`."""

from __future__ import annotations

import codecs
import gettext
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib

from bayling.errors import InputError

_CONVERT = "convert it with: msgconv --to-code=UTF-8"
# The counts that an entry with a plural is read for. One takes the singular. Five takes the form
# that goes with a bare number in the languages that have several (Russian, Polish, Arabic …),
# where two might take a dual that leaves the number out.
_ONE, _MANY = 1, 5


@dataclass(frozen=True)
class Unit:
    """One msgid and its translation.

    `key` (context, msgid, count) is what units of other languages are joined on. `line` is where
    the entry begins in a `.po`, its comments included; in a `.mo` it is the entry's number.
    """

    key: tuple[str | None, str, int]
    source: str
    target: str
    line: int
    meta: dict[str, str] = field(default_factory=dict)


def units(path: Path) -> list[Unit]:
    """What a file translates: fuzzy, obsolete and untranslated entries and the header left out.

    An entry with a plural gives the pair for one (msgid) and the pair for many (msgid_plural),
    with the forms that the file's own Plural-Forms assigns to the numbers 1 and 5. A language
    with a single form gives only the pair for many, which is true of every number.

    Raises `InputError` for a file that is not UTF-8 or not gettext.
    """
    book = _po(path) if path.suffix == ".po" else _mo(path)
    _check_charset(path, book.metadata.get("Content-Type", ""))
    plural = _plural(book.metadata.get("Plural-Forms", ""))
    found = []
    for number, entry in enumerate(book, start=1):
        if entry.obsolete or "fuzzy" in entry.flags:
            continue
        line = getattr(entry, "linenum", number)
        for count, source, target in _forms(entry, plural):
            if source and target:
                key = (entry.msgctxt, entry.msgid, count)
                found.append(Unit(key, source, target, line, _meta(entry)))
    return found


def _forms(entry: Any, plural: Callable[[int], int]) -> Iterator[tuple[int, str, str]]:
    if not entry.msgid_plural:
        yield _ONE, entry.msgid, entry.msgstr
        return
    one, many = plural(_ONE), plural(_MANY)
    if one != many:
        yield _ONE, entry.msgid, entry.msgstr_plural.get(one, "")
    yield _MANY, entry.msgid_plural, entry.msgstr_plural.get(many, "")


def _meta(entry: Any) -> dict[str, str]:
    note = "\n".join(filter(None, (entry.comment, entry.tcomment)))
    said = {"context": entry.msgctxt or "", "note": note}
    return {key: value for key, value in said.items() if value}


def _po(path: Path) -> Any:
    raw = path.read_bytes()
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"is not UTF-8; {_CONVERT}", line) from error
    try:
        return polib.pofile(str(path), encoding="utf-8")
    except OSError as error:
        # polib's own errors are OSErrors with a message and no number.
        if error.errno is not None:
            raise
        found = re.search(r"\(line (\d+)\)(?:: (.+))?", str(error))
        assert found is not None
        reason = f" ({found[2]})" if found[2] else ""
        raise InputError(
            path, f"is not valid PO{reason}; check it with: msgfmt --check", int(found[1])
        ) from error


def _mo(path: Path) -> Any:
    try:
        return polib.mofile(str(path), encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(path, "is not UTF-8; compile it again from a .po file in UTF-8") from error
    except (OSError, struct.error) as error:
        if getattr(error, "errno", None) is not None:
            raise
        raise InputError(
            path, "is not a .mo file, or not a whole one; compile it again with msgfmt"
        ) from error


def _check_charset(path: Path, content_type: str) -> None:
    declared = content_type.partition("charset=")[2].strip()
    try:
        known = codecs.lookup(declared).name
    except LookupError:
        return  # no charset, or the template's CHARSET
    if known not in {"utf-8", "ascii"}:
        raise InputError(path, f"its header declares the charset {declared}, not UTF-8; {_CONVERT}")


def _plural(header: str) -> Callable[[int], int]:
    """Which form a number takes; without a usable header as in English, which is gettext's rule."""
    found = re.search(r"plural\s*=\s*([^;]+)", header.partition(";")[2])
    try:
        return gettext.c2py(found[1]) if found else gettext.c2py("n != 1")
    except ValueError:
        return gettext.c2py("n != 1")
