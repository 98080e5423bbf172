"""How users open a conversation, in every task alike: who asks in which language, and for what."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.evaluate.tasks import Flow
from bayling.records import Check, Message, Result, Sample


@dataclass(frozen=True)
class Languages:
    """The languages that users ask in, `source` and `target` being those of the text."""

    ask_in: Annotated[tuple[str, ...], Field(min_length=1)] = ("source", "target")


@dataclass(frozen=True)
class Asking(Languages):
    """The languages that users ask in, and whether in phrasings that no training uses."""

    held_out: bool = False


def language(sample: Sample, options: Languages, rng: random.Random) -> str:
    """The language that this sample's user asks in."""
    return wording.language_of_user(options.ask_in, sample.source_lang, sample.target_lang, rng)


def opening(
    sample: Sample, options: Asking, rng: random.Random, words: Sequence[str] = ()
) -> tuple[str, Message]:
    """The user's language, and the request for a translation, in which these `words` are used if
    there are any."""
    spoken = language(sample, options, rng)
    said = wording.ask(
        "constrain" if words else "translate",
        spoken,
        rng,
        held_out=options.held_out,
        source=sample.source,
        source_language=sample.source_lang,
        target_language=sample.target_lang,
        **({"words": words} if words else {}),
    )
    return spoken, Message("user", said, spans=wording.source_span(said, sample.source))


def one_turn(
    sample: Sample,
    options: Asking,
    rng: random.Random,
    words: Sequence[str] = (),
    measured: Sequence[str] = (),
) -> Flow:
    """A translation with these `words`; those `measured` are wishes that nobody tells."""
    _, request = opening(sample, options, rng, words)
    wishes = tuple(Check("contain", {"phrase": word}) for word in (*words, *measured))
    return (yield from asked(sample, request, wishes))


def asked(sample: Sample, request: Message, wishes: tuple[Check, ...] = ()) -> Flow:
    """One turn: a request and the answer to it."""
    answer = yield (request,)
    return Result(sample, (request, Message("assistant", answer)), (answer,), wishes)
