"""How conversations with a simulated user end: satisfied or not, after how many requests, what was
broken on the way, and what the user still has to type.

Of several figures one alone can be had cheaply: a text that recites the wishes fulfils them, a
model that ignores every request breaks nothing. `conversation` is the one that cannot.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

from pydantic import Field

from bayling import checks, languages
from bayling.evaluate import user
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import RESAMPLES, SEED, WISHES, bootstrap, share
from bayling.evaluate.metrics._surface import sentence_chrf2
from bayling.records import Check, Json, Result, Score

# Words of a source up to which it is in a class of the breakdown.
_LENGTHS = (5, 10, 20)


@dataclass(frozen=True)
class Options:
    """The kinds of change that the user asks for, as in the task."""

    kinds: Annotated[tuple[user.Kind, ...], Field(min_length=1)] = user.KINDS


class _Request(NamedTuple):
    """A wish, the answers read when it was made, and whether each of them and of those after it
    fulfils it."""

    wish: Check
    after: int
    held: tuple[bool, ...]

    @property
    def fulfilled(self) -> bool:
        """In the very next answer."""
        return self.held[self.after]

    @property
    def broken(self) -> tuple[int, int]:
        """Of the answers behind one that fulfilled it, those that do not any more, and all."""
        later = self.held[self.after :]
        behind = later[later.index(True) + 1 :] if True in later else ()
        return behind.count(False), len(behind)


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """Figures of the task `interactive`; [] for results of others.

    conversation  the mean sentence chrF2 of the final answers, 0 for each user who is not
                  satisfied with it: 100 only for the references themselves
    satisfied_users  % of users with nothing left to ask for; `details` has `turns`, the mean number
                  of requests of those who are, and breaks the figure down by the source's length
                  and the languages
    fulfilled_next  % of requests that the very next answer fulfils, by kind of wish as well
    regressions   % of answers to later requests that break a wish which was fulfilled before
    word_strokes  the words that a user types, those in the requests and those that the final
                  answer still lacks, in % of the reference's; `details["post_edit"]`: without any
                  request, the words that the first answer lacks

    `details["by_turn"]` of the first two are the figures had every conversation ended with the
    first, second … answer at the latest. The last two are better the smaller they are.
    """
    held = [result for result in results if _is_conversation(result)]
    if not held:
        return []
    details = _details(held, options)
    scores = []
    for each in segments(held, options):
        total = each.rows.sum(axis=0)
        if math.isnan(value := each.figure(total)):
            continue
        scores.append(
            Score(
                each.name,
                value,
                f"{each.signature}|bs:{RESAMPLES}|seed:{SEED}",
                len(held),
                bootstrap(each),
                details[each.name],
            )
        )
    return scores


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """What each conversation adds to the figures; zeros for results of other tasks."""
    rows = [
        _counts(result, options) if _is_conversation(result) else [(0.0, 0.0)] * len(_NAMES)
        for result in results
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(_NAMES)
    return [
        share(name, list(column), _method(options))
        for name, column in zip(_NAMES, columns, strict=True)
    ]


_NAMES = ("conversation", "satisfied_users", "fulfilled_next", "regressions", "word_strokes")


def _counts(result: Result, options: Options) -> list[tuple[float, float]]:
    """(what is counted, out of what) of each figure."""
    satisfied = _is_satisfied(result, options)
    requests = _requests(result)
    broken = [request.broken for request in requests]
    return [
        (satisfied * _quality(result) / 100, 1),
        (satisfied, 1),
        (sum(request.fulfilled for request in requests), len(requests)),
        (sum(count for count, _ in broken), sum(out_of for _, out_of in broken)),
        (_typed(result) + _lacking(result, result.outputs[-1]), _length(result)),
    ]


def _is_conversation(result: Result) -> bool:
    return result.asked_after is not None


def _is_satisfied(result: Result, options: Options) -> bool:
    return not user.needs(result.sample, result.outputs[-1], options.kinds)


def _quality(result: Result) -> float:
    return sentence_chrf2(result.outputs[-1], result.sample.reference)


def _requests(result: Result) -> list[_Request]:
    return [
        _Request(wish, after, tuple(checks.holds(wish, text).ok for text in result.outputs))
        for wish, after in zip(result.wishes, result.asked_after or (), strict=True)
    ]


def _typed(result: Result) -> int:
    """The words of the translation that stand in the requests."""
    language = result.sample.target_lang
    texts = (
        text
        for wish in result.wishes
        for text in (wish.options.get("phrase", ""), *wish.options.get("items", ()))
        if wish.kind != "avoid"
    )
    return sum(len(_words(text, language)) for text in texts)


def _lacking(result: Result, text: str) -> int:
    """The reference's words that the text lacks, in their order: what is left to be typed."""
    wanted = _words(result.sample.reference, result.sample.target_lang)
    matcher = difflib.SequenceMatcher(
        None, _words(text, result.sample.target_lang), wanted, autojunk=False
    )
    return len(wanted) - sum(block.size for block in matcher.get_matching_blocks())


