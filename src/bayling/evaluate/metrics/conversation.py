"""How conversations with a user end: satisfied or not, after how many requests, what was broken on
the way, and what the user still has to type.

Of several figures one alone can be had cheaply: a text that recites the wishes fulfils them, a
model that ignores every request breaks nothing. `conversation` takes quality and satisfaction
together; who hangs each word asked for on the end of a good answer still loses quality alone.

Of a person or a model in the simulated user's place nobody knows what exactly was wished for: what
follows from that alone has no figure then.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bayling.errors import UserError
from bayling.evaluate import place, user
from bayling.evaluate.metrics import Segments, _strokes
from bayling.evaluate.metrics._answers import right, until, words
from bayling.evaluate.metrics._statistics import RESAMPLES, SEED, bootstrap, share, wilson
from bayling.evaluate.metrics._surface import sentence_chrf2
from bayling.records import Check, Json, Result, Score

# Words (characters where no spaces are written) of a source, to break figures down by.
_LENGTHS = (5, 10, 20)


@dataclass(frozen=True)
class Options:
    """Nothing to choose: the user is that of the task (`bayling.evaluate.user`, `place`)."""


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
        """How often an answer breaks it that the one before fulfilled, and might have."""
        later = self.held[self.after :]
        steps = [after for before, after in pairwise(later) if before]
        return steps.count(False), len(steps)


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """Figures of the task `interactive`; [] for results of others. Raises `UserError` for results
    with different users.

    conversation  the mean sentence chrF2 of the final answers, 0 for each user who is not
                  satisfied with it: 100 only for the references themselves
    satisfied_users  % of users with nothing left to ask for; `details` has `turns`, the mean number
                  of requests of those who are, and breaks the figure down by the source's length
                  and the languages
    fulfilled_next  % of requests that the very next answer fulfils, by kind of wish as well
    regressions   % of wishes that an answer breaks which the one before it fulfilled
    word_strokes  the words that a user types, those in the requests and those that the final
                  answer still lacks, in % of the reference's; `details["post_edit"]`: without any
                  request, the words that the first answer lacks

    `details["by_turn"]` of the first two are the figures had every conversation ended with the
    first, second … answer at the latest. The last two are better the smaller they are.

    Who took the simulated user's place is satisfied when he says so, and what he types are all
    words of his requests; instead of `fulfilled_next` and `regressions` there are

    changed_words  % of an answer's words that the next one lacks, whether asked to change or not
    unread        % of conversations that ended as a model's reply could not be read, by reason as
                  well; they are in no other figure
    """
    every = [result for result in results if _is_conversation(result)]
    held = [result for result in every if _is_known(result)]
    details = {"unread": _reasons(every), **(_details(held) if held else {})}
    told = {"user": every[0].user.name} if every and every[0].user else {}
    scores = []
    for each in segments(every, options):
        total = each.rows.sum(axis=0)
        if math.isnan(value := each.figure(total)):
            continue
        # Requests of one conversation hang together, and are drawn together.
        interval, method = bootstrap(each), f"bs:{RESAMPLES}|seed:{SEED}"
        if each.name in ("satisfied_users", "unread"):
            interval, method = wilson(int(total[0]), int(total[1])), "interval:wilson95"
        signature, n = f"{each.signature}|{method}", len(every if each.name == "unread" else held)
        beside = {**told, **details[each.name]}
        scores.append(Score(each.name, value, signature, n, interval, beside))
    return scores


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """What each conversation adds to the figures; zeros for results of other tasks."""
    names, method = _kind_of_user([result for result in results if _is_conversation(result)])
    rows = [_counts(result) if _is_conversation(result) else {} for result in results]
    return [share(name, [row.get(name, (0.0, 0.0)) for row in rows], method) for name in names]


_OF_ALL = ("conversation", "satisfied_users", "word_strokes")


def _kind_of_user(held: Sequence[Result]) -> tuple[tuple[str, ...], str]:
    """The figures that there are, and how they come about, for the signatures."""
    names = sorted({place.user_of(result) for result in held}) or [place.SIMULATED]
    if len(names) > 1:
        raise UserError(
            f"The results are of conversations with different users, {' and '.join(names)}; "
            "score those of one user at a time."
        )
    if names == [place.SIMULATED]:
        of_wishes = ("fulfilled_next", "regressions")
        return (*_OF_ALL[:2], *of_wishes, *_OF_ALL[2:]), "user:simulated|words:any-form"
    # A person is asked again until the reply can be read.
    further = ("changed_words",) if names == [place.PERSON] else ("changed_words", "unread")
    return (*_OF_ALL, *further), f"user:{names[0]}|satisfied:by-his-own-word"


def _counts(result: Result) -> dict[str, tuple[float, float]]:
    """(what is counted, out of what) of each figure."""
    if not _is_known(result):
        return {"unread": (1, 1)}
    satisfied = _is_satisfied(result)
    found: dict[str, tuple[float, float]] = {
        "conversation": (satisfied * _quality(result) / 100, 1),
        "satisfied_users": (satisfied, 1),
        "word_strokes": _strokes.typed(result),
    }
    if result.user:
        return {**found, "changed_words": _changed(result), "unread": (0, 1)}
    requests = _requests(result)
    # A wish that was asked for twice is still one.
    first = {str(request.wish): request for request in reversed(requests)}
    broken = [request.broken for request in first.values()]
    return {
        **found,
        "fulfilled_next": (sum(request.fulfilled for request in requests), len(requests)),
        "regressions": (sum(count for count, _ in broken), sum(out_of for _, out_of in broken)),
    }


def _is_conversation(result: Result) -> bool:
    return result.asked_after is not None


def _is_known(result: Result) -> bool:
    """Whether it is known if the user was satisfied."""
    return result.user is None or result.user.satisfied is not None


def _is_satisfied(result: Result, turn: int | None = None) -> bool:
    """With the answer of a turn, the last one of a conversation that is shorter."""
    if result.user is None:
        return not user.needs(result.sample, result.outputs[:turn][-1])
    # Whoever read one answer more had asked for it.
    is_last = turn is None or turn >= len(result.outputs)
    return is_last and bool(result.user.satisfied)


def _quality(result: Result) -> float:
    return sentence_chrf2(result.outputs[-1], result.sample.reference)


def _requests(result: Result) -> list[_Request]:
    return [
        _Request(wish, after, tuple(user.grants(wish, text) for text in result.outputs))
        for wish, after in zip(result.wishes, result.asked_after or (), strict=True)
    ]


def _changed(result: Result) -> tuple[float, float]:
    """(words that the next answer lacks, words) of every answer but the last."""
    steps = list(pairwise(words(text, result.sample.target_lang) for text in result.outputs))
    return sum(len(one) - len(right(other, one)) for one, other in steps), sum(
        len(one) for one, _ in steps
    )


def _details(results: Sequence[Result]) -> dict[str, Json]:
    """What stands beside each figure."""
    turns = range(1, max(len(result.outputs) for result in results) + 1)
    ended = {turn: [until(result, turn) for result in results] for turn in turns}
    satisfied = {t: [_is_satisfied(each, t) for each in results] for t in turns}
    quality = {t: [_quality(each) for each in ended[t]] for t in turns}
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
                (_kind(request.wish), request.fulfilled)
                for result in results
                for request in _requests(result)
            )
        },
        "regressions": {},
        "changed_words": {},
        "word_strokes": {"post_edit": _strokes.post_edit(results)},
    }


def _reasons(results: Sequence[Result]) -> dict[str, Json]:
    """How many conversations ended for each reason why a reply could not be read."""
    reasons = Counter(each.user.reason for each in results if each.user and each.user.reason)
    return {"by_reason": dict(sorted(reasons.items()))} if reasons else {}


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
    count = len(words(result.sample.source, result.sample.source_lang))
    shortest = next((most for most in _LENGTHS if count <= most), None)
    return f"{shortest:02} at most" if shortest else f"more than {_LENGTHS[-1]}"


def _kind(wish: Check) -> str:
    """The user's word for it: `word` is a term or another word of the reference."""
    if wish.kind == "length":
        return "missing" if wish.options.get("least") else "length"
    return {"contain": "word", "keep": "item", "avoid": "unwanted"}.get(wish.kind, wish.kind)


def _direction(result: Result) -> str:
    return f"{result.sample.source_lang}-{result.sample.target_lang}"
