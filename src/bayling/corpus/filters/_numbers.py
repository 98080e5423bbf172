"""Numbers by their digits, since `1,000.5` is written `1.000,5` elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from bayling import markup

# What parts thousands where it is no point or comma: `1 000`, `1’000`. A year before three digits
# is no number of thousands.
_PARTS = r"[ \u00a0\u2009\u202f'’]"
_THOUSANDS = re.compile(rf"{_PARTS}(?<=\d{_PARTS})(?<!\d{{4}}{_PARTS})(?=\d{{3}}(?!\d))")
# Several numbers to `bayling.markup` that may be one: `39 768,5`, and the time of day `8 h 00`.
_ONE = re.compile(
    rf"\d{{1,3}}(?:{_PARTS}\d{{3}})+(?:[.,]\d+)?|\d\d?[ \u00a0\u202f]?h[ \u00a0\u202f]?\d\d"
)
_MOST_PARTS = 7
# As they are written among Arabic, Chinese and Japanese digits.
_POINTS = str.maketrans({"٫": ".", "٬": ",", "．": ".", "，": ",", "：": ":"})
_DIGIT = re.compile(r"\d")


def digits(number: str) -> str:
    """The digits of an item that `bayling.markup` calls a number."""
    return number if number.isdecimal() else "".join(filter(str.isdigit, number))


def joined(text: str, others: Iterable[str]) -> list[str]:
    """The numbers of a text as they are written; of several that may be one, as in `39 768`, the
    one where that is what stands in `others`, the numbers of the other side.

    Numbers may be one where a space, an apostrophe or a kind of them parts groups of three digits
    after the first one to three, or an `h` two digits. They are, if the other side has the number
    (`39,768`) and not its parts: `Chapter 3 400 pages` stays two numbers beside `Kapitel 3: 400
    Seiten`. So what differs can only become less.
    """
    places = [(start, end) for kind, start, end in markup.places(text) if kind == "number"]
    own, other = (
        Counter(digits(text[start:end]) for start, end in places),
        Counter(map(digits, others)),
    )
    spare, wanted = own - other, other - own
    found, at = [], 0
    while at < len(places):
        last = at
        for end in range(min(at + _MOST_PARTS, len(places)) - 1, at, -1):
            one = text[places[at][0] : places[end][1]]
            parts = Counter(digits(text[slice(*place)]) for place in places[at : end + 1])
            if wanted[digits(one)] and parts <= spare and _ONE.fullmatch(one):
                wanted[digits(one)] -= 1
                spare -= parts
                last = end
                break
        found.append(text[places[at][0] : places[last][1]])
        at = last + 1
    return found


def values(text: str) -> list[str]:
    """The numbers of a text in order, in digits 0–9, without zeros in front.

    Whatever parts thousands and decimals is left out, and so are placeholders, tags and URLs.
    """
    if not _DIGIT.search(text):
        return []
    return [_value(item) for item in markup.find(_plain(text), ("number",))]


def written(text: str) -> dict[str, str]:
    """The numbers that `values` finds, and how each is written where it first stands."""
    found: dict[str, str] = {}
    plain = _plain(text)
    for kind, start, end in markup.places(plain):
        if kind == "number":
            found.setdefault(_value(plain[start:end]), text[start:end])
    return found


def _plain(text: str) -> str:
    """The text, as long as it was, with points and commas for whatever parts a number."""
    return _THOUSANDS.sub(",", text if text.isascii() else text.translate(_POINTS))


def _value(number: str) -> str:
    return "".join(map(_ascii, digits(number))).lstrip("0") or "0"


def _ascii(digit: str) -> str:
    return digit if digit.isascii() else str(int(digit))
