"""What is done about a model that answers a correction with its last answer once more.

A small model that is asked for a change likes to repeat itself: what it said is likely, and it
stands right before. So it answers again, and what is likely anyhow counts less. Every token is
chosen by

    log p(token | conversation) + (strength - 1) · log (p(token | conversation) / p(token | before))

where `before` is the same conversation in which the user asks at last for the translation again,
and only among tokens that are likely enough by themselves. What is likelier there than here is what
would be said whatever the request; what the request asks for is likelier here. If that is the last
answer again, and surely not what was asked for, it is left at the token that came nearest to being
chosen instead, which may lead back to it.

This is classifier-free guidance (arXiv 2306.17806; the strength is its gamma) against a context of
its own, as context-aware decoding has it (arXiv 2305.14739), with the plausible tokens of
contrastive decoding (arXiv 2210.15097).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from bayling import chain, checks, wording
from bayling.records import Message

if TYPE_CHECKING:
    from torch import Tensor

# The least probability of a token, as a share of the likeliest one's.
_PLAUSIBLE = 0.3
# The same where the answer would be repeated otherwise.
_POSSIBLE = 0.01


def repeats(messages: Sequence[Message], answer: str) -> bool:
    """Whether an answer is the last one once more, though the user asked for a change of it.

    That is a request that brings no text of its own, after one that marks a text (a span "source"),
    unless it is understood (`wording.recognise`) and the answer does already what it asks for.
    """
    if not any(map(_has_source, messages)) or _has_source(messages[-1]):
        return False
    said, request = messages[-2:]
    if said.role != "assistant" or chain.final(said.text).strip() != chain.final(answer).strip():
        return False
    wishes = wording.recognise(request.text)
    # What is to be kept may be there once and be lost once.
    kept = any(wish.kind == "keep" for wish in wishes)
    return not wishes or kept or bool(checks.failures(wishes, answer))


def repeats_wrongly(messages: Sequence[Message], answer: str) -> bool:
    """Whether it surely repeats what it should not: it lacks what is understood to be asked for.

    "Now in French" may be answered by the same name, and "more formal" where nobody is addressed.
    """
    wishes = wording.recognise(messages[-1].text)
    return repeats(messages, answer) and bool(checks.failures(wishes, answer))


def asked_again(messages: Sequence[Message]) -> tuple[Message, ...]:
    """A conversation whose last answer is repeated, with the request that brought the text once
    more in the place of the last one."""
    return (*messages[:-1], next(filter(_has_source, reversed(messages))))


def _has_source(message: Message) -> bool:
    return any(span.role == "source" for span in message.spans)


class Guided:
    """Chooses the tokens of a batch of answers, and notes how each could have gone otherwise.

    `departures` has for every answer the beginning of another one, as tokens: up to where another
    token was nearest to being chosen, and that one; [] where none was possible. It is `never` one
    of these tokens: those that end an answer or are invisible.
    """

    def __init__(self, strength: float, never: Collection[int], count: int) -> None:
        self.departures: list[list[int]] = [[] for _ in range(count)]
        self._nearest = [-math.inf] * count
        self._strength, self._never = strength, never

    def choose(
        self, logits: Tensor, rows: Sequence[int], written: Sequence[Sequence[int]]
    ) -> Tensor:
        """The next tokens [rows] from logits [2 x rows, vocabulary]: those of the conversations,
        and then those of what was `asked_again`. `rows` are places in the batch, whose answers so
        far are `written`."""
        here, before = logits.float().log_softmax(-1).chunk(2)
        scores = self._strength * here - (self._strength - 1) * before
        highest = here.amax(-1, keepdim=True)
        plausible = scores.masked_fill(here < highest + math.log(_PLAUSIBLE), -math.inf)
        best, chosen = plausible.max(-1)
        others = scores.masked_fill(here < highest + math.log(_POSSIBLE), -math.inf)
        others = others.scatter(-1, chosen[:, None], -math.inf)
        # A tokenizer may have tokens that the model has not.
        others[:, [token for token in self._never if token < others.shape[1]]] = -math.inf
        other, tokens = others.max(-1)
        nearness = (other - best).tolist()
        for row, near, token in zip(rows, nearness, tokens.tolist(), strict=True):
            if near > self._nearest[row]:
                self._nearest[row], self.departures[row] = near, [*written[row], token]
        return chosen
