"""Supervised fine-tuning on the learned turns, where what a revision changed counts more.

In a revision one word in thirty is new and the rest is copied from the draft; with equal weights
the model learns to copy (docs/log.md). The weights are ours, not those of BayLing,
whose loss is not published (papers.md §1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from bayling.model import template
from bayling.model.template import Encoded
from bayling.records import Dialogue, Message
from bayling.train.methods import _likelihood

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from bayling.train.batch import Batch


@dataclass(frozen=True)
class Options:
    """The weight of a token that a request asked to change, or that it asked to use; else 1.

    `prompt` is the weight of all that is no learned turn, requests and headers: mFTI learns the
    whole sequence, 1 (papers.md §8.3).
    """

    changed: Annotated[float, Field(gt=0)] = 10.0
    term: Annotated[float, Field(gt=0)] = 2.0
    prompt: Annotated[float, Field(ge=0)] = 0.0


def encode(tokenizer: PreTrainedTokenizerBase, dialogue: Dialogue, options: Options) -> Encoded:
    return template.encode(tokenizer, dialogue.messages, partial(_weigh, options), options.prompt)


def loss(model: PreTrainedModel, batch: Batch, options: Options) -> Tensor:
    return _likelihood.of(model, batch).negative_log(~batch.wrong)


def _weigh(options: Options, message: Message, start: int, end: int) -> float:
    """How much the token that stands for these characters of a learned turn counts."""
    weights = {"changed": options.changed, "term": options.term}
    # The token of an end mark stands for no characters and touches no span.
    touched = (
        weights.get(span.role, 1.0)
        for span in message.spans
        if span.start < end and start < span.end
    )
    return max(touched, default=1.0)
