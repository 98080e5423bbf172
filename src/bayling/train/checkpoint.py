"""The state of a run on disk: whole or not there, so that a kill at any moment costs little.

A checkpoint holds what is tuned, the optimiser's state, the log so far and whatever else the loop
has to remember. The order of the data and the random state of a step follow from the seed and the
step's number, so that number is all it takes to go on. Tensors are whole however many processes
share them, so a run may go on in another number of processes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from bayling.errors import UserError

_KEEP = 2
_BEST = "best.safetensors"


def save(
    folder: Path,
    step: int,
    tensors: Mapping[str, Mapping[str, Tensor]],
    state: Mapping[str, Any],
) -> None:
    """Write the checkpoint of `step` and drop all but the two newest ones.

    `tensors` are those of the `model` and of the `optimiser` (see `gather`). Raises `UserError`
    where the disk has no room; the checkpoints that were there are whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / f".partial-{step:06d}"
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir()
        for name, content in tensors.items():
            _write(content, work / f"{name}.safetensors")
        (work / "state.json").write_text(json.dumps({"step": step, **state}), encoding="utf-8")
    except (OSError, SafetensorError) as error:
        shutil.rmtree(work, ignore_errors=True)
        raise _no_room(folder, step, error) from error
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
    _load(model, load_file(newest / "model.safetensors"))
    _unflatten(optimiser, load_file(newest / "optimiser.safetensors"))
    state: dict[str, Any] = json.loads((newest / "state.json").read_text(encoding="utf-8"))
    return state


def gather(
    model: nn.Module, optimiser: torch.optim.Optimizer, keep: bool = True
) -> dict[str, dict[str, Tensor]]:
    """What `save` writes. Where processes share tensors, all of them have to take part, and one may
    `keep` what is gathered."""
    return {"model": tuned(model, keep), "optimiser": _flat(optimiser, keep)}


def tuned(model: nn.Module, keep: bool = True) -> dict[str, Tensor]:
    """What is learned, by name, each tensor whole."""
    learned = ((n, each.detach()) for n, each in model.named_parameters() if each.requires_grad)
    return _kept(learned, keep)


def make_whole(model: nn.Module, keep: bool) -> None:
    """Put what is tuned back together where processes share it, so that the one that is to `keep`
    it can write it. All of them have to take part; the model is not run again."""
    seen: dict[int, nn.Parameter] = {}
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            if parameter.requires_grad and hasattr(parameter, "full_tensor"):
                # Tied weights are one tensor in two modules, and stay so.
                if id(parameter) not in seen:
                    whole = _whole(parameter.detach()).cpu()
                    seen[id(parameter)] = nn.Parameter(whole if keep else whole.new_empty(0))
                setattr(module, name, seen[id(parameter)])


def save_best(folder: Path, step: int, tensors: Mapping[str, Tensor]) -> None:
    """Keep these, of `step`, as the best so far. Raises as `save` does."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{_BEST}.partial"
    try:
        _write(tensors, partial)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise _no_room(folder, step, error) from error
    os.replace(partial, folder / _BEST)


def restore_best(folder: Path, model: nn.Module) -> None:
    """Put back what `save_best` kept last."""
    _load(model, load_file(folder / _BEST))


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"), key=_step)


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("step-"))


def _write(tensors: Mapping[str, Tensor], path: Path) -> None:
    save_file(dict(tensors), path)
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _no_room(folder: Path, step: int, error: Exception) -> UserError:
    whole = _all(folder)
    kept = f"that of step {_step(whole[-1])} is whole" if whole else "there is none yet"
    return UserError(
        f"{folder}: the checkpoint of step {step} cannot be written ({error}); {kept}. Free some "
        "space and run the same command again: it goes on from there."
    )


def _load(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in tensors.items():
            parameters[name].copy_(_shared(tensor, parameters[name]))


def _kept(named: Iterable[tuple[str, Tensor]], keep: bool) -> dict[str, Tensor]:
    """Tensors by name, each gathered before the next one, so that no process holds more than one
    beside those that it keeps in the computer's memory."""
    found = {}
    for name, tensor in named:
        shared = hasattr(tensor, "full_tensor")
        whole = _whole(tensor)
        if keep:
            found[name] = whole.cpu() if shared else whole
    return found


def _whole(tensor: Tensor) -> Tensor:
    """A tensor that processes share, gathered."""
    gathered: Tensor = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    return gathered.contiguous()


def _shared(tensor: Tensor, like: Tensor) -> Tensor:
    """The whole tensor shared among the processes as `like` is."""
    if not hasattr(like, "device_mesh"):
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)


def _flat(optimiser: torch.optim.Optimizer, keep: bool) -> dict[str, Tensor]:
    """The optimiser's tensors by `parameter.name`; safetensors holds no nested state."""
    state = optimiser.state_dict()["state"]
    named = (
        (f"{number}.{name}", torch.as_tensor(value))
        for number, values in state.items()
        for name, value in values.items()
    )
    return _kept(named, keep)


def _unflatten(optimiser: torch.optim.Optimizer, flat: dict[str, Tensor]) -> None:
    parameters = [each for group in optimiser.param_groups for each in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in flat.items():
        number, name = key.split(".", 1)
        like = parameters[int(number)]
        # A count of steps is one number; all else has the shape of what is tuned.
        whole = tensor if tensor.dim() == 0 else _shared(tensor, like)
        state.setdefault(int(number), {})[name] = whole
    optimiser.load_state_dict(
        {"state": state, "param_groups": optimiser.state_dict()["param_groups"]}
    )
