"""Which checks a request in plain words implies.

A request is first compared with every phrasing of a wish in every language, as a pattern for the
whole text; the pattern that leaves least to its placeholders is the most specific. Else the phrases
in quotation marks, and the placeholders and tags, have the roles that the words around them say.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from bayling.records import Check
from bayling.wording import _guessing, _lists, _marks, _phrasings
from bayling.wording._heard import Heard

# In characters; what is longer brings a text.
_LONGEST = 2000


def recognise(text: str) -> list[Check]:
    """What the user's request asks of the next answer; [] where that is not understood.

    >>> [check.to_json() for check in recognise("please write 'Datei' instead of 'File'")]
    [{'kind': 'contain', 'phrase': 'Datei'}, {'kind': 'avoid', 'phrase': 'File'}]
    >>> recognise("Make it sound friendlier.")
    []
    """
    return hear(text).checks


def hear(text: str) -> Heard:
    """What the user's request names, as far as it is understood."""
    request = unicodedata.normalize("NFC", text).strip()
    if len(request) > _LONGEST:
        return Heard((), False, True)
    said = _phrasings.said(request)
    if said is not None:
        return said
    if not any(_marks.find(request)):
        said = _phrasings.said(_without_reason(request))
        # One word alone is too little to hold on to.
        if said is None or len(said.phrases) < 2:
            return Heard((), False, True)
        return replace(said, worded=False)
    guessed = tuple(_guessing.guessed(request))
    if not all(phrase for _, phrase in guessed):
        return Heard((), False, True)
    # 'use A and B' may be one wish or two.
    once = len({role for role, _ in guessed}) == len(guessed)
    return Heard(guessed, once and _guessing.says_nothing_else(request), True)


def _without_reason(request: str) -> str:
    """A request without the reason behind it: "replace A by B, it is for children"; '' where there
    is none, or where what stands behind may ask for more or brings a text."""
    head, _, reason = request.partition(",")
    asks = (cue for cue, role in _lists.cues() if role in ("old", "keep"))
    if not reason or "\n" in request or _lists.has(reason, (*_lists.listed("negating"), *asks)):
        return ""
    return head
