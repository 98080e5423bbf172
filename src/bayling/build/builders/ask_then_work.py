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
        if len(questions) == 1:
            resources.pass_over("it has neither numbers nor words that can be counted")
            continue
        turns = [Message("user", user.ask("translate")), translated(pair)]
        for exchange in _some(questions, options.most, rng):
            turns += exchange
        yield dialogue("ask_then_work", pair, turns)


def _some(
    questions: list[_questions.Exchange], most: int, rng: random.Random
) -> list[_questions.Exchange]:
    """Some of them, never the last one, about the language, alone."""
    chosen = rng.sample(questions, rng.randint(1, min(most, len(questions))))
    return chosen if chosen != questions[-1:] else [rng.choice(questions[:-1])]
