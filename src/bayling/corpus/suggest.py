"""Thresholds for a corpus, from what its own pairs score.

Each filter that has a threshold scores the same pairs, in use or not, by itself and not what others
left. What is proposed is the value beyond which a small share of the pairs lies: no judgement of
quality, but a beginning, with the pairs next to it on the far side to look at.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from bayling import parts
from bayling.corpus import run as stage
from bayling.corpus.filters import verdicts
from bayling.errors import UserError
from bayling.languages import Direction
from bayling.records import Pair

if TYPE_CHECKING:
    from bayling.config import Corpus

# Pairs that are scored, a fair sample of all, and the share of them that a proposal drops at most.
SAMPLE = 100_000
SHARE = 0.01
_EXAMPLES = 3
# Filters that take hours for a sample, and are asked only where they are in use.
_SLOW = ("similarity",)
# Pairs below which a proposal says little.
_FEW = 1000
# Characters of a pair that is too long to be one of the sample.
_LONG = 5000
_SHOWN = 200  # characters


@dataclass(frozen=True)
class Threshold:
    """One filter's threshold on `pairs` sampled pairs: the option, what it is `now`, or would be
    where the filter is not `used`, and what is `proposed`, the share (0–1) that either drops, and
    pairs just beyond the proposal, or beyond `now` if that is stricter or the filter not used, the
    nearest first, with their scores."""

    filter: str
    option: str
    used: bool
    now: float
    drops_now: float
    proposed: float
    drops: float
    beyond: tuple[tuple[float, Pair], ...]


def run(settings: Corpus, directions: Sequence[Direction]) -> tuple[int, list[Threshold]]:
    """How many pairs were scored, and a proposal for each filter with a threshold: those of
    `settings`, then the others.

    Raises what reading raises, and `UserError` where there is no pair.
    """
    used: list[tuple[str, dict[str, Any] | None]] = [parts.split(spec) for spec in settings.filters]
    names = {*_SLOW, *(name for name, _ in used)}
    others = [(name, None) for name in parts.names("filter") if name not in names]
    able = [each for each in (*used, *others) if _threshold(each[0])]
    pairs = _sample(stage.pairs(settings, directions), SAMPLE)
    if not pairs:
        raise UserError("The inputs hold no pair in the directions asked for; nothing was read.")
    return len(pairs), [_proposal(*each, pairs, directions) for each in able]


def _threshold(name: str) -> tuple[str, str] | None:
    found: tuple[str, str] | None = getattr(parts.load("filter", name), "THRESHOLD", None)
    return found


def _sample(pairs: Iterable[Pair], most: int) -> list[Pair]:
    """`most` of the pairs that are not too long to be held, each as likely as any other, in their
    order."""
    chance = random.Random(0)
    found: list[tuple[int, Pair]] = []
    short = (pair for pair in pairs if len(pair.source) + len(pair.target) < _LONG)
    for number, pair in enumerate(short):
        if number < most:
            found.append((number, pair))
        elif (place := chance.randrange(number + 1)) < most:
            found[place] = (number, pair)
    return [pair for _, pair in sorted(found, key=lambda each: each[0])]


def _proposal(
    name: str, values: dict[str, Any] | None, pairs: Sequence[Pair], directions: Sequence[Direction]
) -> Threshold:
    option, side = _threshold(name) or ("", "")
    options, module = parts.options("filter", name, values or {}), parts.load("filter", name)
    # Each direction goes through a filter of its own, as in cleaning.
    apart = groupby(pairs, lambda pair: pair.direction.within(directions))
    found = chain.from_iterable(verdicts(module, options, each) for _, each in apart)
    # So that more is worse, whichever side is kept.
    sign = 1 if side == "most" else -1
    scores = [sign * verdict.score for verdict in found]
    now = sign * getattr(options, option)
    # Written as a recipe would have it, and no stricter for it.
    proposed = _rounded(sorted(scores)[math.ceil((1 - SHARE) * len(scores)) - 1])
    # What a looser one would let back in is what there is to look at.
    border = now if values is None else min(now, proposed)
    beyond = sorted((score, place) for place, score in enumerate(scores) if score > border)
    return Threshold(
        filter=name,
        option=option,
        used=values is not None,
        now=sign * now,
        drops_now=_share(scores, now),
        proposed=sign * proposed,
        drops=_share(scores, proposed),
        beyond=tuple((sign * score, pairs[place]) for score, place in beyond[:_EXAMPLES]),
    )


def _rounded(value: float) -> float:
    """Up, to two places."""
    rounded = math.ceil(round(value * 100, 6)) / 100
    return int(rounded) if rounded == int(rounded) else rounded


def _share(scores: Sequence[float], threshold: float) -> float:
    return sum(score > threshold for score in scores) / len(scores)


def show(count: int, found: Sequence[Threshold], filters: Sequence[Any]) -> None:
    """A table, the pairs at the border, and the filters as a recipe writes them."""
    from rich.table import Table

    from bayling import terminal

    table = Table(title=f"Thresholds, by {count:,} pairs", title_justify="left")
    for head in ("filter", "option", "now", "drops", "proposed", "drops"):
        table.add_column(head, justify="left" if head in ("filter", "option") else "right")
    for each in found:
        shares = (f"{each.drops_now:.1%}", f"{each.drops:.1%}")
        now = f"{each.now:g}" if each.used else f"not in use ({each.now:g})"
        table.add_row(each.filter, each.option, now, shares[0], f"{each.proposed:g}", shares[1])
    terminal.console().print(table)
    for each in found:
        for score, pair in each.beyond:
            texts = " | ".join(map(_line, (pair.source, pair.target)))
            terminal.say(f"just beyond {each.filter} ({score:.3g}): {texts}")
    for each in found:
        if not each.used and each.drops_now > SHARE:
            terminal.say(
                f"{each.filter}, which is not in use, would drop {each.drops_now:.1%}: if what "
                "lies beyond it is wrong, add it to the filters."
            )
    terminal.say(
        "A proposal drops the farthest 1 % at most: look at what lies beyond, and keep what you "
        "have where that is right. What is stricter already stays in these, for a recipe or "
        "--set 'corpus.filters=[…]':"
    )
    terminal.say(f"  filters: [{', '.join(_written(spec, found) for spec in filters)}]")
    if count < _FEW:
        terminal.say(f"Of {count:,} pairs a hundredth says little; propose from {_FEW:,} or more.")


def _written(spec: Any, found: Sequence[Threshold]) -> str:
    """A filter as a recipe has it, with what is proposed for it if that is stricter."""
    name, values = parts.split(spec)
    proposed = {
        each.option: each.proposed
        for each in found
        if each.filter == name and each.drops > each.drops_now
    }
    options = ", ".join(f"{key}: {value}" for key, value in {**values, **proposed}.items())
    return f"{name}: {{{options}}}" if options else name


def _line(text: str) -> str:
    """A text's beginning, in one line and without what would steer the terminal."""
    begun = text[:_SHOWN]
    plain = " ".join("".join(each if each.isprintable() else " " for each in begun).split())
    return plain if len(text) <= _SHOWN else f"{plain} …"
