"""Pairs go through the filters: many at a time where they depend on nothing else, then in order.

What a filter that does not look back says of a pair depends on that pair alone, so some processes
say it of some thousand pairs each. The filters that look back then see what those before them left.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

from bayling.corpus import _scores
from bayling.corpus._ledger import Tally
from bayling.corpus._lot import Columns
from bayling.corpus.filters import LOT, Lot, Verdict, looks_back
from bayling.corpus.readers import Unread
from bayling.languages import Direction
from bayling.records import Pair

# Characters of pairs from which on they are enough for one process to judge at a time: a line may
# have a million, and each process has several lots before it.
MUCH = 2_000_000


@dataclass(frozen=True)
class Part:
    """A reader or filter with its options; `label` is what the ledger calls it, `directions` are
    those that a reader is asked for, and whether its input `names` them itself."""

    label: str
    module: ModuleType
    options: Any
    directions: tuple[Direction, ...] = ()
    names: bool = False


class _Drop(NamedTuple):
    """What the first of the filters that do not look back says which drops a pair."""

    filter: int
    verdict: Verdict


class _Answer(NamedTuple):
    """What is said of a lot: who is dropped, by place; scores; and, of the filters that look back
    at keys, by their number, the key of each place that none before them drops."""

    drops: dict[int, _Drop]
    scores: _scores.Known
    keys: dict[int, dict[int, Any]]


# Pairs, and scores of theirs that are known.
_Asked = tuple[Columns, _scores.Known]
Share = Callable[[Callable[[_Asked], _Answer], Iterable[_Asked]], Iterator[_Answer]]


# A pair and what is known of it before the filters that look back have seen it: its place in its
# lot, and the answer for that.
_Judged = tuple[Pair, int, _Answer]


@dataclass(frozen=True)
class Sieve:
    """The filters, what each did, who judges lots of pairs, and what is known of their scores."""

    filters: Sequence[Part]
    tallies: Sequence[Tally]
    share: Share
    scores: _scores.Scores

    def through(
        self,
        units: Iterable[Pair | Unread],
        direction: Direction,
        leave: Callable[[Unread], None],
        reject: Callable[[Pair, str, Verdict], None],
    ) -> Iterator[Pair]:
        """The pairs that all filters keep; the others go to `reject`, counted, what is no pair to
        `leave`."""

        def drop(pair: Pair, number: int, verdict: Verdict) -> None:
            tally = self.tallies[number]
            tally.drop(pair, verdict, direction)
            reject(pair, tally.name, verdict)

        judged = _judged(units, self, leave)
        for number, part in enumerate(self.filters):
            if looks_back(part.module):
                judged = _looked_back(_passed(judged, number, drop), number, part, drop)
        return (pair for pair, _, _ in _passed(judged, len(self.filters), drop))


def _judged(
    units: Iterable[Pair | Unread], sieve: Sieve, leave: Callable[[Unread], None]
) -> Iterator[_Judged]:
    """Each pair with what the filters that do not look back say; the rest is left to `leave`."""
    ahead: deque[list[Pair | Unread]] = deque()

    def asked() -> Iterator[_Asked]:
        for lot in _lots(units):
            ahead.append(lot)
            pairs = [unit for unit in lot if isinstance(unit, Pair)]
            yield Columns.of(pairs), sieve.scores.known(len(pairs))

    for answer in sieve.share(partial(_judge, sieve.filters), asked()):
        sieve.scores.keep(answer.scores)
        place = 0
        for unit in ahead.popleft():
            if isinstance(unit, Unread):
                leave(unit)
            else:
                yield unit, place, answer
                place += 1


def _lots(units: Iterable[Pair | Unread]) -> Iterator[list[Pair | Unread]]:
    lot: list[Pair | Unread] = []
    size = 0
    for unit in units:
        lot.append(unit)
        if isinstance(unit, Pair):
            size += len(unit.source) + len(unit.target)
            size += len(repr(unit.meta)) if unit.meta else 0
        if len(lot) == LOT or size >= MUCH:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _judge(filters: Sequence[Part], asked: _Asked) -> _Answer:
    """Of those pairs of a lot (by their place) that filters drop which do not look back: the first;
    and what was measured."""
    columns, known = asked
    answer = _Answer({}, {}, {})
    left = list(range(len(columns)))
    for number, part in enumerate(filters):
        if looks_back(part.module):
            if hasattr(part.module, "keys"):
                keys = part.module.keys(Lot(columns, left), part.options)
                answer.keys[number] = dict(zip(left, keys, strict=True))
            continue
        limit, places = _limit(part), left
        if limit is not None and number in known:
            # What is kept needs no reason.
            before = known[number]
            places = [place for place in left if not _scores.within(before[place], *limit)]
        verdicts: list[Verdict] = []
        if places:
            verdicts += part.module.judge(Lot(columns, places), part.options)
        if limit is not None:
            scores = answer.scores[number] = known.get(number, _scores.none(len(columns)))
            for place, verdict in zip(places, verdicts, strict=True):
                scores[place] = verdict.score
        for place, verdict in zip(places, verdicts, strict=True):
            if not verdict.keep:
                answer.drops[place] = _Drop(number, verdict)
        left = [place for place in left if place not in answer.drops]
    return answer


def _limit(part: Part) -> tuple[float, str] | None:
    """The threshold of a filter that has one, and whether it is the "most" or the "least"."""
    named: tuple[str, str] | None = getattr(part.module, "THRESHOLD", None)
    return named and (getattr(part.options, named[0]), named[1])


def measuring(filters: Sequence[Part], made_from: Any) -> dict[int, tuple[str, str]]:
    """The filters whose scores are kept, with what these depend on."""
    found = {}
    for number, part in enumerate(filters):
        if _limit(part) is None or looks_back(part.module):
            continue
        options = dict(vars(part.options))
        del options[part.module.THRESHOLD[0]]
        found[number] = (part.label, _scores.key([made_from, part.label], options))
    return found


def _passed(
    judged: Iterator[_Judged], number: int, drop: Callable[[Pair, int, Verdict], None]
) -> Iterator[_Judged]:
    """Without the pairs that a filter drops before this one, which does not look back."""
    for each in judged:
        pair, place, answer = each
        found = answer.drops.get(place)
        if found is None or found.filter >= number:
            yield each
        else:
            drop(pair, *found)


def _looked_back(
    judged: Iterator[_Judged], number: int, part: Part, drop: Callable[[Pair, int, Verdict], None]
) -> Iterator[_Judged]:
    """Without the pairs that a filter drops which looks back."""
    # The filter consumes one copy of the stream; tee holds what it has read ahead.
    judged, copy = itertools.tee(judged)
    if hasattr(part.module, "keys"):
        seen: Iterator[Any] = (answer.keys[number][place] for _, place, answer in copy)
    else:
        seen = (pair for pair, _, _ in copy)
    verdicts: Iterator[Verdict] = part.module.judge(seen, part.options)
    for each, verdict in zip(judged, verdicts, strict=True):
        if verdict.keep:
            yield each
        else:
            drop(each[0], number, verdict)
