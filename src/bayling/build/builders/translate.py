"""One turn: a source text and its translation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayling.build.builders import Resources, dialogue, translated
from bayling.records import Dialogue, Message, Pair

# Tells the stage that nearly every pair lends itself to this, so that choosier kinds come first.
TAKES_ANY = True


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        request = Message("user", resources.user(pair, rng).ask("translate"))
        yield dialogue("translate", pair, (request, translated(pair)))
