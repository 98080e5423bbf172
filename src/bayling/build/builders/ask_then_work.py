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


# How often one asks which language it is, where one may.
_LANGUAGE = 0.5


@dataclass(frozen=True)
class Options:
    """At most `most` questions, one after the other."""

    most: Annotated[int, Field(ge=1)] = 2


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        user = resources.user(pair, rng)
        turns = [Message("user", user.ask("translate")), translated(pair)]
        found = [_questions.count_words(pair, user), _questions.list_numbers(pair, user)]
        questions = [each for each in found if each is not None]
        if not questions:
            resources.pass_over("it has neither numbers nor words that can be counted")
            continue
        # Which language it is, one asks beside something else.
        language = _questions.name_language(pair, user)
        chosen = rng.sample(questions, rng.randint(1, min(options.most, len(questions))))
        if language is not None and len(chosen) < options.most and rng.random() < _LANGUAGE:
            chosen.append(language)
        for exchange in chosen:
            turns += exchange
        yield dialogue("ask_then_work", pair, turns)
