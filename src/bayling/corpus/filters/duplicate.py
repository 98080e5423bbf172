"""Drops pairs that were there before; the first one stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bayling.corpus import _seen
from bayling.corpus.filters import Lot, Verdict

LOOKS_BACK = True


@dataclass(frozen=True)
class Options:
    """How alike both sides must be: `exact`, or `normalised` but for case, white space and
    punctuation. What was seen takes 20 bytes a pair at ten million (`_seen.py`)."""

    by: Literal["exact", "normalised"] = "normalised"


def keys(pairs: Lot, options: Options) -> Iterator[int]:
    """Of pairs that are alike the same one."""
    form = _seen.plain_bytes if options.by == "normalised" else _exact
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        yield _seen.key(form(source) + b"\0" + form(target))


def judge(pairs: Iterable[int], options: Options) -> Iterator[Verdict]:
    """`score` is 1 for a repetition and 0 for what is new.

    The reason counts the pairs that were kept: where this filter is the last one, that is the line
    of `pairs.jsonl`, in the first direction of a recipe.
    """
    seen = _seen.Numbers()
    for key in pairs:
        if number := seen.setdefault(key, len(seen) + 1):
            yield Verdict(False, 1.0, f"repeats pair {number} of those that were kept here")
        else:
            yield _NEW


_NEW = Verdict(True, 0.0)


def _exact(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
