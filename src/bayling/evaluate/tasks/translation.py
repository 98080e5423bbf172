"""One turn: translate this."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bayling.evaluate.tasks import Flow, _asking
from bayling.records import Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, and whether in phrasings that no training uses."""


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    return _asking.one_turn(sample, options, rng)
