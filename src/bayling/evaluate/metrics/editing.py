"""What it takes a user to edit translations until they say what the reference says: the classic
measures of interactive translation.

For figures that can be laid beside requests in plain words: `word_strokes` is that of the metric
`conversation` too, and `bayling compare` tests the task `interactive` against the task `editing`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bayling.evaluate import place
from bayling.evaluate.metrics import Segments, _strokes
from bayling.evaluate.metrics._answers import right, words
from bayling.evaluate.metrics._statistics import bootstrapped, proportion, share
from bayling.records import Json, Result, Score

# Of its first figure, the words typed.
LESS_IS_BETTER = True


@dataclass(frozen=True)
class Options:
    """Nothing to choose: the user is that of the task (`bayling.evaluate.editing`)."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """Figures of the task `editing`; [] for results of others.

    word_strokes  the words that a user types, in edits that are sent back and at the end of his
                  patience, in % of the reference's; less is better. `details` has the `policy`, and
                  `post_edit`: without sending anything back, the words that the first answer lacks
    accepted      % of sentences that the system's answers brought to the reference before the
                  user's patience was at its end; `details` has `turns`, the mean number of edits
                  sent back, and `by_turn`, had patience ended earlier
    consistency   % of the right words of an answer that the next one has as well; the words that
                  are fixed in between count, and stay by themselves where beginnings are fixed
    """
    held = [result for result in results if result.editing is not None]
    if not held:
        return []
    strokes, accepted, consistency = segments(held, options)
    hits = int(accepted.rows.sum(axis=0)[0])
    details, method = _turns(held), _method(held)
    scores = [
        bootstrapped(strokes, {"policy": _policies(held), "post_edit": _strokes.post_edit(held)}),
        proportion("accepted", hits, len(held), len(held), method, details),
    ]
    # Nothing was answered twice by an oracle, nor by whoever has nothing right.
    if not math.isnan(consistency.figure(consistency.rows.sum(axis=0))):
        scores.append(bootstrapped(consistency))
    return scores


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """What each sentence adds to the figures; of results of the task `interactive` the words typed
    in requests, but for users that could not be read, zeros for all else."""
    asked = [
        each.editing is not None
        or (each.asked_after is not None and not (each.user and each.user.satisfied is None))
        for each in results
    ]
    nothing = (0.0, 0.0)
    columns: dict[str, list[tuple[float, float]]] = {
        "word_strokes": [
            _strokes.typed(each) if counts else nothing
            for each, counts in zip(results, asked, strict=True)
        ],
        "accepted": [(each.editing.accepted, 1) if each.editing else nothing for each in results],
        "consistency": [_kept(each) if each.editing else nothing for each in results],
    }
    method = _method(results)
    return [share(name, rows, method) for name, rows in columns.items()]


def _method(results: Sequence[Result]) -> str:
    users = {place.user_of(each) for each in results} or {place.SIMULATED}
    return f"user:{'+'.join(sorted(users))}|policy:{_policies(results)}|words:exact"


def _policies(results: Sequence[Result]) -> str:
    found = {each.editing.policy for each in results if each.editing}
    found |= {"requests" for each in results if each.asked_after is not None}
    return "+".join(sorted(found))


def _kept(result: Result) -> tuple[float, float]:
    """(words that are right still, words that were right) of all answers but the last."""
    language = result.sample.target_lang
    wanted = words(result.sample.reference, language)
    known = [set(right(words(text, language), wanted)) for text in result.outputs]
    steps = list(pairwise(known))
    return sum(len(before & after) for before, after in steps), sum(len(each) for each, _ in steps)


def _turns(results: Sequence[Result]) -> Json:
    counts = [len(result.outputs) for result in results]
    ended = [count for result, count in zip(results, counts, strict=True) if _accepted(result)]
    return {
        "by_turn": {
            str(turn): 100 * sum(count <= turn for count in ended) / len(results)
            for turn in range(1, max(counts) + 1)
        },
        "turns": sum(counts) / len(results) - 1,
    }


def _accepted(result: Result) -> bool:
    return result.editing is not None and result.editing.accepted
