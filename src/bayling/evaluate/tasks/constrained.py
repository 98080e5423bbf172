"""One turn: translate this and use these words of the reference."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.evaluate.tasks import Flow, _asking
from bayling.records import Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, whether in phrasings that no training uses, and how many
    words they ask for at most."""

    most: Annotated[int, Field(ge=1)] = 3


def suits(sample: Sample, options: Options) -> bool:
    return bool(sample.terms)


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    count = rng.randint(1, min(options.most, len(sample.terms)))
    words = [target for _, target in rng.sample(sample.terms, count)]
    return _asking.one_turn(sample, options, rng, words)
