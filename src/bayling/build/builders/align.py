"""A translation, then questions about it: which word stands for this one?"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.build.builders import Resources, _questions, dialogue, translated
from bayling.records import Dialogue, Message, Pair


@dataclass(frozen=True)
class Options:
    """At most `most` words are asked about, one after the other."""

    most: Annotated[int, Field(ge=1)] = 2


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        terms = _questions.askable(pair, resources)
        if not terms:
            resources.pass_over("no word of it is surely aligned")
            continue
        user = resources.user(pair, rng)
        turns = [Message("user", user.ask("translate")), translated(pair)]
        for term in rng.sample(terms, rng.randint(1, min(options.most, len(terms)))):
            turns += _questions.word_for(term.source, term.target, user)
        yield dialogue("align", pair, turns)
