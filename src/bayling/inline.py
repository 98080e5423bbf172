"""Inline codes of TMX and XLIFF: what stands in their place in a text, and how they are put back.

A code, such as `<ph x="1">&lt;br/&gt;</ph>`, is `{1}` in the text of a pair; what opens is `{1}`,
what closes it `{/1}`. The same code has the same number on both sides, and no number stands in the
texts themselves. `meta["inline"]` of a pair says, for `source` and `target`, which XML each stands
for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{/?([0-9]+)\}")

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_VALUES = {**_ESCAPES, **str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})}


def put_back(text: str, codes: Mapping[str, str]) -> str:
    """The inner XML of a segment: the text with its codes (placeholder → XML) where they were.

    A placeholder that `codes` does not name is text. One that is missing from the text is missing
    from the XML: whether all are there is what `bayling.markup` finds.
    """
    done, end = [], 0
    for match in PLACEHOLDER.finditer(text):
        if match.group() in codes:
            done += [escaped(text[end : match.start()]), codes[match.group()]]
            end = match.end()
    return "".join([*done, escaped(text[end:])])


def escaped(text: str, in_value: bool = False) -> str:
    """Text as XML writes it, or as it stands between the double quotes of an attribute."""
    return text.translate(_IN_VALUES if in_value else _ESCAPES)
