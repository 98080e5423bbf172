"""A whole conversation: a simulated user asks for a translation, then for one change at a time in
plain words, and stops when he is satisfied or has no patience left.

What he wants is worked out from the reference (`bayling.evaluate.user`); what became of it, the
metric `conversation` reports.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.evaluate import user
from bayling.evaluate.tasks import Flow, _asking
from bayling.records import Check, Message, Result, Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, whether in phrasings that no training uses; how many
    requests they make at most after the first answer, and how often the same one."""

    requests: Annotated[int, Field(ge=1)] = 4
    repeat: Annotated[int, Field(ge=1)] = 2


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    language, request = _asking.opening(sample, options, rng)
    messages: tuple[Message, ...] = (request,)
    outputs: list[str] = []
    asked: list[tuple[Check, int]] = []
    while True:
        outputs.append((yield messages))
        messages = (*messages, Message("assistant", outputs[-1]))
        need = _next(sample, outputs[-1], asked, options)
        if need is None or len(asked) == options.requests:
            break
        asked.append((need.wish, len(outputs)))
        # Two in three users say which word is meant, the third only which one is wanted.
        kind = "use" if need.kind == "term" and rng.random() < 1 / 3 else need.request
        said = wording.ask(kind, language, rng, held_out=options.held_out, **need.values)
        messages = (*messages, Message("user", said))
    return Result(
        sample,
        messages,
        tuple(outputs),
        tuple(wish for wish, _ in asked),
        tuple(after for _, after in asked),
    )


def _next(
    sample: Sample, text: str, asked: list[tuple[Check, int]], options: Options
) -> user.Need | None:
    """The most useful change that has not been asked for too often already."""
    wishes = [wish for wish, _ in asked]
    found = user.needs(sample, text)
    return next((need for need in found if wishes.count(need.wish) < options.repeat), None)
