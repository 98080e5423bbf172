"""Low-rank adaptation of the linear layers (Hu et al. 2021, arXiv 2106.09685), by PEFT."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Options:
    """Rank, scale (`alpha / rank` multiplies the update), dropout, and which layers by name."""

    rank: Annotated[int, Field(ge=1)] = 16
    alpha: Annotated[int, Field(ge=1)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    targets: str = "all-linear"


def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=options.targets,
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        # PEFT asks transformers in a way that transformers is about to drop.
        warnings.simplefilter("ignore", FutureWarning)
        tuned: PreTrainedModel = get_peft_model(model, config)
    return tuned
