"""Drops pairs of which one side is many times as long as the other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from bayling.corpus.filters import Verdict
from bayling.records import Pair

# Added to both lengths: "OK" against "Einverstanden" says nothing about a translation.
_ALLOWANCE = 10


THRESHOLD = ("max", "most")


@dataclass(frozen=True)
class Options:
    """How many times as long as the other side the longer one may be.

    Lengths are in columns of a terminal, where a Chinese character takes two, plus 10 on both
    sides so that short texts may differ more. In 300 news sentences (NTREX) the ratio of English
    to 11 languages stays between 0.4 and 2.0.
    """

    max: Annotated[float, Field(ge=1)] = 3.0


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is how many times as long the longer side is."""
    for pair in pairs:
        source, target = _columns(pair.source), _columns(pair.target)
        lengths = (source + _ALLOWANCE, target + _ALLOWANCE)
        ratio = max(lengths) / min(lengths)
        if ratio <= options.max:
            yield Verdict(True, ratio)
            continue
        longer, shorter = ("target", "source") if target > source else ("source", "target")
        yield Verdict(
            False,
            ratio,
            f"the {longer} takes {max(source, target)} columns, the {shorter} "
            f"{min(source, target)}: {ratio:.1f} times as long; expected {options.max:g} at most",
        )


# Characters of one column each, and of two each, whatever the version of Unicode. Asking for each
# character takes ten times as long.
_NARROW = r"\0-\u02ff\u0370-\u0482\u048a-\u0590\u05d0-\u05f4\u0620-\u064a\u2000-\u20cf"
_WIDE = r"\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60"
_NOT_NARROW = re.compile(f"[^{_NARROW}]+")
_NEITHER = re.compile(f"[^{_NARROW}{_WIDE}]+")


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    columns = len(text)
    for run in _NOT_NARROW.findall(text):
        columns += len(run)
        for others in _NEITHER.findall(run):
            columns += sum(map(_columns_of, others)) - 2 * len(others)
    return columns


@lru_cache(maxsize=10_000)
def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
