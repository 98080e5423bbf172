"""A translation, then something else about the text, which the pair itself answers.

BayLing's example of an interactive translation ends so: the user leaves translating and goes on
with the text (papers.md §1.2).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.build.builders import Resources, _questions, dialogue, translated
from bayling.records import Dialogue, Message, Pair

# The share of pairs passed over about which one could only ask what language they are in.
_DULL = 0.7

# Tells the stage that nearly every pair lends itself to this, so that choosier kinds come first.
TAKES_ANY = True


@dataclass(frozen=True)
class Options:
    """At most `most` questions, one after the other."""

    most: Annotated[int, Field(ge=1)] = 2


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        user = resources.user(pair, rng)
        found = [
            _questions.count_words(pair, user),
            _questions.list_numbers(pair, user),
            _questions.name_language(pair, user, rng),
        ]
        questions = [each for each in found if each is not None]
        # Which language it is, one knows; by itself that is too little to talk about.
        if len(questions) == 1 and rng.random() < _DULL:
            resources.pass_over("it has neither numbers nor words that can be counted")
            continue
        turns = [Message("user", user.ask("translate")), translated(pair)]
        for exchange in rng.sample(questions, rng.randint(1, min(options.most, len(questions)))):
            turns += exchange
        yield dialogue("ask_then_work", pair, turns)
