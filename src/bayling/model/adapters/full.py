"""Every weight of the network is tuned, as BayLing's own were (papers.md §1.4).

What is saved is a model folder like any other, as large as the model. In training the weights are
held in fp32: in bf16 a change of one part in a thousand is lost in rounding, and most steps are
smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bayling.model import adapters

if TYPE_CHECKING:
    from transformers import PreTrainedModel


FREEZES = False


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel:
    tuned: PreTrainedModel = model.requires_grad_(True)
    return tuned


def save(model: PreTrainedModel, folder: Path) -> None:
    model.save_pretrained(folder)


def restore(model: PreTrainedModel, folder: Path, options: Options, tune: bool) -> PreTrainedModel:
    import torch

    restored, found = type(model).from_pretrained(
        folder,
        # The folder's own configuration would hide that it is another model's.
        config=model.config,
        dtype=torch.float32 if tune else model.dtype,
        use_safetensors=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,
    )
    for why in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if names := sorted(map(str, found[why])):
            raise adapters.misfit(
                model, folder, f"{why.replace('_keys', '')} weights, such as {names[0]}"
            )
    return restored.to(model.device).requires_grad_(tune)
