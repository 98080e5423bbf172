"""Gettext catalogues (`.po`, `.mo`): a file, a folder or an installed Python package.

Folders and packages are searched for `LANGUAGE/LC_MESSAGES/NAME.po` and flat `LANGUAGE.po`. For
each domain the file nearest to the language asked for is read (`de`, else `de_DE`, else `de_AT`),
the `.po` before the `.mo`, the next one where the first translates nothing.

A single file serves one language beside English: that which its header says; where it says none,
that which is asked for. The msgid is taken to be English. Into English the two sides are swapped;
between two other languages their catalogues of the same domain are joined on the msgid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayling import languages
from bayling.corpus.readers import Unread, _pairs
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
    # A file is in one language, and need not say in which; a folder says it by its names.
    others = {each for direction in directions for each in direction if not _is_english(each)}
    return len(others) < 2 or not locate(options.path).root.is_file()


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """The translated units. `meta` holds `context` (msgctxt) and `note` (comments) if any, and
    between two other languages the original, as `english`.

    Fuzzy, obsolete and untranslated entries are unread, and so is a file of several that cannot be
    read. Raises `InputError` where a language has no catalogue and for a single file that cannot
    be read or says that it is in another language.
    """
    place = locate(options.path)
    between_others = not (_is_english(source_lang) or _is_english(target_lang))
    for each in _found(place, source_lang, target_lang):
        if isinstance(each, Unread):
            yield each
            continue
        path, unit, texts = each
        meta = {**unit.meta, "english": _pairs.tidy(unit.source)} if between_others else unit.meta
        origin = place.origin(path, unit.line)
        pair = _pairs.unit(texts, (source_lang, target_lang), origin, (path, unit.line), meta)
        if pair is not None:
            yield pair


# A file, one of its units, and the texts in the languages asked for.
_Found = tuple[Path, Unit, tuple[str, str]]


def _found(place: Place, source_lang: str, target_lang: str) -> Iterator[_Found | Unread]:
    into_other = _is_english(source_lang)
    if not into_other and not _is_english(target_lang):
        yield from _joined(place, source_lang, target_lang)
        return
    for each in place.units(target_lang if into_other else source_lang):
        if isinstance(each, Unread):
            yield each
            continue
        _, path, units = each
        for unit in units:
            texts = (unit.source, unit.target) if into_other else (unit.target, unit.source)
            yield _unless_problem(path, unit, texts)


def _joined(place: Place, source_lang: str, target_lang: str) -> Iterator[_Found | Unread]:
    if place.root.is_file():
        raise InputError(
            place.root,
            f"translates from English; for {source_lang} to {target_lang} "
            "give the folder that holds the catalogues of both",
        )
    sources = {}
    for each in place.units(source_lang):
        if isinstance(each, Unread):
            yield each
        else:
            domain, path, units = each
            # Of entries with one key that which translates.
            ranked = sorted(units, key=lambda unit: not unit.problem)
            sources[domain] = path, {unit.key: unit for unit in ranked}
    for each in place.units(target_lang):
        if isinstance(each, Unread):
            yield each
            continue
        domain, path, units = each
        elsewhere, known = sources.pop(domain, (path, {}))
        if known and elsewhere == path:
            reason = f"is the nearest catalogue to {source_lang} and to {target_lang}"
            yield Unread(path, f"{reason}; there has to be one of each")
            continue
        for unit in units:
            partner = known.get(unit.key)
            if partner is None:
                reason = unit.problem or f"the entry has no translation into {source_lang}"
                yield Unread(path, reason, unit.line)
            elif partner.problem and not unit.problem:
                yield Unread(elsewhere, partner.problem, partner.line)
            else:
                yield _unless_problem(path, unit, (partner.target, unit.target))
        there = {unit.key for unit in units}
        left = (unit for unit in known.values() if unit.key not in there)
        yield from _alone(elsewhere, left, target_lang)
    for elsewhere, known in sources.values():
        yield from _alone(elsewhere, known.values(), target_lang)


def _unless_problem(path: Path, unit: Unit, texts: tuple[str, str]) -> _Found | Unread:
    return Unread(path, unit.problem, unit.line) if unit.problem else (path, unit, texts)


def _alone(path: Path, units: Iterable[Unit], language: str) -> Iterator[Unread]:
    for unit in units:
        reason = unit.problem or f"the entry has no translation into {language}"
        yield Unread(path, reason, unit.line)


def _is_english(language: str) -> bool:
    return languages.base(language) == "en"
