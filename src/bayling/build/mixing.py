"""Dialogues in the shares of a mix: pairs go to the builders in lots, many of them on all cores.

A lot is the same pairs with the same seed however many processes there are, and lots are taken in
their order, so the dialogues are the same, byte for byte.
"""

from __future__ import annotations

import math
import random
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import NamedTuple

from bayling import checks, parts, processes, terminal
from bayling.build.builders import Resources
from bayling.build.stored import as_line
from bayling.config import Build, needs_answers
from bayling.records import Dialogue, Pair
from bayling.wording import Deck

# Pairs in a lot.
LOT = 256
# Starting processes costs more than it saves below so many dialogues.
_WORTH_PROCESSES = 1000


class Made(NamedTuple):
    """A dialogue as its line; `reasons` say which of its own checks it fails (() for none)."""

    line: str
    id: str
    pair_ids: tuple[str, ...]
    reasons: tuple[str, ...]


# The round, from 1, and the pairs.
_Lot = tuple[int, list[Pair]]


@dataclass
class Tally:
    """What became of the pairs: dialogues made and asked for by kind, and, by kind and reason, the
    pairs that were passed over."""

    made: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    passed_over: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rejected: int = 0
    first_rejection: str = ""

    def add(self, other: Tally) -> None:
        """What became of another direction's pairs."""
        self.made.update(other.made)
        self.wanted.update(other.wanted)
        for kind, reasons in other.passed_over.items():
            self.passed_over[kind].update(reasons)
        self.rejected += other.rejected
        self.first_rejection = self.first_rejection or other.first_rejection


@dataclass(frozen=True)
class _Taken:
    """The pairs that a kind has used, in rounds before and in this one."""

    before: frozenset[str]
    now: set[str]


@dataclass(frozen=True)
class Mixer:
    """Makes dialogues from pairs as the settings say; `workers` processes at most.

    `seen` are dialogues and pairs, by id, that are not to be used (again).
    """

    settings: Build
    resources: Resources
    seed: int | str
    workers: int
    seen: set[str]

    def make(self, count: int, pairs: Sequence[Pair], tally: Tally) -> Iterator[Made]:
        """About `count` dialogues in the shares of the mix, and what failed its own checks.

        Where there are fewer pairs than dialogues wanted, each kind first gets its share of them,
        then what is left goes to whoever still wants some, and then the further rounds begin.
        No pair is in dialogues of two kinds, nor twice in a round in conversations about several
        texts.
        """
        quotas = self._quotas(count)
        tally.wanted.update(quotas)
        own: dict[str, set[str]] = {kind: set() for kind in quotas}
        sated: set[str] = set()
        total = sum(share for share, _ in self.settings.builders().values())
        for kind, quota in quotas.items():
            fair = quota
            # Answers are few already, and what needs no pairs takes none away.
            if _says(kind, "NEEDS_PAIRS", True) and not needs_answers(kind):
                share = self.settings.builders()[kind][0] / total
                fair = min(quota, math.ceil(len(pairs) * share))
            yield from self._round(kind, 1, fair, pairs, own[kind], tally)
            # Who did not come to its share has seen every free pair.
            if tally.made[kind] < fair:
                sated.add(kind)
        for number in range(1, self.settings.rounds + 1):
            for kind, quota in quotas.items():
                left = quota - tally.made[kind]
                if number == 1 and kind in sated:
                    continue
                if left and _says(kind, "NEEDS_PAIRS", True):
                    yield from self._round(kind, number, left, pairs, own[kind], tally)

    def _quotas(self, count: int) -> dict[str, int]:
        """The dialogues wanted of each kind, the choosiest first."""
        builders = self.settings.builders()
        total = sum(share for share, _ in builders.values())
        running, given, quotas = 0.0, 0, {}
        for kind in sorted(builders, key=_choosiest):
            # Rounded as a running sum, so that thirds of 100 make 100.
            running += builders[kind][0]
            quotas[kind] = round(count * running / total) - given
            given += quotas[kind]
        return quotas

    def _round(
        self,
        kind: str,
        number: int,
        quota: int,
        pairs: Sequence[Pair],
        own: set[str],
        tally: Tally,
    ) -> Iterator[Made]:
        """Up to `quota` dialogues of a kind, of pairs that are free, or in later rounds of its
        `own`."""
        again = frozenset(own) if number > 1 else None
        taken: set[str] = set()
        lots = self._lots(kind, number, again, pairs)
        yield from self._make(kind, quota, lots, _Taken(frozenset(own), taken), tally)
        own.update(taken)
        self.seen.update(taken)

    def _make(
        self, kind: str, quota: int, lots: Iterator[_Lot], taken: _Taken, tally: Tally
    ) -> Iterator[Made]:
        if not quota:
            return
        work = _Work(kind, self.settings, self.resources, self.seed)
        workers = self.workers if quota >= _WORTH_PROCESSES else 1
        made = processes.in_order(work.make_lot, enumerate(lots), workers)
        # A few dialogues are made before a bar would show.
        with terminal.bar(f"Dialogues: {kind}", quota) if workers > 1 else nullcontext() as bar:
            for each in self._takeable(made, taken, kind, tally):
                yield each
                if not each.reasons:
                    quota -= 1
                    if bar is not None:
                        bar.advance()
                if not quota:
                    break

    def _takeable(
        self,
        made: Iterator[tuple[list[Made], Counter[str]]],
        taken: _Taken,
        kind: str,
        tally: Tally,
    ) -> Iterator[Made]:
        """What may be used, counted, and what failed its own checks."""
        for lot, passed_over in made:
            tally.passed_over[kind].update(passed_over)
            for each in lot:
                if self._is_used(each, taken):
                    continue
                if each.reasons:
                    tally.rejected += 1
                    tally.first_rejection = tally.first_rejection or each.reasons[0]
                else:
                    taken.now.update(each.pair_ids or (each.id,))
                    tally.made[kind] += 1
                yield each

    def _is_used(self, made: Made, taken: _Taken) -> bool:
        if made.id in self.seen and made.id not in taken.before:
            return True
        if any(name in self.seen and name not in taken.before for name in made.pair_ids):
            return True
        # A conversation about several texts takes them all for itself.
        return len(made.pair_ids) > 1 and not taken.now.isdisjoint(made.pair_ids)

    def _lots(
        self, kind: str, number: int, again: frozenset[str] | None, pairs: Sequence[Pair]
    ) -> Iterator[_Lot]:
        """The pairs that are still free, or those to be used `again`, in round `number`."""
        if not _says(kind, "NEEDS_PAIRS", True):
            yield number, []
            return
        # Each kind in an order of its own, or the later ones got what the choosier ones left over.
        order = array("q", range(len(pairs)))
        random.Random(f"{self.seed}:{kind}:{number}").shuffle(order)
        ordered = (pairs[place] for place in order)
        free = (
            pair
            for pair in ordered
            if (pair.id not in self.seen if again is None else pair.id in again)
        )
        if needs_answers(kind):
            # They are few, and are to be used all before any is used twice.
            yield number, [pair for pair in free if pair.id in self.resources.answers]
            return
        while lot := list(islice(free, LOT)):
            yield number, lot


