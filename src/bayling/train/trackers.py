"""Where the figures of each step go besides log.csv: TensorBoard, Weights & Biases."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bayling.errors import MissingError

# What a tracker's name in a recipe stands for: the package that has to be there.
PACKAGES = {"tensorboard": "tensorboard", "wandb": "wandb"}


def require(names: Sequence[str]) -> None:
    """Raises `MissingError` for a tracker whose package is not installed."""
    for name in names:
        if importlib.util.find_spec(PACKAGES[name]) is None:
            raise MissingError(
                f"train.trackers: '{name}' needs a package that is not installed. "
                f"Install it with: pip install {PACKAGES[name]}"
            )


def start(
    names: Sequence[str], folder: Path | None, is_main: bool
) -> Callable[[Mapping[str, Any]], None] | None:
    """What to call with each row of the log; None where nobody is told."""
    if not names or folder is None or not is_main:
        return None
    told = [_TRACKERS[name](folder) for name in names]

    def log(row: Mapping[str, Any]) -> None:
        figures = {name: value for name, value in row.items() if isinstance(value, int | float)}
        for each in told:
            each(figures)

    return log


def _tensorboard(folder: Path) -> Callable[[dict[str, float]], None]:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(folder / "tensorboard")

    def log(figures: dict[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, figures["step"])
        writer.flush()

    return log


def _wandb(folder: Path) -> Callable[[dict[str, float]], None]:
    import wandb

    # The id follows from the folder, so that a run that goes on is one run there too.
    name = "-".join(folder.resolve().parts[-2:])
    run = wandb.init(project="bayling", name=name, id=name, dir=folder, resume="allow")
    return lambda figures: run.log(figures, step=int(figures["step"]))


_TRACKERS = {"tensorboard": _tensorboard, "wandb": _wandb}
