"""How much a revision changes that nobody asked to change.

A model that translates anew at each request may fulfil it, but whoever has read and accepted the
rest has to read it all again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bayling import languages
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import bootstrap, share
from bayling.records import Result, Score


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """% of the words of first answers that the next one lacks, beside one for each word wished for.

    Only results with a wish and at least two outputs count; [] where there is none. Characters
    count as words where the target language has no spaces.
    """
    asked = [result for result in results if _asked(result)]
    if not asked:
        return []
    (counted,) = segments(asked, options)
    return [
        Score(
            name="collateral",
            value=counted.figure(counted.rows.sum(axis=0)),
            signature=counted.signature,
            n=len(asked),
            interval=bootstrap(counted),
        )
    ]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(words changed unasked, words of the first answer) of each result; (0, 0) without a wish."""
    rows = [_counts(result) if _asked(result) else (0, 0) for result in results]
    return [share("collateral", rows, "words:lost-from-first-to-second")]


def _asked(result: Result) -> bool:
    return len(result.outputs) >= 2 and bool(result.wishes)


def _counts(result: Result) -> tuple[int, int]:
    first, second = (_words(text, result.sample.target_lang) for text in result.outputs[:2])
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    wished = sum(
        len(_words(wish.options["phrase"], result.sample.target_lang))
        for wish in result.wishes
        if "phrase" in wish.options
    )
    return max(0, len(first) - kept - wished), len(first)


def _words(text: str, language: str) -> list[str]:
    return re.findall(r"\w+" if languages.is_spaced(language) else r"\w", text)
