"""One turn: a source text and its translation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayling.build.builders import Resources, ask, expected
from bayling.records import Dialogue, Message, Pair


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        request = Message("user", ask("translate", pair, resources, rng))
        answer = Message("assistant", pair.target, learn=True, checks=expected(pair))
        yield Dialogue(
            (request, answer), "translate", pair.source_lang, pair.target_lang, pair.id, (pair.id,)
        )
