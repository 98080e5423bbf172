"""One turn: translate this and use these words of the reference."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.evaluate.tasks import Flow
from bayling.records import Check, Message, Result, Sample


@dataclass(frozen=True)
class Options:
    """The languages that users ask in, whether in phrasings that no training uses, and how many
    words they ask for at most."""

    ask_in: Annotated[tuple[str, ...], Field(min_length=1)] = ("source", "target")
    held_out: bool = False
    most: Annotated[int, Field(ge=1)] = 3


def suits(sample: Sample, options: Options) -> bool:
    return bool(sample.terms)


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    count = rng.randint(1, min(options.most, len(sample.terms)))
    words = [target for _, target in rng.sample(sample.terms, count)]
    request = wording.ask(
        "constrain",
        wording.language_of_user(options.ask_in, sample.source_lang, sample.target_lang, rng),
        rng,
        held_out=options.held_out,
        source=sample.source,
        target_language=sample.target_lang,
        words=words,
    )
    messages = (Message("user", request),)
    answer = yield messages
    wishes = tuple(Check("contain", {"phrase": word}) for word in words)
    return Result(sample, (*messages, Message("assistant", answer)), (answer,), wishes)
