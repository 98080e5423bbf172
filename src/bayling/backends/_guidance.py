"""What is done about a model that answers a correction with its last answer once more.

A small model that is asked for a change likes to repeat itself: what it said is likely, and it
stands right before. Where it is not sure what is wanted, or could not be had (`_placement.py`), it
answers again, and what is likely anyhow counts less. Every token is chosen by

    log p(token | conversation) + (strength - 1) · log (p(token | conversation) / p(token | before))

where `before` is the same conversation in which the user asks at last for the translation again,
and only among tokens that are likely enough by themselves. What is likelier there than here is what
would be said whatever the request; what the request asks for is likelier here.

This is classifier-free guidance (arXiv 2306.17806; the strength is its gamma) against a context of
its own, as context-aware decoding has it (arXiv 2305.14739), with the plausible tokens of
contrastive decoding (arXiv 2210.15097).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayling import chain, checks, wording
from bayling.records import Message
from bayling.wishes import has_source

if TYPE_CHECKING:
    from torch import Tensor

# The least probability of a token, as a share of the likeliest one's.
_PLAUSIBLE = 0.3


def repeats(messages: Sequence[Message], answer: str) -> bool:
    """Whether an answer is the last one once more, though the user asked for a change of it.

    That is a request that brings no text of its own, after one that marks a text (a span "source"),
    unless it is understood (`wording.recognise`) and the answer does already what it asks for.
    """
    if not any(map(has_source, messages)) or has_source(messages[-1]):
        return False
    said, request = messages[-2:]
    if said.role != "assistant" or chain.final(said.text).strip() != chain.final(answer).strip():
        return False
    wishes = wording.recognise(request.text)
    # What is to be kept may be there once and be lost once.
    kept = any(wish.kind == "keep" for wish in wishes)
    return not wishes or kept or bool(checks.failures(wishes, answer))


def asked_again(messages: Sequence[Message]) -> tuple[Message, ...]:
    """A conversation whose last answer is repeated, with the request that brought the text once
    more in the place of the last one."""
    return (*messages[:-1], next(filter(has_source, reversed(messages))))


def choose(logits: Tensor, strength: float) -> Tensor:
    """The next tokens [rows] from logits [2 x rows, vocabulary]: those of the conversations, and
    then those of what was `asked_again`."""
    here, before = logits.float().log_softmax(-1).chunk(2)
    scores = strength * here - (strength - 1) * before
    highest = here.amax(-1, keepdim=True)
    return scores.masked_fill(here < highest + math.log(_PLAUSIBLE), -math.inf).argmax(-1)