@dataclass(frozen=True)
class _Work:
    """What a process knows about the kind in hand."""

    kind: str
    settings: Build
    resources: Resources
    seed: int | str

    def make_lot(self, numbered: tuple[int, _Lot]) -> tuple[list[Made], Counter[str]]:
        number, (round_, pairs) = numbered
        rng = random.Random(f"{self.seed}:{self.kind}:{round_}:{number}")
        own = replace(self.resources, deck=Deck(), passed_over=Counter())
        options = parts.options("builder", self.kind, self.settings.builders()[self.kind][1])
        built = parts.load("builder", self.kind).build(pairs, own, options, rng)
        return _made([*built], round_), own.passed_over


def _says(kind: str, what: str, otherwise: bool) -> bool:
    """What a builder says of itself."""
    return bool(getattr(parts.load("builder", kind), what, otherwise))


def _choosiest(kind: str) -> tuple[bool, bool, str]:
    """The order in which kinds choose among the pairs."""
    return not needs_answers(kind), _says(kind, "TAKES_ANY", False), kind


def _made(dialogues: Sequence[Dialogue], round_: int) -> list[Made]:
    """Dialogues of a lot, with what their own checks say of them."""
    messages = [message for dialogue in dialogues for message in dialogue.messages]
    by_message = iter(checks.failures_of_all([(each.checks, each.text) for each in messages]))
    made = []
    for dialogue in dialogues:
        if round_ > 1:
            dialogue = replace(dialogue, id=f"{dialogue.id}-r{round_}")
        failed = chain.from_iterable(islice(by_message, len(dialogue.messages)))
        reasons = tuple(reason for _, reason in failed)
        row = dialogue.to_json()
        line = as_line({**row, "reasons": list(reasons)} if reasons else row)
        made.append(Made(line, dialogue.id, dialogue.pair_ids, reasons))
    return made
