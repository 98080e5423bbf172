"""Drops pairs whose punctuation says that the two sides do not belong together.

Faults are: the sign at the end is of another kind (a sentence's, an exclamation, a colon, none; one
side that asks while the other does not counts two); a kind of bracket or the quotation marks close
on one side and not on the other; a side is mostly signs (counts two).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import markup
from bayling.corpus.filters import Lot, Verdict


@dataclass(frozen=True)
class Options:
    """How many faults a pair may have, and which share (0–1) of a side's characters may be signs.

    Spaces, placeholders, tags, numbers and URLs are left out of the share. One fault is nothing: of
    news (NTREX) a line in 40 has quotation marks of which one side has left some out. Of 6,000
    German–English sentences 0.07 % have more, of Tatoeba's English–Chinese ones 0.2 %.
    """

    max_faults: Annotated[int, Field(ge=0)] = 1
    max_share: Annotated[float, Field(ge=0, le=1)] = 0.5


_KINDS = {
    sign: kind
    for kind, signs in {
        "?": "?？؟՞፧",
        "!": "!！՜",
        ":": ":：",
        ".": ".。．｡।۔…",
    }.items()
    for sign in signs
}
# What may stand behind the sign that ends a text.
_BEHIND = " \t\r\n\u00a0\u200e\u200f\"'”’»«›“„」』）)]】>*_"
_BRACKETS = (("(（", ")）"), ("[［【", "]］】"), ("{｛", "}｝"))
_QUOTES = '"“”„‟«»＂「」『』'
_ANY = re.compile("[" + re.escape("".join(map("".join, _BRACKETS)) + _QUOTES) + "]")
# Marks are none of these: they stand on letters, in Hindi on every second one.
_SIGN = re.compile(r"[^\w\s]|_")
_FEW = 4  # characters; `...` is a text of nothing else


def judge(pairs: Lot, options: Options) -> Iterator[Verdict]:
    """`score` is the number of faults."""
    for pair in pairs:
        faults = [
            *_ends(pair.source, pair.target),
            *_open(pair.source, pair.target),
            *_signs("source", pair.source, options.max_share),
            *_signs("target", pair.target, options.max_share),
        ]
        score = sum(weight for weight, _ in faults)
        if score <= options.max_faults:
            yield Verdict(True, score)
        else:
            yield Verdict(False, score, " and ".join(said for _, said in faults))


def _ends(source: str, target: str) -> Iterator[tuple[int, str]]:
    one, other = (_KINDS.get(text.rstrip(_BEHIND)[-1:], "") for text in (source, target))
    if one != other:
        said = [f"with '{kind}'" if kind else "without a sign" for kind in (one, other)]
        weight = 2 if "?" in (one, other) else 1
        yield weight, f"the source ends {said[0]} and the target {said[1]}"


def _open(source: str, target: str) -> Iterator[tuple[int, str]]:
    if not (_ANY.search(source) or _ANY.search(target)):
        return
    for opening, closing in _BRACKETS:
        one, other = (_left(text, opening, closing) for text in (source, target))
        if one != other:
            side = "source" if one else "target"
            yield 1, f"'{opening[0]}' and '{closing[0]}' do not balance in the {side} alone"
    one, other = (sum(map(text.count, _QUOTES)) % 2 == 1 for text in (source, target))
    if one != other:
        yield 1, f"the {'source' if one else 'target'} alone has an odd number of quotation marks"


def _left(text: str, opening: str, closing: str) -> bool:
    return sum(map(text.count, opening)) != sum(map(text.count, closing))


def _signs(side: str, text: str, most: float) -> Iterator[tuple[int, str]]:
    words = markup.strip(text)
    others = [each for each in _SIGN.findall(words) if unicodedata.category(each)[0] != "M"]
    signs = len(others)
    characters = len("".join(words.split()))
    if characters >= _FEW and signs > most * characters:
        yield 2, f"{signs / characters:.0%} of the {side} are signs; expected {most:.0%} at most"
