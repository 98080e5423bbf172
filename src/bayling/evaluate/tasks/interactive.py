"""A whole conversation: a simulated user asks for a translation, then for one change at a time in
plain words, and stops when he is satisfied or has no patience left.

What he wants is worked out from the reference (`bayling.evaluate.user`), with `user: person` or
`user: MODEL` it is what a person at the terminal or a model says, in free words; what became of it,
the metric `conversation` reports.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.errors import UserError
from bayling.evaluate import place
from bayling.evaluate import user as simulated
from bayling.evaluate.tasks import Flow, UsersTurn, _asking
from bayling.records import Check, Message, Result, Sample, User

_REPEAT = 2


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, whether in phrasings that no training uses; how many
    requests they make at most after the first answer, and the simulated user how often the same
    one. The user is `simulated`, a `person`, or a model as `bayling judge --by` names it."""

    requests: Annotated[int, Field(ge=1)] = 4
    repeat: Annotated[int, Field(ge=1)] = _REPEAT
    user: Annotated[str, Field(min_length=1)] = place.SIMULATED

    def __post_init__(self) -> None:
        if self.user != place.SIMULATED and self.repeat != _REPEAT:
            raise UserError(
                f"interactive: repeat: {self.repeat} is for the simulated user, who alone can tell "
                f"that two requests are the same; leave it out with user: {self.user}."
            )


def user(options: Options) -> str:
    return options.user


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    if options.user != place.SIMULATED:
        return (yield from _with_another(sample, options, rng))
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


def _with_another(sample: Sample, options: Options, rng: random.Random) -> Flow:
    """The conversation with whoever took the simulated user's place."""
    language, request = _asking.opening(sample, options, rng)
    messages: tuple[Message, ...] = (request,)
    outputs: list[str] = []
    while True:
        outputs.append((yield messages))
        messages = (*messages, Message("assistant", outputs[-1]))
        turn = UsersTurn(sample, messages, language, options.requests + 1 - len(outputs))
        said = yield turn
        reply = place.read(turn, said)
        if not reply.request or not turn.requests:
            break
        messages = (*messages, Message("user", reply.request))
    name = options.user if options.user == place.PERSON else f"model:{options.user}"
    ended = User(name, language, not reply.request)
    if reply.fault:
        ended = User(name, language, None, said, reply.fault)
    return Result(sample, messages, tuple(outputs), asked_after=(), user=ended)


def _next(
    sample: Sample, text: str, asked: list[tuple[Check, int]], options: Options
) -> simulated.Need | None:
    """The most useful change that has not been asked for too often already."""
    wishes = [wish for wish, _ in asked]
    found = simulated.needs(sample, text)
    return next((need for need in found if wishes.count(need.wish) < options.repeat), None)
