"""How likely a model finds what is learned: what all methods take their losses from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayling.errors import UserError
from bayling.train.cross_entropy import linear_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from bayling.train.batch import Batch


def negative_log(model: PreTrainedModel, batch: Batch, unlikely: bool = False) -> Tensor:
    """The weighted sum of -log p over the learned tokens; with `unlikely` of -log(1 - p).

    Raises `UserError` for a model that does more between its last layer and its logits than one
    projection and a cap.
    """
    head = model.get_output_embeddings()
    for scale in ("logit_scale", "logits_scaling"):
        if hasattr(model.config, scale):
            raise UserError(f"This model cannot be tuned: it scales its logits ({scale}).")
    if head.bias is not None:
        raise UserError("This model cannot be tuned: its output layer has a bias.")
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
        unlikely,
    )
