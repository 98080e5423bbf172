"""What is done about a model that answers a request with its last answer once more.

A small model that is asked for a change likes to repeat itself: what it said is likely, and it
stands right before. So it answers again, and what is likely anyhow counts less. Every token is
chosen by

    log p(token | conversation) + (strength - 1) · log (p(token | conversation) / p(token | before))

where `before` is the same conversation in which the user asks a second time what was asked last,
and only among tokens that are likely enough by themselves. What is likelier there than here is what
would be said whatever the request; what the request asks for is likelier here.

This is classifier-free guidance (arXiv 2306.17806; the strength is its gamma) against a context of
its own, as context-aware decoding has it (arXiv 2305.14739), with the plausible tokens of
contrastive decoding (arXiv 2210.15097).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from bayling.model import template
from bayling.records import Message

if TYPE_CHECKING:
    from torch import Tensor

# The least probability of a token, as a share of the likeliest one's.
_PLAUSIBLE = 0.3
# The same where the answer would be repeated otherwise.
_POSSIBLE = 0.01


def repeats(messages: Sequence[Message], answer: str) -> bool:
    """Whether an answer is the last one once more, though the user asked for something else.

    Another text may have the same translation, and who asks the same again may be told the same.
    """
    if tuple(message.role for message in messages[-3:]) != ("user", "assistant", "user"):
        return False
    request, said, other = (message.text.strip() for message in messages[-3:])
    return answer.strip() == said and request != other and not template.has_source(messages)


def asked_again(messages: Sequence[Message]) -> tuple[Message, ...]:
    """A conversation whose last answer is repeated, with the request before that once more in the
    place of the last one."""
    return (*messages[:-1], messages[-3])


def guided(logits: Tensor, strength: float) -> Tensor:
    """Scores of the next tokens [rows, vocabulary] from logits of twice as many rows: those of the
    conversations, then those of what was `asked_again`; tokens that are no choice have -inf."""
    here, before = logits.float().log_softmax(-1).chunk(2)
    least = here.amax(-1, keepdim=True) + math.log(_PLAUSIBLE)
    return (strength * here - (strength - 1) * before).masked_fill(here < least, -math.inf)


def departure(
    logits: Tensor, strength: float, tokens: Sequence[int], ends: Collection[int]
) -> list[int]:
    """The beginning of `tokens` and another token behind it: that which came nearest to being
    chosen instead, and is no end; [] where no other one is possible. `logits` [2, tokens,
    vocabulary] are for each of them, in the conversation and as it was `asked_again`."""
    import torch

    here, before = logits.float().log_softmax(-1)
    scores = strength * here - (strength - 1) * before
    own = torch.tensor(tokens, device=scores.device)[:, None]
    others = scores.masked_fill(here < here.amax(-1, keepdim=True) + math.log(_POSSIBLE), -math.inf)
    others = others.scatter(-1, own, -math.inf)
    others[:, list(ends)] = -math.inf
    highest, other = others.max(-1)
    nearness = highest - scores.gather(-1, own)[:, 0]
    place = int(nearness.argmax())
    return [*tokens[:place], int(other[place])] if nearness[place] > -math.inf else []
