"""A limit of words or characters: asked together with the translation, or of a first answer that
is longer, where the memory has a shorter translation of the same source.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import checks, languages, register
from bayling.build.builders import Resources, dialogue, translated
from bayling.differences import changed
from bayling.records import Check, Dialogue, Message, Pair

# Tells the stage that nearly every pair lends itself to this, so that choosier kinds come first.
TAKES_ANY = True


_ROUND = 5


@dataclass(frozen=True)
class Options:
    """`room` is how much longer than the translation a limit may be, as a share of it (0–1): the
    users of a translator ask for what is hard to keep."""

    room: Annotated[float, Field(ge=0, le=1)] = 0.15


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        unit: checks.Unit = rng.choice(("words", "characters"))
        if not languages.is_spaced(pair.target_lang):
            unit = "characters"
        size = checks.size(pair.target, unit)
        most = _limit(size, options.room, unit, rng)
        if most < 2:
            resources.pass_over("it is too short for a limit")
            continue
        user = resources.user(pair, rng)
        wish = Check("length", {"most": most, "unit": unit})
        longer = [
            each
            for each in resources.memory.variants(pair)
            if checks.size(each.target, unit) > most
            and register.of(each.target, each.target_lang)
            == register.of(pair.target, pair.target_lang)
        ]
        if not longer:
            request = Message("user", user.ask(f"translate_{unit}", count=most))
            yield dialogue("length", pair, (request, translated(pair, (wish,))))
            continue
        draft = rng.choice(longer)
        turns = (
            Message("user", user.ask("translate")),
            translated(draft, learn=False),
            Message("user", user.ask(f"shorter_{unit}", count=most)),
            translated(pair, (wish,), changed(draft.target, pair.target, pair.target_lang)),
        )
        yield dialogue("length", pair, turns, draft)


def _limit(size: int, room: float, unit: checks.Unit, rng: random.Random) -> int:
    """A limit that the size keeps; of characters a round one, where there is room for one."""
    most = rng.randint(size, int(size * (1 + room)))
    rounded = -(-size // _ROUND) * _ROUND
    return rounded if unit == "characters" and rounded <= size * (1 + room) else most
