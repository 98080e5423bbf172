"""The state of a run on disk: whole or not there, so that a kill at any moment costs little.

A checkpoint holds what is tuned, the optimiser's state, the random state and the log so far. The
order of the data follows from the seed, so the step number is all it takes to go on in it.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

_KEEP = 2


def save(
    folder: Path,
    step: int,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    state: dict[str, Any],
) -> None:
    """Write the checkpoint of `step` and drop all but the two newest ones."""
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / f".partial-{step:06d}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    save_file(_tuned(model), work / "model.safetensors")
    save_file(_flat(optimiser), work / "optimiser.safetensors")
    save_file({"random": torch.get_rng_state()}, work / "random.safetensors")
    (work / "state.json").write_text(json.dumps({"step": step, **state}), encoding="utf-8")
    for file in work.iterdir():
        with open(file, "rb") as handle:
            os.fsync(handle.fileno())
    target = folder / f"step-{step:06d}"
    shutil.rmtree(target, ignore_errors=True)
    os.replace(work, target)
    for old in _all(folder)[:-_KEEP]:
        shutil.rmtree(old, ignore_errors=True)


def restore(
    folder: Path, model: nn.Module, optimiser: torch.optim.Optimizer
) -> dict[str, Any] | None:
    """Load the newest checkpoint into the model and the optimiser; its state, or None."""
    found = _all(folder)
    if not found:
        return None
    newest = found[-1]
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in load_file(newest / "model.safetensors").items():
            parameters[name].copy_(tensor)
    _unflatten(optimiser, load_file(newest / "optimiser.safetensors"))
    torch.set_rng_state(load_file(newest / "random.safetensors")["random"])
    state: dict[str, Any] = json.loads((newest / "state.json").read_text(encoding="utf-8"))
    return state


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _tuned(model: nn.Module) -> dict[str, Tensor]:
    return {
        name: parameter.detach().contiguous()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def _flat(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors by `parameter.name`; safetensors holds no nested state."""
    state = optimiser.state_dict()["state"]
    return {
        f"{number}.{name}": torch.as_tensor(value).contiguous()
        for number, values in state.items()
        for name, value in values.items()
    }


def _unflatten(optimiser: torch.optim.Optimizer, flat: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in flat.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    optimiser.load_state_dict(
        {"state": state, "param_groups": optimiser.state_dict()["param_groups"]}
    )
