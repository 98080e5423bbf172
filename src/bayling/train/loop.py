"""The training loop, readable in a sitting.

One step: some micro-batches of about `batch_tokens` tokens each, their losses summed and divided
once by the weights of all of them, in all processes; then clip, step, and every N steps a
checkpoint. Distribution is `accelerate launch`'s business.
"""

from __future__ import annotations

import csv
import math
import random
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from bayling import terminal
from bayling.config import Train
from bayling.errors import UserError
from bayling.model import segments
from bayling.model.template import Encoded
from bayling.model.tuned import network
from bayling.train import checkpoint
from bayling.train.batch import Batch, collate, plan

COLUMNS = (
    "step",
    "loss",
    "learned_tokens",
    "tokens_per_second",
    "learning_rate",
    "seconds",
    "validation_loss",
)


class Objective(nn.Module):
    """Model and loss as one module, so that whatever wraps it for distribution sees one forward."""

    def __init__(self, model: nn.Module, method: ModuleType, options: Any) -> None:
        super().__init__()
        self.model = model
        self._method, self._options = method, options

    def forward(self, batch: Batch) -> Tensor:
        inner = network(self.model)
        if (listener := segments.listener(inner)) is not None:
            listener.tell(batch.places)
        total: Tensor = self._method.loss(inner, batch, self._options)
        return total


def fit(
    objective: Objective,
    train: Sequence[Encoded],
    validation: Sequence[Encoded],
    padding: int,
    settings: Train,
    seed: int,
    folder: Path,
) -> dict[str, Any]:
    """Tune the objective's model in place and return figures about the run.

    Checkpoints and `log.csv` go into `folder`; a run that was interrupted goes on from its newest
    checkpoint and ends in the same weights as one that was not.
    """
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    if accelerator.num_processes > 1:
        # The loop divides right, but folders and random states are one process's business so far.
        raise UserError("Training in several processes is not supported yet; start a single one.")
    tuned = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(
        tuned, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    steps = list(_steps(train, settings, seed, accelerator.num_processes))
    state = checkpoint.restore(folder / "checkpoints", objective, optimiser)
    state = state or {"step": 0, "rows": []}
    wrapped, optimiser = accelerator.prepare(objective, optimiser)
    run = _Run(accelerator, wrapped, optimiser, tuned, train, padding, settings, len(steps))
    run.rows, run.seconds = state["rows"], state["rows"][-1]["seconds"] if state["rows"] else 0.0
    with terminal.bar("Tuning", len(steps)) as bar:
        bar.advance(state["step"])
        for number in range(state["step"], len(steps)):
            row = run.step(number, steps[number])
            if (number + 1) % settings.checkpoint_every == 0 or number + 1 == len(steps):
                row["validation_loss"] = run.measure(validation)
                if accelerator.is_main_process:
                    write_log(folder / "log.csv", run.rows)
                    checkpoint.save(
                        folder / "checkpoints",
                        number + 1,
                        objective,
                        optimiser,
                        {"rows": run.rows},
                    )
            bar.advance(
                1, f"loss {row['loss']:.2f} · {row['tokens_per_second']:.0f} learned tokens/s"
            )
    return run.summary()


def learning_rate(settings: Train, step: int, steps: int) -> float:
    """The rate of a step (from 0): linear warm-up over a share of the steps, then a cosine to 0."""
    warm = max(1, round(settings.warmup * steps))
    if step < warm:
        return settings.learning_rate * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def write_log(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """The run so far as a table, one row a step."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)


class _Run:
    """What a step needs and what it leaves behind."""

    def __init__(
        self,
        accelerator: Accelerator,
        objective: nn.Module,
        optimiser: torch.optim.Optimizer,
        tuned: Sequence[nn.Parameter],
        train: Sequence[Encoded],
        padding: int,
        settings: Train,
        steps: int,
    ) -> None:
        self.accelerator, self.objective, self.optimiser = accelerator, objective, optimiser
        self.tuned, self.train, self.padding = tuned, train, padding
        self.settings, self.steps = settings, steps
        self.rows: list[dict[str, Any]] = []
        self.seconds = 0.0

    def step(self, number: int, micro_batches: Sequence[Sequence[Sequence[int]]]) -> dict[str, Any]:
        """One optimiser step over `micro_batches[micro][process]`; its row of the log."""
        started = time.monotonic()
        rate = learning_rate(self.settings, number, self.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        weight = sum(
            sum(self.train[place].weights)
            for processes in micro_batches
            for places in processes
            for place in places
        )
        learned = sum(
            sum(each > 0 for each in self.train[place].weights)
            for processes in micro_batches
            for places in processes
            for place in places
        )
        self.objective.train()
        total = torch.zeros((), device=self.accelerator.device)
        for processes in micro_batches:
            loss = self.objective(self._batch(self.train, processes))
            # DDP averages over processes what has to be summed.
            self.accelerator.backward(loss * self.accelerator.num_processes / weight)
            total += loss.detach()
        self.accelerator.clip_grad_norm_(self.tuned, self.settings.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        seconds = time.monotonic() - started
        self.seconds += seconds
        row = {
            "step": number + 1,
            "loss": float(self.accelerator.reduce(total)) / weight,
            "learned_tokens": learned,
            "tokens_per_second": round(learned / seconds, 1),
            "learning_rate": rate,
            "seconds": round(self.seconds, 2),
            "validation_loss": "",
        }
        self.rows.append(row)
        return row

    def measure(self, dialogues: Sequence[Encoded]) -> float | str:
        """The loss per unit of weight on dialogues that are not learned; '' without any."""
        if not dialogues:
            return ""
        self.objective.eval()
        lengths = [len(each.ids) for each in dialogues]
        batches = plan(lengths, self.settings.batch_tokens, random.Random(0), order=False)
        total = 0.0
        with torch.no_grad():
            for places in batches:
                batch = collate([dialogues[place] for place in places], self.padding, self._device)
                total += float(self.objective(batch))
        return total / sum(sum(each.weights) for each in dialogues)

    def summary(self) -> dict[str, Any]:
        learned = sum(row["learned_tokens"] for row in self.rows)
        return {
            "steps": len(self.rows),
            "learned_tokens": learned,
            "tuning_seconds": round(self.seconds, 1),
            "tokens_per_second": round(learned / max(self.seconds, 1e-9), 1),
            "tuned_parameters": sum(parameter.numel() for parameter in self.tuned),
            "peak_memory_gb": round(peak_memory(), 2),
        }

    def _batch(self, dialogues: Sequence[Encoded], processes: Sequence[Sequence[int]]) -> Batch:
        places = processes[self.accelerator.process_index]
        return collate([dialogues[place] for place in places], self.padding, self._device)

    @property
    def _device(self) -> torch.device:
        return self.accelerator.device


def peak_memory() -> float:
    """The most memory this process has held so far, in GB (10⁹ bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _steps(
    dialogues: Sequence[Encoded], settings: Train, seed: int, processes: int
) -> Iterator[list[list[list[int]]]]:
    """The whole run's data, `[micro-batch][process][dialogue]` for every step.

    It follows from the seed alone. Where the last micro-batches do not go round among the
    processes, the missing ones are filled with the first ones again.
    """
    lengths = [len(each.ids) for each in dialogues]
    batches = [
        batch
        for epoch in range(settings.epochs)
        for batch in plan(lengths, settings.batch_tokens, random.Random(f"{seed}:{epoch}"))
    ]
    group = settings.accumulate * processes
    for start in range(0, len(batches), group):
        part = batches[start : start + group]
        part += batches[: -len(part) % processes]
        yield [part[place : place + processes] for place in range(0, len(part), processes)]
