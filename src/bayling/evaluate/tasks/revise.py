"""A simulated user reads the first answer and asks for one word of the reference that it lacks; and
once more, in other words, where the revision lacks it still and there are turns left.

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
from bayling.evaluate.tasks import Flow, _asking
from bayling.records import Check, Message, Result, Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, whether in phrasings that no training uses, and how often
    they ask for the word at most."""

    requests: Annotated[int, Field(ge=1)] = 1


def suits(sample: Sample, options: Options) -> bool:
    return bool(sample.terms)


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    language, request = _asking.opening(sample, options, rng)
    messages: tuple[Message, ...] = (request,)
    outputs = [(yield messages)]
    missing = [(term, word) for term, word in sample.terms if not checks.has_form(word, outputs[0])]
    if not missing:
        return Result(sample, (*messages, Message("assistant", outputs[0])), tuple(outputs))
    term, word = rng.choice(missing)
    wish = Check("contain", {"phrase": word})
    while len(outputs) <= options.requests and not checks.holds(wish, outputs[-1]).ok:
        # Two in three users say which word is meant, the third only which one is wanted.
        kind = "use_for" if rng.random() < 2 / 3 else "use"
        said = wording.ask(kind, language, rng, held_out=options.held_out, word=word, term=term)
        messages = (*messages, Message("assistant", outputs[-1]), Message("user", said))
        outputs.append((yield messages))
    messages = (*messages, Message("assistant", outputs[-1]))
    return Result(sample, messages, tuple(outputs), (wish,))
