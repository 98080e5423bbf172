"""XLIFF 1.0 to 1.2 and 2.0 to 2.2, what translation tools work on, in either direction.

A unit is a segment where the text is segmented, else a `<trans-unit>`. Without a target it is
counted as unread, as is one that is marked as not to be translated. Inline codes become
placeholders (`bayling.inline`). Each `<file>` is a document, its units follow each other. What
SDL, memoQ and others write into namespaces of their own is passed over, but for their states.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bayling.corpus.readers import Unread, _inline, _pairs, _variants, _xml
from bayling.languages import Direction
from bayling.records import Pair

_XLIFF = _xml.Format("XLIFF", roots=("xliff",), units=("trans-unit", "unit"))
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# Where tools write down a state that the standard has no word for: SDL's of each segment, memoQ's.
_SDL_SEGMENT, _SDL_STATE = "{http://sdl.com/FileTypes/SdlXliff/1.0}seg", "conf"
_MQ_STATE = "{MQXliff}status"


@dataclass(frozen=True)
class Options:
    """An XLIFF file and the states that are taken, e.g. `[final, signed-off]`; none are all.

    A unit of XLIFF 2 without a state is `initial`. `{source_lang}` and `{target_lang}` in the path
    stand for the languages' codes. `meta` is written into every pair, e.g. `{register: formal}`.
    """

    path: Path
    states: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One source and its target, what is said of them, and where; None is what is not there."""

    source: _xml.Element | None
    target: _xml.Element | None
    meta: dict[str, Any]
    line: int


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    # Of a file that does not name the language of its targets, they are in that which is asked for.
    return _pairs.each_in_one(
        ((path, "target"), each.target)
        for each in directions
        for path in inputs(options, *each)
        if path.is_file() and not _names_target(path)
    )


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per unit, or why there is none.

    `meta` holds what is said of the unit: `id`, `name` (resname), `state`, `substate`, `approved`,
    `note`, `context` (type → text), `data` (what the codes of XLIFF 2 were in the original), and
    `inline` where there are codes; `document` and `place` say which units follow each other.
    """
    (path,) = inputs(options, source_lang, target_lang)
    collection = _pairs.collection(options.path, path)
    number = 0
    for found in _xml.units(path, _XLIFF):
        if isinstance(found, Unread):
            yield found
            continue
        try:
            segments = _segments(found)
        except _xml.Unreadable as error:
            number += 1
            yield Unread(path, str(error), found.line)
            continue
        document = f"{path}:{_ancestor(found.element, 'file').get('original', '')}"
        for segment in segments:
            # Counted whether they are read or not: what is left out parts its neighbours.
            number += 1
            try:
                is_forward = _is_forward(segment, found.element, source_lang, target_lang)
                texts, meta = _texts(segment, options, is_forward)
            except _xml.Unreadable as error:
                yield Unread(path, str(error), segment.line)
                continue
            origin = f"{collection}:{path.name}:{segment.line}"
            meta = {**options.meta, **meta, **_pairs.place(document, number)}
            unit = _pairs.unit(
                texts, (source_lang, target_lang), origin, (path, segment.line), meta
            )
            yield unit or Unread(path, _pairs.BOTH_EMPTY, segment.line)


def _texts(
    segment: _Segment, options: Options, is_forward: bool
) -> tuple[tuple[str, str], dict[str, Any]]:
    """The texts in the direction asked for, and meta. Raises `Unreadable` where there is none."""
    if segment.source is None or segment.target is None:
        missing = "source" if segment.source is None else "target"
        raise _xml.Unreadable(f"the unit has no {missing}")
    state = segment.meta.get("state", "")
    if options.states and state not in options.states:
        found = f"is in the state '{state}'" if state else "does not say its state"
        raise _xml.Unreadable(f"the unit {found}; asked for: {', '.join(options.states)}")
    both = (segment.source, segment.target)
    texts, codes = _inline.texts(*(both if is_forward else both[::-1]))
    return texts, {**segment.meta, "inline": codes} if codes else segment.meta


def _segments(found: _xml.Found) -> list[_Segment]:
    """The segments of a unit. Raises `Unreadable` where it is not to be translated, or has none."""
    unit = found.element
    if _inherited(unit, "translate") == "no":
        raise _xml.Unreadable('the unit is not to be translated (translate="no")')
    said = _said(unit)
    if _xml.name(unit) == "trans-unit":
        return _segments_of_1(found, said)
    segments = []
    for each in unit:
        if _is(each, "segment", unit):
            own = {"state": each.get("state", "initial"), "substate": each.get("subState")}
            meta = {**said, **_given(own)}
            both = _child(each, "source"), _child(each, "target")
            segments.append(_Segment(*both, meta, found.line_of(each)))
    if not segments:
        raise _xml.Unreadable("the unit has no segment")
    return segments


def _segments_of_1(found: _xml.Found, said: dict[str, Any]) -> list[_Segment]:
    unit = found.element
    source, target, whole = (_child(unit, each) for each in ("source", "target", "seg-source"))
    own = {"approved": unit.get("approved"), "state": unit.get(_MQ_STATE)}
    if target is not None:
        own["state"] = target.get("state") or own["state"]
        own["substate"] = target.get("state-qualifier")
    sources = _marked(source if whole is None else whole)
    targets = _marked(target)
    if not sources or (target is not None and not targets and _xml.text(target).strip()):
        return [_Segment(source, target, {**said, **_given(own)}, found.line)]
    # SDL says of each segment how far it is.
    states = {each.get("id"): each.get(_SDL_STATE) for each in unit.iter(_SDL_SEGMENT)}
    waiting: dict[str | None, deque[_xml.Element]] = defaultdict(deque)
    for each in targets:
        waiting[each.get("mid")].append(each)
    segments = []
    for each in sources:
        key = each.get("mid")
        partner = waiting[key].popleft() if waiting[key] else None
        given = {**own, "state": own["state"] or states.get(key)}
        line = found.line_of(each)
        segments.append(_Segment(each, partner, {**said, **_given(given)}, line))
    left = (each for partners in waiting.values() for each in partners)
    return [*segments, *(_Segment(None, each, said, found.line_of(each)) for each in left)]


def _marked(element: _xml.Element | None) -> list[_xml.Element]:
    """The segments that are marked in a text, wherever codes around them put them."""
    if element is None:
        return []
    return [
        each for each in element.iter() if _is(each, "mrk", element) and each.get("mtype") == "seg"
    ]


def _said(unit: _xml.Element) -> dict[str, Any]:
    """What is said of a unit as a whole."""
    notes: list[str] = []
    context: dict[str, str] = {}
    data: dict[str, str] = {}
    for each in _children_and_theirs(unit, ("notes", "context-group", "originalData")):
        if _is(each, "note", unit):
            notes.append(_xml.text(each).strip())
        elif _is(each, "context", unit):
            context[each.get("context-type", "")] = _xml.text(each).strip()
        elif _is(each, "data", unit):
            data[each.get("id", "")] = _xml.text(each)
    return _given(
        {
            "id": unit.get("id"),
            "name": unit.get("resname") or unit.get("name"),
            "note": "\n".join(filter(None, notes)),
            "context": context,
            "data": data,
        }
    )


def _children_and_theirs(unit: _xml.Element, groups: tuple[str, ...]) -> Iterator[_xml.Element]:
    for each in unit:
        if any(_is(each, name, unit) for name in groups):
            yield from each
        else:
            yield each


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _is_forward(segment: _Segment, unit: _xml.Element, source_lang: str, target_lang: str) -> bool:
    """Whether source and target are asked for as they are, and not the other way round.

    Raises `Unreadable` where the languages are others.
    """
    languages = _languages(unit)
    if segment.target is not None:
        languages = (languages[0], segment.target.get(_LANG) or languages[1])
    # A target whose language is not named is in that which is asked for.
    places = _variants.choose((languages[0], languages[1] or target_lang), source_lang, target_lang)
    if None in places:
        raise _xml.Unreadable(
            f"the unit is from {languages[0] or 'no language'} to {languages[1] or target_lang}; "
            f"expected {source_lang} and {target_lang}"
        )
    return places == (0, 1)


def _languages(unit: _xml.Element) -> tuple[str, str]:
    """What a file says of its languages: source and target, '' where it does not say it."""
    file, root = _ancestor(unit, "file"), _ancestor(unit, "xliff")
    return (
        file.get("source-language") or root.get("srcLang") or "",
        file.get("target-language") or root.get("trgLang") or "",
    )


def _names_target(path: Path) -> bool:
    """Whether all units of a file are in a language that it names."""
    return all(
        isinstance(found, Unread) or bool(_languages(found.element)[1])
        for found in _xml.units(path, _XLIFF)
    )


def _ancestor(element: _xml.Element, name: str) -> _xml.Element:
    """The nearest element of a name around this one; this one where there is none."""
    around = (each for each in element.iterancestors() if _is(each, name, element))
    return next(around, element)


def _inherited(element: _xml.Element, key: str) -> str:
    around = (element, *element.iterancestors())
    return next((each.get(key) for each in around if each.get(key)), "")


def _child(element: _xml.Element, name: str) -> _xml.Element | None:
    return next((each for each in element if _is(each, name, element)), None)


def _is(element: _xml.Element, name: str, unit: _xml.Element) -> bool:
    """Whether an element is one of the standard's, by the namespace that its unit is in."""
    if not isinstance(element.tag, str):
        return False
    return _xml.name(element) == name and _xml.namespace(element) == _xml.namespace(unit)
