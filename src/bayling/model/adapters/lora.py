"""Low-rank adaptation of the linear layers (Hu et al. 2021, arXiv 2106.09685), by PEFT.

With `dora` a weight's direction and length are tuned apart (Liu et al. 2024, arXiv 2402.09353,
section 4): the low-rank update turns the columns, and a vector of their lengths is learned beside
it. A step costs more, the merged model nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from bayling.model import adapters

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Options:
    """Rank, scale (`alpha / rank` multiplies the update), dropout, which layers (`all-linear`, or a
    pattern of their whole names), and whether lengths are tuned too."""

    rank: Annotated[int, Field(ge=1)] = 16
    alpha: Annotated[int, Field(ge=1)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    targets: str = "all-linear"
    dora: bool = False


def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel:
    return adapters.add_low_rank(model, options, use_dora=options.dora)


def save(model: PreTrainedModel, folder: Path) -> None:
    adapters.save_by_peft(model, folder)


def restore(model: PreTrainedModel, folder: Path, options: Options, tune: bool) -> PreTrainedModel:
    return adapters.restore_by_peft(model, folder, tune)
