"""LoRA on a network whose frozen weights have 4 bits (Dettmers et al. 2023, arXiv 2305.14314).

Weights are NormalFloat4 with doubly quantised scales (sections 3.1 and 3.2) and are computed with
in bf16. It needs an NVIDIA GPU and bitsandbytes. To answer, the 4-bit weights are turned back into
bf16 and the update is added, so that nothing but the rounding of the sum differs from what was
tuned, at full speed; `bayling export` writes these weights.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from bayling.errors import MissingError, UserError
from bayling.model import adapters

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Options:
    """Rank, scale (`alpha / rank` multiplies the update), dropout, and which layers (`all-linear`,
    or a pattern of their whole names)."""

    rank: Annotated[int, Field(ge=1)] = 16
    alpha: Annotated[int, Field(ge=1)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    targets: str = "all-linear"


def loading(options: Options) -> dict[str, Any]:
    import torch

    if not torch.cuda.is_available():
        raise UserError(
            "The adapter 'qlora' needs an NVIDIA GPU, and torch finds none here; "
            "on this machine use model.adapter: lora."
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingError(
            "The adapter 'qlora' needs the package 'bitsandbytes', which is not installed. "
            "Install it with: pip install bitsandbytes"
        )
    from transformers import BitsAndBytesConfig

    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        ),
        "device_map": {"": torch.cuda.current_device()},
    }


def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel:
    return adapters.add_low_rank(model, options)


def save(model: PreTrainedModel, folder: Path) -> None:
    adapters.save_by_peft(model, folder)


def restore(model: PreTrainedModel, folder: Path, options: Options, tune: bool) -> PreTrainedModel:
    return adapters.restore_by_peft(model if tune else model.dequantize(), folder, tune)
