"""One turn: translate this and use these words, which are as many as the sample has terms, drawn at
random from the rest of the reference: a system that obeys, or one that knows terms?"""

from __future__ import annotations

import random
from dataclasses import dataclass

from bayling.evaluate.tasks import Flow, _asking, _terms
from bayling.records import Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, and whether in phrasings that no training uses."""


def suits(sample: Sample, options: Options) -> bool:
    """Whether it has terms, and other words; not in languages without spaces between words."""
    return bool(_terms.terms(sample) and _terms.others(sample))


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    others = _terms.others(sample)
    count = min(len(others), len(_terms.terms(sample)))
    return _asking.one_turn(sample, options, rng, rng.sample(others, count))
