"""TMX, what translation memories are exchanged in (1.1 to 1.4b), in any two of its languages.

Of each unit the variants nearest to the two languages asked for are taken: `de` finds `de-DE`, else
`de-AT`. Which of them the file calls its source does not matter. Inline codes become placeholders
(`bayling.inline`). The file is read as a stream, plain or compressed, in UTF-8, UTF-16 or whatever
it declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bayling.corpus.readers import Unread, _inline, _pairs, _variants, _xml
from bayling.records import Pair

_TMX = _xml.Format("TMX", roots=("tmx",), units=("tu",))
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# What is said of a unit, under the names of the standard.
_SAID = ("tuid", "creationdate", "creationid", "changedate", "changeid")


@dataclass(frozen=True)
class Options:
    """A TMX file. `{source_lang}` and `{target_lang}` in the path stand for the languages' codes.

    `meta` is written into every pair, e.g. `{register: formal}`.
    """

    path: Path
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per unit, or why there is none.

    `meta` holds what the unit says: `note`, `props` (type → text), `tuid`, `creationdate`,
    `creationid`, `changedate`, `changeid`, and `inline` where there are codes. What is said of the
    target text goes before what is said of the unit, and that before what is said of the source.
    """
    (path,) = inputs(options, source_lang, target_lang)
    collection = _pairs.collection(options.path, path)
    for found in _xml.units(path, _TMX):
        if isinstance(found, Unread):
            yield found
            continue
        try:
            texts, meta = _unit(found.element, source_lang, target_lang)
        except _xml.Unreadable as error:
            yield Unread(path, str(error), found.line)
            continue
        unit = _pairs.unit(
            texts,
            (source_lang, target_lang),
            f"{collection}:{path.name}:{found.line}",
            (path, found.line),
            {**options.meta, **meta},
        )
        yield unit or Unread(path, _pairs.BOTH_EMPTY, found.line)


def _unit(
    unit: _xml.Element, source_lang: str, target_lang: str
) -> tuple[tuple[str, str], dict[str, Any]]:
    """The texts of a unit and its meta. Raises `Unreadable` where one of them is not there."""
    variants = list(unit.iterchildren("{*}tuv"))
    spoken = [each.get(_LANG) or each.get("lang") or "" for each in variants]
    places = _variants.choose(spoken, source_lang, target_lang)
    source, target = (
        _segment(variants, place, language, spoken)
        for place, language in zip(places, (source_lang, target_lang), strict=True)
    )
    texts, codes = _inline.texts(source, target)
    meta = _meta(target.getparent(), unit, source.getparent())
    return texts, {**meta, "inline": codes} if codes else meta


def _segment(
    variants: list[_xml.Element], place: int | None, language: str, spoken: list[str]
) -> _xml.Element:
    if place is None:
        unnamed = "" if all(spoken) else " (and a text that does not say its language)"
        raise _xml.Unreadable(
            f"the unit has no text in {language}; its languages: {_variants.told(spoken)}{unnamed}"
        )
    for each in variants[place].iterchildren("{*}seg"):
        return each
    raise _xml.Unreadable(f"the text in {spoken[place]} has no <seg>")


def _meta(target: _xml.Element, unit: _xml.Element, source: _xml.Element) -> dict[str, Any]:
    notes: list[str] = []
    props: dict[str, list[str]] = {}
    said: dict[str, Any] = {}
    for element in (target, unit, source):
        for key in _SAID:
            if value := element.get(key):
                said.setdefault(key, value)
    for element in (unit, source, target):
        for child in element.iterchildren("{*}note", "{*}prop"):
            text = _xml.text(child).strip()
            if _xml.name(child) == "note":
                notes.append(text)
            else:
                props.setdefault(child.get("type", ""), []).append(text)
    if note := "\n".join(filter(None, notes)):
        said["note"] = note
    if props:
        said["props"] = {key: "\n".join(values) for key, values in props.items()}
    return said
