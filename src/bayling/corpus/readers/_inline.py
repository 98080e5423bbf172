"""Inline codes of a pair of XML segments, numbered so that the same code is the same on both sides.

    <seg>A <bpt i="1">&lt;b&gt;</bpt>word<ept i="1">&lt;/b&gt;</ept></seg>   ──▶   A {1}word{/1}

Codes are matched by what the format matches them by (`x` of TMX, `id` of XLIFF); those that say
nothing by their content, `i` and order. An annotation or a span that holds text (`hi`, `g`, `pc`,
`mrk`) is an opening and a closing code. See `bayling.inline` for the way back.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bayling import inline
from bayling.corpus.readers import _xml

# What an element is in the text; one that is not named here opens and closes.
_ROLES = {
    **dict.fromkeys(("bpt", "bx", "sc", "sm"), "opens"),
    **dict.fromkeys(("ept", "ex", "ec", "em"), "closes"),
    **dict.fromkeys(("ph", "x", "ut", "cp"), "alone"),
}
_IT = {"begin": "opens", "open": "opens", "end": "closes", "close": "closes"}
# Attributes that are a code's name in its own segment, so no part of what it is.
_NAMES = ("x", "i", "id", "rid", "mid", "startRef")


@dataclass(frozen=True, slots=True)
class _Code:
    """One element, or one tag of an element that holds text: the XML that stood there."""

    xml: str
    closes: bool
    entity: int


@dataclass(slots=True)
class _Entity:
    """What gets a number: a code alone, or all that opens and closes together.

    `strong` is what it is called on both sides, `weak` a name that may differ, `content` what it
    is apart from names.
    """

    is_pair: bool
    strong: str | None
    weak: str | None
    tag: str
    content: tuple[str, ...]


@dataclass
class Side:
    """A segment in pieces: text, and codes of `entities`."""

    pieces: list[str | _Code] = field(default_factory=list)
    entities: list[_Entity] = field(default_factory=list)

    def literal(self) -> Iterator[str]:
        return (each for each in self.pieces if isinstance(each, str))


def texts(
    source: _xml.Element, target: _xml.Element
) -> tuple[tuple[str, str], dict[str, dict[str, str]]]:
    """The two texts with placeholders, and for each side with codes what they stand for.

    Raises `_xml.Unreadable` for entities that are not declared.
    """
    if not len(source) and not len(target):
        return (source.text or "", target.text or ""), {}
    sides = side(source), side(target)
    taken = {
        number
        for each in sides
        for text in each.literal()
        if "{" in text
        for number in inline.PLACEHOLDER.findall(text)
    }
    numbers = _numbered(*sides, taken)
    filled = [_filled(each, given) for each, given in zip(sides, numbers, strict=True)]
    names = ("source", "target")
    meta = {name: codes for name, (_, codes) in zip(names, filled, strict=True) if codes}
    return (filled[0][0], filled[1][0]), meta


def side(segment: _xml.Element) -> Side:
    """A segment in pieces."""
    _xml.check_entities(segment)
    found = Side()
    _take(segment, found, {})
    return found


def _filled(side: Side, numbers: list[str]) -> tuple[str, dict[str, str]]:
    text, codes = [], {}
    for piece in side.pieces:
        if isinstance(piece, _Code):
            placeholder = f"{{{'/' if piece.closes else ''}{numbers[piece.entity]}}}"
            codes[placeholder] = piece.xml
            text.append(placeholder)
        else:
            text.append(piece)
    return "".join(text), codes


def _take(element: _xml.Element, side: Side, opened: dict[str, int]) -> None:
    """The pieces inside an element; `opened` are the codes that wait for the one that closes."""
    _say(element.text, side)
    for child in element:
        tag = _xml.name(child)
        role = _IT.get(child.get("pos"), "alone") if tag == "it" else _ROLES.get(tag)
        if role is None:
            place = _entity(child, side, is_pair=True, content="")
            side.pieces.append(_Code(_start(child), False, place))
            _take(child, side, opened)
            side.pieces.append(_Code(f"</{_qualified(child)}>", True, place))
        else:
            side.pieces.append(_element(child, role, side, opened))
        _say(child.tail, side)


def _say(text: str | None, side: Side) -> None:
    if text:
        # Soft hyphens are left out of every text; one must not part a placeholder from itself.
        side.pieces.append(text.replace("\u00ad", ""))


def _element(child: _xml.Element, role: str, side: Side, opened: dict[str, int]) -> _Code:
    """A code that is an element with all its content."""
    inner = _inner(child)
    start = _start(child)
    xml = f"{start}{inner}</{_qualified(child)}>" if inner else f"{start[:-1]}/>"
    isolated = _xml.name(child) == "it"
    if role == "closes" and not isolated:
        begun = opened.pop(_joint(child), None)
        if begun is not None:
            return _Code(xml, True, begun)
    place = _entity(child, side, is_pair=role != "alone", content=inner)
    if role == "opens" and not isolated:
        opened[_joint(child)] = place
    return _Code(xml, role == "closes", place)


def _joint(child: _xml.Element) -> str:
    """What an opening and a closing code have in common."""
    names = ("startRef", "i", "rid", "id")
    return next((child.get(each) for each in names if child.get(each) is not None), "")


def _entity(child: _xml.Element, side: Side, is_pair: bool, content: str) -> int:
    tag = _xml.name(child)
    strong = next(filter(None, map(child.get, ("x", "id", "mid", "startRef"))), None)
    rest = sorted(f"{key}={value}" for key, value in child.items() if key not in _NAMES)
    side.entities.append(_Entity(is_pair, strong, child.get("i"), tag, (tag, content, *rest)))
    return len(side.entities) - 1


def _numbered(one: Side, other: Side, taken: set[str]) -> tuple[list[str], list[str]]:
    """The number of each entity of either side; none that is `taken`."""
    count = 0

    def fresh() -> str:
        nonlocal count
        count += 1
        while str(count) in taken:
            count += 1
        return str(count)

    first = [fresh() for _ in one.entities]
    partners = _matched(one.entities, other.entities)
    return first, [
        first[partners[place]] if place in partners else fresh()
        for place in range(len(other.entities))
    ]


# From what is surest to what is likeliest.
_WAYS: tuple[Callable[[_Entity], Hashable | None], ...] = (
    lambda each: each.strong and (each.is_pair, each.strong),
    lambda each: each.weak and (each.content, each.weak),
    lambda each: each.content,
    lambda each: each.weak and (each.is_pair, each.weak),
    lambda each: (each.is_pair, each.tag),
)


def _matched(one: list[_Entity], other: list[_Entity]) -> dict[int, int]:
    """Which entity of the other side (key) is which of this one (value)."""
    found: dict[int, int] = {}
    for number, way in enumerate(_WAYS):
        if len(found) == min(len(one), len(other)):
            break
        used = set(found.values())
        waiting: dict[Any, deque[int]] = defaultdict(deque)
        for place, each in _left(one, used):
            waiting[way(each), bool(number and each.strong)].append(place)
        for place, each in _left(other, set(found)):
            key = way(each)
            # Two that are called by name, and not the same, are two.
            named = (False,) if number and each.strong else (False, True) if number else (False,)
            for has_name in named:
                if key is not None and waiting.get((key, has_name)):
                    found[place] = waiting[key, has_name].popleft()
                    break
    return found


def _left(entities: list[_Entity], used: Iterable[int]) -> Iterator[tuple[int, _Entity]]:
    return ((place, each) for place, each in enumerate(entities) if place not in used)


def _inner(element: _xml.Element) -> str:
    inside = "".join(
        f"{_start(child)}{_inner(child)}</{_qualified(child)}>{inline.escaped(child.tail or '')}"
        for child in element
    )
    return inline.escaped(element.text or "") + inside


def _start(element: _xml.Element) -> str:
    """The start tag as the file has it, with namespaces that are declared in it."""
    written = [_qualified(element)]
    known = element.getparent().nsmap if element.nsmap else {}
    for prefix, uri in element.nsmap.items():
        if known.get(prefix) != uri:
            written.append(
                f'{f"xmlns:{prefix}" if prefix else "xmlns"}="{inline.escaped(uri, True)}"'
            )
    for key, value in element.items():
        written.append(f'{_attribute(element, key)}="{inline.escaped(value, True)}"')
    return f"<{' '.join(written)}>"


def _qualified(element: _xml.Element) -> str:
    own = _xml.name(element)
    return f"{element.prefix}:{own}" if element.prefix else own


def _attribute(element: _xml.Element, key: str) -> str:
    uri, _, own = key.rpartition("}")
    if not uri:
        return own
    if uri == "{http://www.w3.org/XML/1998/namespace":
        return f"xml:{own}"
    prefixes = (prefix for prefix, each in element.nsmap.items() if prefix and each == uri[1:])
    return f"{next(prefixes)}:{own}"
