"""How much a revision changes that nobody asked to change.

A model that translates anew at each request may fulfil it, but whoever has read and accepted the
rest has to read it all again.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._answers import words
from bayling.evaluate.metrics._statistics import bootstrap, share
from bayling.records import Check, Result, Score

LESS_IS_BETTER = True


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """% of the words of first answers that the next one lacks, beside one for each word wished for;
    in a conversation of several requests, of every answer but the last.

    Only results with a wish and at least two outputs count; [] where there is none. Characters
    count as words where the target language has no spaces.
    """
    asked = [result for result in results if _asked(result)]
    if not asked:
        return []
    (counted,) = segments(asked, options)
    if not counted.rows.any():
        return []
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
    return [share("collateral", rows, "words:lost-from-one-answer-to-the-next")]


def _asked(result: Result) -> bool:
    return len(result.outputs) >= 2 and bool(result.wishes)


def _counts(result: Result) -> tuple[int, int]:
    """Of one request the change it made; of several the sum of what each of them made."""
    if result.asked_after is None:
        return _step(result, 0, result.wishes)
    steps = [
        _step(result, after - 1, (wish,))
        for wish, after in zip(result.wishes, result.asked_after, strict=True)
        # Who asks for another language, for more or for less asks to change the rest.
        if wish.kind not in ("language", "length")
    ]
    return sum(lost for lost, _ in steps), sum(all_ for _, all_ in steps)


def _step(result: Result, turn: int, wishes: Sequence[Check]) -> tuple[int, int]:
    language = result.sample.target_lang
    first, second = (words(text, language) for text in result.outputs[turn : turn + 2])
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    wished = sum(
        len(words(wish.options["phrase"], language)) for wish in wishes if "phrase" in wish.options
    )
    return max(0, len(first) - kept - wished), len(first)