def _length(result: Result) -> int:
    return len(_words(result.sample.reference, result.sample.target_lang))


def _words(text: str, language: str) -> list[str]:
    return re.findall(r"\w+" if languages.is_spaced(language) else r"\w", text)


def _details(results: Sequence[Result], options: Options) -> dict[str, Json]:
    """What stands beside each figure."""
    turns = range(1, max(len(result.outputs) for result in results) + 1)
    until = {turn: [_until(result, turn) for result in results] for turn in turns}
    satisfied = {t: [_is_satisfied(each, options) for each in until[t]] for t in turns}
    quality = {t: [_quality(each) for each in until[t]] for t in turns}
    last = satisfied[max(turns)]
    needed = [len(r.outputs) - 1 for r, is_so in zip(results, last, strict=True) if is_so]
    return {
        "conversation": {
            "by_turn": {
                str(t): _mean([s * q for s, q in zip(satisfied[t], quality[t], strict=True)])
                for t in turns
            },
            "chrf2_by_turn": {str(t): _mean(quality[t]) for t in turns},
        },
        "satisfied_users": {
            "by_turn": {str(t): 100 * _mean(satisfied[t]) for t in turns},
            **({"turns": _mean(needed)} if needed else {}),
            "by_length": _grouped(zip(map(_length_class, results), last, strict=True)),
            "by_language": _grouped(zip(map(_direction, results), last, strict=True)),
        },
        "fulfilled_next": {
            "by_wish": _grouped(
                (request.wish.kind, request.fulfilled)
                for result in results
                for request in _requests(result)
            )
        },
        "regressions": {},
        "word_strokes": {
            "post_edit": 100
            * sum(_lacking(each, each.outputs[0]) for each in results)
            / max(1, sum(map(_length, results)))
        },
    }


def _until(result: Result, turn: int) -> Result:
    """The conversation as if it had ended with this turn of the assistant's."""
    return replace(result, outputs=result.outputs[:turn])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _grouped(found: Iterable[tuple[str, bool]]) -> Json:
    """{group: {"score": % that are so, "n": all}}, in the order of the groups' names."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for group, is_so in found:
        groups[group].append(is_so)
    return {
        name: {"score": 100 * _mean(each), "n": len(each)} for name, each in sorted(groups.items())
    }


def _length_class(result: Result) -> str:
    count = len(_words(result.sample.source, result.sample.source_lang))
    shortest = next((most for most in _LENGTHS if count <= most), None)
    return f"{shortest:02} words at most" if shortest else f"more than {_LENGTHS[-1]} words"


def _direction(result: Result) -> str:
    return f"{result.sample.source_lang}-{result.sample.target_lang}"


def _method(options: Options) -> str:
    return f"user:{','.join(options.kinds)}|{WISHES}"
