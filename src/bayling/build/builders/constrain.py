"""Words to use, asked together with the translation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.build.builders import Resources, dialogue, translated
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
            resources.pass_over("no word of it is surely aligned")
            continue
        chosen = rng.sample(terms, rng.randint(1, min(options.most, len(terms))))
        words = [term.target for term in chosen]
        request = Message("user", resources.user(pair, rng).ask("constrain", words=words))
        wishes = [Check("contain", {"phrase": word}) for word in words]
        spans = [Span(term.start, term.end, "term") for term in chosen]
        yield dialogue("constrain", pair, (request, translated(pair, wishes, spans)))
