"""Two turns: a simulated user reads the first answer and asks for one word of the reference that
it lacks.

Another ending is no other word: whoever reads "gültiges Bild" does not ask for "gültige". Nothing
is asked where the first answer holds every term already, in whatever form. What counts in the end
is a clean revision (metric `clean_revision`): the wish alone can be fulfilled by reciting it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import checks, wording
from bayling.evaluate.tasks import Flow
from bayling.records import Check, Message, Result, Sample


@dataclass(frozen=True)
class Options:
    """The languages that users ask in, and whether in phrasings that no training uses."""

    ask_in: Annotated[tuple[str, ...], Field(min_length=1)] = ("en", "de")
    held_out: bool = False


def suits(sample: Sample, options: Options) -> bool:
    return bool(sample.terms)


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    language = rng.choice(options.ask_in)
    request = wording.ask(
        "translate",
        language,
        rng,
        held_out=options.held_out,
        source=sample.source,
        source_language=sample.source_lang,
        target_language=sample.target_lang,
    )
    messages: tuple[Message, ...] = (Message("user", request),)
    first = yield messages
    messages = (*messages, Message("assistant", first))
    missing = [(term, word) for term, word in sample.terms if not checks.has_form(word, first)]
    if not missing:
        return Result(sample, messages, (first,))
    term, word = rng.choice(missing)
    wish = Check("contain", {"phrase": word})
    # Two in three users say which word is meant, the third only which one is wanted.
    if rng.random() < 2 / 3:
        request = wording.ask(
            "use_for", language, rng, held_out=options.held_out, word=word, term=term
        )
    else:
        request = wording.ask("use", language, rng, held_out=options.held_out, word=word)
    messages = (*messages, Message("user", request))
    second = yield messages
    return Result(sample, (*messages, Message("assistant", second)), (first, second), (wish,))
