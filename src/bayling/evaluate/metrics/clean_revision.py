"""How many revisions do what was asked and spoil nothing else.

Fulfilled wishes alone can be had by translating the request; a clean revision of a good first
answer cannot. Who answers nonsense at first loses nothing by more: chrF2 belongs beside it. And a
word of the reference raises chrF2 wherever it is put; whether it was put where it belongs is seen
by the edits that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bayling import checks
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._answers import until
from bayling.evaluate.metrics._statistics import WISHES, proportion, share
from bayling.evaluate.metrics._surface import sentence_chrf2, ter
from bayling.records import Check, Result, Score


@dataclass(frozen=True)
class Options:
    """How many points of chrF2 a revision may lose against the first answer."""

    tolerance: float = 2.0


class _Outcome(NamedTuple):
    fulfilled: bool
    in_language: bool
    not_worse: bool
    nearer: bool

    @property
    def clean(self) -> bool:
        return self.fulfilled and self.in_language and self.not_worse


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """% of asked revisions that are clean, and of those that are nearer to the reference besides;
    [] where no result has a revision and a wish.

    Clean is a result of at least two outputs whose final one passes every wish, is in the target
    language (the `language` check), and has a sentence chrF2 of at least the first output's less
    the tolerance. `details` counts how many pass each of the three, gives the share fulfilled, and
    counts by turn (2 is the first revision) how many were clean no later. `nearer_revision` takes
    fewer edits (TER) than the first output did to become the reference, and is clean.
    """
    revised = [result for result in results if _asked(result)]
    outcomes = [_outcome(result, options) for result in revised]
    if not outcomes:
        return []
    by_turn = {
        str(turn): sum(_outcome(until(each, turn), options).clean for each in revised)
        for turn in range(2, max(len(each.outputs) for each in revised) + 1)
    }
    asked, clean = len(outcomes), sum(outcome.clean for outcome in outcomes)
    nearer = sum(outcome.clean and outcome.nearer for outcome in outcomes)
    fulfilled = sum(outcome.fulfilled for outcome in outcomes)
    details = {
        "asked": asked,
        "clean": clean,
        "fulfilled": fulfilled,
        "in_language": sum(outcome.in_language for outcome in outcomes),
        "not_worse": sum(outcome.not_worse for outcome in outcomes),
        "share_fulfilled": 100 * fulfilled / asked,
        "clean_by_turn": by_turn,
    }
    return [
        proportion("clean_revision", clean, asked, asked, _method(options), details),
        proportion("nearer_revision", nearer, asked, asked, f"{_method(options)}|ter:fewer"),
    ]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(clean, asked), and (nearer, asked), of each result; (0, 0) where no revision was asked."""
    outcomes = [_outcome(result, options) if _asked(result) else None for result in results]
    clean = [(int(each.clean), 1) if each else (0, 0) for each in outcomes]
    nearer = [(int(each.clean and each.nearer), 1) if each else (0, 0) for each in outcomes]
    return [
        share("clean_revision", clean, _method(options)),
        share("nearer_revision", nearer, f"{_method(options)}|ter:fewer"),
    ]


def _asked(result: Result) -> bool:
    # What became of the several requests of a conversation, the metric `conversation` says.
    return len(result.outputs) >= 2 and bool(result.wishes) and result.asked_after is None


def _outcome(result: Result, options: Options) -> _Outcome:
    sample, first, final = result.sample, result.outputs[0], result.outputs[-1]
    language = Check("language", {"language": sample.target_lang, "others": (sample.source_lang,)})
    before = sentence_chrf2(first, sample.reference)
    after = sentence_chrf2(final, sample.reference)
    left, edits = (
        ter(sample.target_lang).sentence_score(text, [sample.reference]).score
        for text in (final, first)
    )
    return _Outcome(
        fulfilled=not checks.failures(result.wishes, final),
        in_language=checks.holds(language, final).ok,
        not_worse=after >= before - options.tolerance,
        nearer=left < edits,
    )


def _method(options: Options) -> str:
    return f"{WISHES}|language:target|sentence-chrF2:first-{options.tolerance:g}"
