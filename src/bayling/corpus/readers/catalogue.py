"""Gettext catalogues (`.po`, `.mo`): a file, a folder or an installed Python package.

Folders and packages are searched for `LANGUAGE/LC_MESSAGES/NAME.po` and flat `LANGUAGE.po`. For
each domain the file nearest to the language asked for is read (`de`, else `de_DE`, else `de_AT`),
the `.po` before the `.mo`, the next one where the first translates nothing.

A single file is taken to be in the language asked for, whatever its header says, so it serves one
language beside English. The msgid is taken to be English. Into English the two sides are swapped;
between two other languages their catalogues of the same domain are joined on the msgid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayling import languages
from bayling.corpus.readers import _pairs
from bayling.corpus.readers._gettext import Unit
from bayling.corpus.readers._places import Place, locate
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """A file, a folder, or the import name of an installed package, looked for in this order."""

    path: str


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    """Every file that may be read, those that stand in for an empty one included."""
    place = locate(options.path)
    wanted = [each for each in (source_lang, target_lang) if not _is_english(each)]
    domains = [place.files(language) for language in wanted or [target_lang]]
    return [path for files in domains for paths in files.values() for path in paths]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    # A file does not say reliably which language it is in, a folder says it by its names.
    others = {each for direction in directions for each in direction if not _is_english(each)}
    return len(others) < 2 or not locate(options.path).root.is_file()


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]:
    """The translated units. `meta` holds `context` (msgctxt) and `note` (comments) if any, and
    between two other languages the original, as `english`.

    Raises `InputError` where a language has no catalogue and for a file that cannot be read.
    """
    place = locate(options.path)
    for path, unit, texts in _texts(place, source_lang, target_lang):
        origin = place.origin(path, unit.line)
        meta = unit.meta
        if not (_is_english(source_lang) or _is_english(target_lang)):
            meta = {**meta, "english": _pairs.tidy(unit.source)}
        pair = _pairs.make(texts, (source_lang, target_lang), origin, meta)
        if pair is not None:
            yield pair


def _texts(
    place: Place, source_lang: str, target_lang: str
) -> Iterator[tuple[Path, Unit, tuple[str, str]]]:
    if _is_english(source_lang):
        for _, path, units in place.units(target_lang):
            yield from ((path, unit, (unit.source, unit.target)) for unit in units)
    elif _is_english(target_lang):
        for _, path, units in place.units(source_lang):
            yield from ((path, unit, (unit.target, unit.source)) for unit in units)
    else:
        yield from _joined(place, source_lang, target_lang)


def _joined(
    place: Place, source_lang: str, target_lang: str
) -> Iterator[tuple[Path, Unit, tuple[str, str]]]:
    if place.root.is_file():
        raise InputError(
            place.root,
            f"translates from English; for {source_lang} to {target_lang} "
            "give the folder that holds the catalogues of both",
        )
    sources = {
        domain: {unit.key: unit.target for unit in units}
        for domain, _, units in place.units(source_lang)
    }
    for domain, path, units in place.units(target_lang):
        known = sources.get(domain, {})
        for unit in units:
            if unit.key in known:
                yield path, unit, (known[unit.key], unit.target)


def _is_english(language: str) -> bool:
    return languages.base(language) == "en"
