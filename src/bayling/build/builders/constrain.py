"""Words to use, asked together with the translation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.build.builders import Resources, ask, expected
from bayling.records import Check, Dialogue, Message, Pair, Span


@dataclass(frozen=True)
class Options:
    """At most `most` words or phrases are asked for at once."""

    most: Annotated[int, Field(ge=1)] = 3


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        terms = resources.aligner.terms(pair)
        if not terms:
            continue
        chosen = rng.sample(terms, rng.randint(1, min(options.most, len(terms))))
        words = [term.target for term in chosen]
        request = Message("user", ask("constrain", pair, resources, rng, words=words))
        wishes = tuple(Check("contain", {"phrase": word}) for word in words)
        answer = Message(
            "assistant",
            pair.target,
            learn=True,
            spans=tuple(Span(term.start, term.end, "term") for term in chosen),
            checks=(*expected(pair), *wishes),
        )
        yield Dialogue(
            (request, answer), "constrain", pair.source_lang, pair.target_lang, pair.id, (pair.id,)
        )
