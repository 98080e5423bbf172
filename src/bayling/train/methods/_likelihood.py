"""How likely a model finds what is learned: what all methods take their losses from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from bayling.errors import UserError
from bayling.train import shared_prefix
from bayling.train.cross_entropy import linear_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from bayling.train.batch import Batch


# As in `shared_prefix`, for the products with the vocabulary.
_ROUND = 32


@dataclass(frozen=True)
class Likelihood:
    """What a model has to say about a batch: the states [rows, longest, width] before its
    projection onto the vocabulary."""

    model: PreTrainedModel
    batch: Batch
    hidden: Tensor

    def negative_log(self, rows: Tensor, unlikely: bool = False) -> Tensor:
        """The weighted sum of -log p over the learned tokens of some `rows` [rows]; with `unlikely`
        of -log max(1 - p, 1e-9)."""
        # Positions that are not learned end here, before the projection onto the vocabulary, which
        # is most of the work for a small model.
        batch = self.batch
        learned = (batch.weights > 0) & rows[:, None]
        hidden, targets, weights = (
            each[learned] for each in (self.hidden, batch.targets, batch.weights)
        )
        if hidden.dtype == torch.bfloat16 and hidden.device.type == "cpu":
            idle = -len(hidden) % _ROUND
            hidden = functional.pad(hidden, (0, 0, 0, idle))
            targets, weights = (functional.pad(each, (0, idle)) for each in (targets, weights))
        return linear_cross_entropy(
            hidden,
            self.model.get_output_embeddings().weight,
            targets,
            weights,
            getattr(self.model.config, "final_logit_softcapping", None),
            unlikely,
        )


def of(model: PreTrainedModel, batch: Batch) -> Likelihood:
    """One pass over the batch. Raises `UserError` for a model that does more between its last layer
    and its logits than one projection and a cap."""
    for scale in ("logit_scale", "logits_scaling"):
        if hasattr(model.config, scale):
            raise UserError(f"This model cannot be tuned: it scales its logits ({scale}).")
    if model.get_output_embeddings().bias is not None:
        raise UserError("This model cannot be tuned: its output layer has a bias.")
    return Likelihood(model, batch, _states(model, batch))


def _states(model: PreTrainedModel, batch: Batch) -> Tensor:
    if shared_prefix.is_prepared(model):
        return shared_prefix.states(model, batch.ids, batch.mask)
    found: Tensor = model.get_decoder()(
        input_ids=batch.ids, attention_mask=batch.mask, use_cache=False
    ).last_hidden_state
    return found
