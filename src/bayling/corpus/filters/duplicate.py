"""Drops pairs that were there before; the first one stays."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bayling.corpus.filters import Verdict
from bayling.records import Pair

LOOKS_BACK = True


@dataclass(frozen=True)
class Options:
    """Nothing to set: both sides must be equal but for case, white space and punctuation."""


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is 1 for a repetition and 0 for what is new."""
    # Digests instead of texts: a translation memory of millions of units fits in memory.
    seen: dict[bytes, str] = {}
    for pair in pairs:
        texts = f"{_normal(pair.source)}\0{_normal(pair.target)}"
        key = hashlib.blake2b(texts.encode(), digest_size=12).digest()
        if key in seen:
            yield Verdict(False, 1.0, f"repeats the pair {seen[key]}")
        else:
            seen[key] = pair.id
            yield Verdict(True, 0.0)


def _normal(text: str) -> str:
    """Letters, marks and digits, the rest a space; a text without any of them as it is."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(
        character if unicodedata.category(character)[0] in "LMN" else " " for character in folded
    )
    return " ".join(kept.split()) or re.sub(r"\s+", " ", folded)
