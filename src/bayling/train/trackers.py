"""Where the figures of each step go besides log.csv: TensorBoard, Weights & Biases."""

from __future__ import annotations

import importlib.util
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayling.errors import MissingError

# The package that a tracker's name in a recipe stands for.
PACKAGES = {"tensorboard": "tensorboard", "wandb": "wandb"}
_TENSORBOARD = "tensorboard"


@dataclass(frozen=True)
class Tracker:
    """Told the figures of each step, and that there are no more."""

    tell: Callable[[dict[str, float]], None]
    close: Callable[[], None]

    def log(self, row: Mapping[str, Any]) -> None:
        """Pass on a row of the log, what is empty in it left out."""
        self.tell({name: value for name, value in row.items() if isinstance(value, int | float)})


def require(names: Sequence[str]) -> None:
    """Raises `MissingError` for a tracker whose package is not installed."""
    for name in names:
        if importlib.util.find_spec(PACKAGES[name]) is None:
            raise MissingError(
                f"train.trackers: '{name}' needs a package that is not installed. "
                f"Install it with: pip install {PACKAGES[name]}"
            )


def start(name: str, folder: Path, done: int) -> Tracker:
    """The tracker of a run in `folder`, which has `done` some steps before."""
    return {"tensorboard": _tensorboard, "wandb": _wandb}[name](folder, done)


def clear(folder: Path) -> None:
    """Remove what a run that is not gone on from left for a tracker."""
    shutil.rmtree(folder / _TENSORBOARD, ignore_errors=True)


def _tensorboard(folder: Path, done: int) -> Tracker:
    from torch.utils.tensorboard import SummaryWriter

    # Steps that were logged and are done again, after a kill, are not to be there twice.
    writer = SummaryWriter(folder / _TENSORBOARD, purge_step=done + 1)

    def tell(figures: dict[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, figures["step"])
        writer.flush()

    return Tracker(tell, writer.close)


def _wandb(folder: Path, done: int) -> Tracker:
    import wandb

    # A run that goes on is one run there too; its id goes where the checkpoints go.
    note = folder / "checkpoints" / "wandb"
    if not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(uuid.uuid4().hex, encoding="utf-8")
    id = note.read_text(encoding="utf-8")
    name = "/".join(folder.resolve().parts[-2:])
    run = wandb.init(project="bayling", name=name, id=id, dir=folder, resume="allow")
    return Tracker(lambda figures: run.log(figures, step=int(figures["step"])), run.finish)
