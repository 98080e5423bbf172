"""One turn: translate this. No words are given, but it is counted which of the terms are used all
the same: the floor of `terms_proper`."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bayling.evaluate.tasks import Flow, _asking, _terms
from bayling.records import Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, and whether in phrasings that no training uses."""


def suits(sample: Sample, options: Options) -> bool:
    return bool(_terms.terms(sample))


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    return _asking.one_turn(sample, options, rng, measured=_terms.terms(sample))
