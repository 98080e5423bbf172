"""Glossaries of one's own: terms and their translations, from TBX, CSV and TSV.

TBX is read in the dialects Core, Min and Basic of version 3 (ISO 30042:2019), written by attributes
(DCA) or by elements (DCT), and as `martif` of version 2. Which terms are preferred and which are
not to be used is kept; definitions, examples and the like are not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling import files, languages
from bayling.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

_LARGEST = 64 << 20
# Each of an entry's terms goes with each in the other language, so that a small file could make
# millions of them.
_SYNONYMS = 100
PREFERRED, ADMITTED, FORBIDDEN = "preferred", "admitted", "forbidden"
# What version 2, version 3 and the programs around them call a term that is not to be used.
_NOT_TO_BE_USED = ("deprecated", "superseded", "forbidden", "obsolete", "rejected", "prohibited")
_ENTRIES = ("{*}conceptEntry", "{*}termEntry")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Term:
    """A source phrase and a target phrase for it, which is `preferred`, `admitted` or `forbidden`;
    `line` is where the entry begins."""

    source: str
    target: str
    status: str = ADMITTED
    line: int = 0


def read(path: Path, source_lang: str, target_lang: str) -> list[Term]:
    """The terms of a file in both languages, in order: of an entry each phrase in one language with
    each in the other. Source phrases that are not to be used are terms too, as texts have them.

    A language is that of the entry, or of the CSV's column, which is nearest to the one asked for.
    Raises `InputError` for a file that is broken, and where it has nothing in both languages.
    """
    suffix = files.suffix(path)
    if suffix in (".tbx", ".xml"):
        found, there = _tbx(path, (source_lang, target_lang))
    elif suffix in (".csv", ".tsv"):
        found, there = _table(path, (source_lang, target_lang))
    else:
        raise InputError(path, f"is no glossary by its suffix '{suffix}'; expected .tbx .csv .tsv")
    if not found:
        listed = ", ".join(sorted(filter(None, there)))
        listed = f"; its languages are {listed}" if listed else ""
        raise InputError(path, f"has no term in both {source_lang} and {target_lang}{listed}")
    return list(dict.fromkeys(found))


def _tbx(path: Path, langs: tuple[str, str]) -> tuple[list[Term], set[str]]:
    from lxml import etree

    # No entity is resolved and nothing else is opened. Not as a stream: where lxml meets an entity
    # that is not declared in one, it may go on behind it without a word.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.fromstring(files.whole(path, _LARGEST), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise InputError(path, f"is not well-formed XML ({error.msg})", line) from error
    entries = [*root.iter(*_ENTRIES)]
    if not entries:
        raise InputError(path, "is not TBX; expected entries called conceptEntry or termEntry")
    found: list[Term] = []
    there: set[str] = set()
    for entry in entries:
        if next(entry.iter(etree.Entity), None) is not None:
            problem = "uses an entity of its own; write out what it stands for"
            raise InputError(path, problem, entry.sourceline)
        spoken = _by_language(entry)
        there |= spoken.keys()
        if (most := max(map(len, spoken.values()), default=0)) > _SYNONYMS:
            problem = f"an entry has {most} terms in one language; expected {_SYNONYMS} at most"
            raise InputError(path, problem, entry.sourceline)
        found += _paired(spoken, langs, entry.sourceline or 0)
    return found, there


# A phrase and its status.
_Phrase = tuple[str, str]


def _by_language(entry: _Element) -> dict[str, list[_Phrase]]:
    spoken: dict[str, list[_Phrase]] = {}
    for section in entry.iter("{*}langSec", "{*}langSet"):
        language = section.get(_LANG) or section.get("lang") or ""
        for term in section.iter("{*}term"):
            phrase = " ".join("".join(map(str, term.itertext())).split())
            group = term.getparent()
            if group is not None and phrase:
                spoken.setdefault(language, []).append((phrase, _status(group)))
    return spoken


def _status(group: _Element) -> str:
    """What is said of a term beside it; in a `ntig` that is beside its `termGrp` too."""
    parent = group.getparent()
    outer = parent if parent is not None and _local(parent) == "ntig" else group
    for each in outer.iter():
        kind = each.get("type") if _local(each) == "termNote" else _local(each)
        if kind in ("administrativeStatus", "normativeAuthorization"):
            said = (each.text or "").lower()
            if any(word in said for word in _NOT_TO_BE_USED):
                return FORBIDDEN
            return PREFERRED if "preferred" in said else ADMITTED
    return ADMITTED


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _paired(spoken: dict[str, list[_Phrase]], langs: tuple[str, str], line: int) -> Iterator[Term]:
    nearest = [_nearest(tuple(spoken), language) for language in langs]
    # A section may say no language.
    sources, targets = ([] if each is None else spoken[each] for each in nearest)
    for source, _ in sources:
        for target, status in targets:
            yield Term(source, target, status, line)


def _table(path: Path, langs: tuple[str, str]) -> tuple[list[Term], set[str]]:
    text = files.text(path, _LARGEST)
    delimiter = "\t" if files.suffix(path) == ".tsv" else _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[Term] = []
    there: set[str] = set()
    columns: tuple[int, int] | None = None
    spoken: tuple[int, int] | None = None
    before = 0
    try:
        for row in rows:
            line, before = before + 1, rows.line_num
            if not any(map(str.strip, row)):
                continue
            if columns is None:
                columns, named = _columns(path, row, langs, line)
                if named:
                    there = {cell for cell in row if languages.spelt(cell)}
                    spoken = _of_languages(row)
                    continue
            terms = _of_row(path, row, columns, line)
            if spoken is not None and terms:
                there.update(row[column].strip() for column in spoken if column < len(row))
                terms = _in_direction(terms[0], row, spoken, langs)
            found += terms
    except csv.Error as error:
        raise InputError(path, f"its quotation marks do not fit ({error})", before + 1) from error
    return found, there


def _of_row(path: Path, row: Sequence[str], columns: tuple[int, int], line: int) -> list[Term]:
    if len(row) <= max(columns):
        needed = max(columns) + 1
        raise InputError(path, f"columns found: {len(row)}; expected at least {needed}", line)
    source, target = (" ".join(row[column].split()) for column in columns)
    return [Term(source, target, line=line)] if source and target else []


def _of_languages(names: Sequence[str]) -> tuple[int, int] | None:
    """The columns that say of each row in which languages it is."""
    plain = ["".join(filter(str.isalpha, name.lower())) for name in names]
    found = [
        next((plain.index(side + end) for end in _IS_LANGUAGE if side + end in plain), None)
        for side in ("source", "target")
    ]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _in_direction(
    term: Term, row: Sequence[str], spoken: tuple[int, int], langs: tuple[str, str]
) -> list[Term]:
    """The term in the direction asked for, the sides exchanged if need be; [] for other ones."""
    if len(row) <= max(spoken):
        return []
    said = tuple(row[column] for column in spoken)
    if all(_nearest((each,), lang) for each, lang in zip(said, langs, strict=True)):
        return [term]
    if all(_nearest((each,), lang) for each, lang in zip(said, langs[::-1], strict=True)):
        return [replace(term, source=term.target, target=term.source)]
    return []


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


# As columns are called beside the languages' codes.
_SOURCE = ("source", "sourcestring", "source_term", "term")
_TARGET = ("target", "targetstring", "target_term", "translation")
_IS_LANGUAGE = ("lang", "language")


def _columns(
    path: Path, first: Sequence[str], langs: tuple[str, str], line: int
) -> tuple[tuple[int, int], bool]:
    """The columns of source and target, and whether the first row names them."""
    plain = [cell.strip().lower() for cell in first]
    named = [
        next((plain.index(each) for each in side if each in plain), None)
        for side in (_SOURCE, _TARGET)
    ]
    if named[0] is not None and named[1] is not None:
        return (named[0], named[1]), True
    stripped = [cell.strip() for cell in first]
    # What they are called in English, by themselves, or by each other.
    called = [{languages.name(each, by).lower() for by in ("en", *langs)} for each in langs]
    sides = [next((plain.index(each) for each in plain if each in names), None) for names in called]
    if sides[0] is not None and sides[1] is not None:
        return (sides[0], sides[1]), True
    small = [cell for cell in stripped if cell[:2].islower() and languages.spelt(cell)]
    # Capitals are a term, unless they are just the languages that are asked for.
    capitals = [cell for cell in stripped if len(cell) in (2, 5) and cell.isupper()]
    for codes in (small, capitals):
        spoken = [_nearest(tuple(codes), lang) for lang in langs]
        if None not in spoken and spoken[0] != spoken[1]:
            return (stripped.index(str(spoken[0])), stripped.index(str(spoken[1]))), True
    if len(small) >= 2:
        listed = ", ".join(small)
        raise InputError(
            path, f"has no term in both {langs[0]} and {langs[1]}; its languages are {listed}"
        )
    if len(first) > 2:
        raise InputError(
            path,
            f"has {len(first)} columns; expected two, or a first line that calls them source and "
            "target or after the languages",
            line,
        )
    return (0, 1), False


def _nearest(there: tuple[str, ...], language: str) -> str | None:
    ranks = [
        (rank, each)
        for each in there
        if (code := languages.spelt(each))
        and (rank := languages.distance(code, language)) is not None
    ]
    return min(ranks)[1] if ranks else None
