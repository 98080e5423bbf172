"""One turn: translate this."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.evaluate.tasks import Flow
from bayling.records import Message, Result, Sample


@dataclass(frozen=True)
class Options:
    """The languages that users ask in, and whether in phrasings that no training uses."""

    ask_in: Annotated[tuple[str, ...], Field(min_length=1)] = ("source", "target")
    held_out: bool = False


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    request = wording.ask(
        "translate",
        wording.language_of_user(options.ask_in, sample.source_lang, sample.target_lang, rng),
        rng,
        held_out=options.held_out,
        source=sample.source,
        source_language=sample.source_lang,
        target_language=sample.target_lang,
    )
    messages = (Message("user", request),)
    answer = yield messages
    return Result(sample, (*messages, Message("assistant", answer)), (answer,))
