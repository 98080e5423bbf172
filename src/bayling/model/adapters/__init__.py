"""Changes to the network. An adapter is a file here with

    @dataclass(frozen=True)
    class Options: ...                                its size and place

    def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel
        the same network with what is to be tuned added, everything else frozen

    def save(model: PreTrainedModel, folder: Path) -> None
        write into the folder what was tuned of a network that `attach` or `restore` returned

    def restore(model: PreTrainedModel, folder: Path, options: Options, tune: bool)
            -> PreTrainedModel
        a bare network with that put back: to be tuned on, or to answer at full speed, added to the
        weights where that can be; `UserError` where the folder belongs to another network

`bayling.model.tuned` writes the part's name and its options beside what `save` wrote, and finds the
part by them. Four more are optional: `loading(options) -> dict[str, Any]` gives arguments of
`from_pretrained` that the network has to be loaded with, and raises `UserError` or `MissingError`
where this machine cannot; `MERGES = False` is said by a part that never becomes part of the
weights, so that nothing is exported without it; `FREEZES = False` by one that tunes every weight,
so that they are loaded in fp32; `NEEDS_SEGMENTS = True` by one that has to be told
where in a conversation each token stands (`bayling.model.segments`).

What follows is for parts that are PEFT adapters.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bayling.errors import UserError

if TYPE_CHECKING:
    from peft import PeftConfig
    from transformers import PreTrainedModel


class LowRank(Protocol):
    """Options of a low-rank update."""

    @property
    def rank(self) -> int: ...
    @property
    def alpha(self) -> int: ...
    @property
    def dropout(self) -> float: ...
    @property
    def targets(self) -> str: ...


def add_low_rank(model: PreTrainedModel, options: LowRank, **further: Any) -> PreTrainedModel:
    """The network with PEFT's LoRA; `further` settings are passed on. Raises as `wrap_by_peft`."""
    from peft import LoraConfig

    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=options.targets,
        task_type="CAUSAL_LM",
        **further,
    )
    return wrap_by_peft(model, config)


def wrap_by_peft(model: PreTrainedModel, config: PeftConfig) -> PreTrainedModel:
    """The network with a new PEFT adapter. Raises `UserError` where none of the layers that the
    configuration names is there."""
    from peft import get_peft_model

    from bayling.model.adapters import _low_rank

    with _quiet():
        try:
            wrapped: PreTrainedModel = get_peft_model(model, config)
        except ValueError as error:
            raise UserError(
                f"The adapter does not fit the model ({type(model).__name__}): {error}"
            ) from error
    _low_rank.replace(wrapped)
    return wrapped


def save_by_peft(model: PreTrainedModel, folder: Path) -> None:
    """`adapter_model.safetensors` and `adapter_config.json`, as PEFT and others read them."""
    with _quiet():
        model.save_pretrained(folder)


def restore_by_peft(model: PreTrainedModel, folder: Path, tune: bool) -> PreTrainedModel:
    """The network with a PEFT adapter's folder on it, to be tuned on, or merged.

    Raises `UserError` where the adapter was made for another network.
    """
    from peft import PeftModel

    from bayling.model.adapters import _low_rank

    with _quiet():
        try:
            wrapped = PeftModel.from_pretrained(model, folder, is_trainable=tune)
        except (RuntimeError, ValueError) as error:
            raise misfit(model, folder, _first_line(error)) from error
    _compare(wrapped, model, folder)
    if not tune:
        return wrapped.merge_and_unload()
    _low_rank.replace(wrapped)
    return wrapped


def misfit(model: PreTrainedModel, folder: Path, why: str) -> UserError:
    """What to raise where a folder's weights have other names or shapes than the network's."""
    return UserError(
        f"{folder} does not fit the model ({type(model).__name__}): {why}. "
        "Expected an adapter that was tuned on this very model."
    )


def _compare(wrapped: Any, model: PreTrainedModel, folder: Path) -> None:
    """PEFT passes over layers that are in the folder and not in the network, or the reverse."""
    from peft import get_peft_model_state_dict
    from safetensors import safe_open

    prefix, weights = getattr(wrapped.base_model, "prefix", None), folder / _WEIGHTS
    if prefix is None or not weights.is_file():
        return
    with safe_open(weights, "pt") as file:
        found = {name for name in file.keys() if prefix in name}  # noqa: SIM118
    expected = {name for name in get_peft_model_state_dict(wrapped) if prefix in name}
    if different := sorted(found ^ expected):
        where = "the model" if different[0] in found else "the folder"
        raise misfit(
            model, folder, f"{len(different)} names differ, {different[0]} is not in {where}"
        )


_WEIGHTS = "adapter_model.safetensors"


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        # PEFT asks transformers in a way that transformers is about to drop.
        warnings.simplefilter("ignore", FutureWarning)
        # Of layers that are missing `_compare` says more.
        warnings.filterwarnings("ignore", "Found missing adapter keys", UserWarning)
        yield


def _first_line(error: Exception) -> str:
    """What a long message of a library begins with; of torch's, the first thing that is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    mismatch = [line for line in lines if "size mismatch" in line]
    return (mismatch or lines or [type(error).__name__])[0].rstrip(".")
