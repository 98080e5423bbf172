"""Numbers by their digits, since `1,000.5` is written `1.000,5` elsewhere."""

from __future__ import annotations

import re

from bayling import markup

# What parts thousands where it is no point or comma: `1 000`, `1’000`. A year before three digits
# is no number of thousands.
_THOUSANDS = re.compile(r"(?<=\d)(?<!\d{4})[ \u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
# As they are written among Arabic, Chinese and Japanese digits.
_POINTS = str.maketrans({"٫": ".", "٬": ",", "．": ".", "，": ",", "：": ":"})
_DIGIT = re.compile(r"\d")


def digits(number: str) -> str:
    """The digits of an item that `bayling.markup` calls a number."""
    return number if number.isdecimal() else "".join(filter(str.isdigit, number))


def values(text: str) -> list[str]:
    """The numbers of a text in order, in digits 0–9, without zeros in front.

    Whatever parts thousands and decimals is left out, and so are placeholders, tags and URLs.
    """
    if not _DIGIT.search(text):
        return []
    plain = _THOUSANDS.sub("", text if text.isascii() else text.translate(_POINTS))
    found = [digits(item) for item in markup.find(plain, ("number",))]
    return ["".join(map(_ascii, each)).lstrip("0") or "0" for each in found]


def _ascii(digit: str) -> str:
    return digit if digit.isascii() else str(int(digit))
