"""What every reader makes: pairs with stable ids, and a reason where a unit is none."""

from __future__ import annotations

import hashlib
import re
import reprlib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bayling.corpus.readers import Unread, _files
from bayling.records import Pair


def make(
    texts: tuple[str, str],
    langs: tuple[str, str],
    origin: str,
    meta: Mapping[str, Any] | None = None,
) -> Pair | None:
    """The pair of (source, target) `texts`, or None where one of them is blank.

    White space around a text and soft hyphens are layout and are left out; letters with accents are
    written in one way (Unicode NFC), so that places in a text are the same to all who look. The id
    is the beginning of the SHA-256 of origin and texts, so it stays the same as long as the unit
    does.
    """
    source, target = tidy(texts[0]), tidy(texts[1])
    if not source or not target:
        return None
    digest = hashlib.sha256(f"{origin}\0{source}\0{target}".encode()).hexdigest()
    return Pair(source, target, *langs, digest[:12], origin, dict(meta) if meta else {})


def unit(
    texts: tuple[str, str],
    langs: tuple[str, str],
    origin: str,
    place: tuple[Path, int],
    meta: Mapping[str, Any] | None = None,
) -> Pair | Unread | None:
    """The pair that `make` makes; an `Unread` at `place` (file, line) where only one side is there,
    or what is there is no text; None where there is nothing at all."""
    if not (texts[0].isprintable() and texts[1].isprintable()):
        for side, text in zip(("source", "target"), texts, strict=True):
            if problem := _impossible(text):
                return Unread(place[0], f"the {side} {problem}", place[1])
    pair = make(texts, langs, origin, meta)
    if pair is None and any(map(tidy, texts)):
        side = "target" if tidy(texts[0]) else "source"
        return Unread(place[0], f"the {side} is empty", place[1])
    return pair


def no_text(name: str, value: object) -> str:
    """What is wrong with the value of a column or key that is neither text nor null."""
    if value is None or isinstance(value, str):
        return ""
    return f"'{name}' holds {type(value).__name__} {reprlib.repr(value)}; expected text"


def _impossible(text: str) -> str:
    """What is wrong with characters that no encoding can have made; they are not printable."""
    if "\0" in text:
        return "holds a NUL character"
    return "holds half a character (a lone surrogate)" if _SURROGATE.search(text) else ""


_SURROGATE = re.compile("[\ud800-\udfff]")

# Why `unit` makes nothing; for formats in which an empty unit is a unit.
BOTH_EMPTY = "source and target are empty"

# Stand for the languages of a direction in paths and keys.
_SOURCE, _TARGET = "{source_lang}", "{target_lang}"


def filled(text: str, source_lang: str, target_lang: str) -> str:
    """A path or key with the languages' codes where `{source_lang}`, `{target_lang}` stand."""
    return text.replace(_SOURCE, source_lang).replace(_TARGET, target_lang)


def of_direction(path: Path, source_lang: str, target_lang: str) -> Path:
    """The file of a direction, where the path has places for the languages."""
    return Path(filled(str(path), source_lang, target_lang))


def each_in_one(texts: Iterable[tuple[object, str]]) -> bool:
    """Whether, of all these (texts, language) that directions ask for, the same texts are always
    asked for in the same language."""
    known: dict[object, str] = {}
    return all(known.setdefault(where, language) == language for where, language in texts)


def collection(path: Path, filled_path: Path) -> str:
    """The first part of an origin: the file's name without suffix, and without what stands for a
    language, so that a recipe holds out `news.{source_lang}.txt` as `news` in every direction."""
    stem = _files.stem(path)
    if path == filled_path:
        return stem
    return filled(stem, "", "").strip(".-_ ") or path.parent.name or _files.stem(filled_path)


def place(document: str, number: int, running: bool = True) -> dict[str, Any]:
    """The `meta` that says which pairs follow each other: number `number` of a document."""
    return {"document": document, "place": number} if running else {}


def tidy(text: str) -> str:
    """Without white space around it and without soft hyphens, in NFC."""
    return unicodedata.normalize("NFC", text.replace("\u00ad", "")).strip()
