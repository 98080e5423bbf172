"""Supervised fine-tuning on the learned turns, where what a revision changed counts more.

In a revision one word in thirty is new and the rest is copied from the draft; with equal weights
the model learns to copy (docs/log.md). The weights are ours, not those of BayLing,
whose loss is not published (papers.md §1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from bayling.errors import UserError
from bayling.records import Message
from bayling.train.cross_entropy import linear_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from bayling.train.batch import Batch


@dataclass(frozen=True)
class Options:
    """The weight of a token that a request asked to change, or that it asked to use; else 1."""

    changed: Annotated[float, Field(gt=0)] = 10.0
    term: Annotated[float, Field(gt=0)] = 2.0


def weigh(options: Options, message: Message, start: int, end: int) -> float:
    weights = {"changed": options.changed, "term": options.term}
    # The token of an end mark stands for no characters and touches no span.
    touched = (
        weights.get(span.role, 1.0)
        for span in message.spans
        if span.start < end and start < span.end
    )
    return max(touched, default=1.0)


def loss(model: PreTrainedModel, batch: Batch, options: Options) -> Tensor:
    head = model.get_output_embeddings()
    for scale in ("logit_scale", "logits_scaling"):
        if hasattr(model.config, scale):
            raise UserError(f"sft cannot tune this model: it scales its logits ({scale}).")
    if head.bias is not None:
        raise UserError("sft cannot tune this model: its output layer has a bias.")
    hidden = model.get_decoder()(
        input_ids=batch.ids, attention_mask=batch.mask, use_cache=False
    ).last_hidden_state
    # The state at t predicts token t + 1; positions that are not learned end here, before the
    # projection onto the vocabulary, which is most of the work for a small model.
    learned = batch.weights[:, 1:] > 0
    return linear_cross_entropy(
        hidden[:, :-1][learned],
        head.weight,
        batch.ids[:, 1:][learned],
        batch.weights[:, 1:][learned],
        getattr(model.config, "final_logit_softcapping", None),
    )
