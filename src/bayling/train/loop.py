"""The training loop, readable in a sitting.

One step: some micro-batches of about `batch_tokens` tokens each, shared among the processes; their
losses summed and divided once by the weights of all of them; then clip, step, and every N steps a
checkpoint. Distribution is `accelerate launch`'s business.

What a step does follows from the recipe, the seed and the step's number, never from what ran
before it or in how many processes.
"""

from __future__ import annotations

import csv
import math
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
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
from bayling.model.tuned import network
from bayling.train import checkpoint, shared_prefix, trackers
from bayling.train.batch import Batch, Example, MicroBatch, collate, idle, plan, size
from bayling.train.early_stopping import Watch
from bayling.train.memory import peak

COLUMNS = (
    "step",
    "loss",
    "learned_tokens",
    "tokens_per_second",
    "learning_rate",
    "seconds",
    "peak_memory_gb",
    "validation_loss",
    "validation_score",
)


# What is rounded where it is written.
_PLACES = {"seconds": 2, "tokens_per_second": 1, "peak_memory_gb": 2}


class Objective(nn.Module):
    """Model and loss as one module, so that whatever wraps it for distribution sees one forward."""

    def __init__(self, model: nn.Module, method: ModuleType, options: Any) -> None:
        super().__init__()
        self.model = model
        shared_prefix.prepare(network(model))
        # What FSDP wraps by itself.
        self._no_split_modules = getattr(model, "_no_split_modules", None)
        self._method, self._options = method, options

    def forward(self, batch: Batch) -> Tensor:
        inner = network(self.model)
        if (listener := segments.listener(inner)) is not None:
            listener.tell(batch.places)
        total: Tensor = self._method.loss(inner, batch, self._options)
        return total


def fit(
    objective: Objective,
    train: Sequence[Example],
    validation: Sequence[Example],
    padding: int,
    settings: Train,
    seed: int,
    folder: Path,
    watch: Watch | None = None,
    told: threading.Event | None = None,
) -> dict[str, Any]:
    """Tune the objective's model in place and return figures about the run.

    Checkpoints and `log.csv` go into `folder`; a run that was interrupted goes on from its newest
    checkpoint and ends in the same weights as one that was not. Where `told` is set, by SIGTERM, it
    saves one and exits with code 0. With `watch` the run ends where it no longer finds the model
    better, and the model is the best one it saw. Raises `UserError` where the loss is no number and
    where a checkpoint cannot be written.
    """
    run = _Run(objective, train, validation, padding, settings, seed, folder, watch)
    with terminal.bar("Tuning", len(run.steps)) as bar:
        bar.advance(len(run.rows))
        while not run.finished:
            row = run.advance()
            stop = run.any_process(told is not None and told.is_set())
            if run.is_due() or stop:
                run.save()
            bar.advance(1, _note(row))
            if stop and not run.finished:
                terminal.say(
                    f"Stopped after step {len(run.rows)} of {len(run.steps)}, as SIGTERM asked; "
                    "the same command goes on from there."
                )
                raise SystemExit(0)
    return run.finish()


def estimate(
    objective: Objective, train: Sequence[Example], padding: int, settings: Train, seed: int
) -> dict[str, Any]:
    """What `fit` would do, by taking some of its steps in earnest: the one with the largest
    micro-batch, twice, whose memory is the run's, and one in the middle, for the time.

    The model is spoilt by it. `seconds` are of the steps, without what is measured or asked in
    between; memory is in GB (10⁹ bytes), of this process since it began, or of the GPU.
    """
    run = _Run(objective, train, [], padding, settings, seed, None, None)
    widest = max(range(len(run.steps)), key=lambda step: max(map(run.size, run.steps[step])))
    for number in (widest, widest, len(run.steps) // 2):
        row = run.step(number)
    tokens = sum(sum(map(run.size, step)) for step in run.steps)
    measured = sum(map(run.size, run.steps[len(run.steps) // 2]))
    return {
        "dialogues": len(train),
        "steps": len(run.steps),
        "tokens": tokens,
        "learned_tokens": sum(run.learned(step) for step in run.steps),
        "tuned_parameters": run.tuned_parameters,
        "peak_memory_gb": row["peak_memory_gb"],
        "seconds": row["step_seconds"] * tokens / measured,
    }


def learning_rate(settings: Train, step: int, steps: int) -> float:
    """The rate of a step (from 0): linear warm-up over a share of the steps, then as the schedule
    has it: a cosine to 0, a line to 0, or no change."""
    warm = max(1, round(settings.warmup * steps))
    if step < warm:
        return settings.learning_rate * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    share = {
        "cosine": 0.5 * (1 + math.cos(math.pi * done)),
        "linear": 1 - done,
        "constant": 1.0,
    }[settings.schedule]
    return settings.learning_rate * share


def write_log(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """The run so far as a table, one row a step."""
    partial = path.with_name(f"{path.name}.partial")
    with open(partial, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        table.writeheader()
        for row in rows:
            rounded = {name: round(row[name], places) for name, places in _PLACES.items()}
            table.writerow({**row, **rounded})
    os.replace(partial, path)


class _Run:
    """What a step needs and what it leaves behind."""

    def __init__(
        self,
        objective: Objective,
        train: Sequence[Example],
        validation: Sequence[Example],
        padding: int,
        settings: Train,
        seed: int,
        folder: Path | None,
        watch: Watch | None,
    ) -> None:
        self.accelerator = accelerator = Accelerator(cpu=not torch.cuda.is_available())
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        self.train, self.validation, self.padding = train, validation, padding
        self.settings, self.seed, self.folder, self.watch = settings, seed, folder, watch
        self.steps = list(_steps(train, settings, seed))
        optimiser = torch.optim.AdamW(
            [each for each in objective.parameters() if each.requires_grad],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.wrapped, self.optimiser = accelerator.prepare(objective, optimiser)
        self.objective = accelerator.unwrap_model(self.wrapped)
        self.tuned = [each for each in self.wrapped.parameters() if each.requires_grad]
        self.tuned_parameters = sum(each.numel() for each in self.tuned)
        state = None
        if folder is not None:
            # The main process may just have removed what another run left.
            accelerator.wait_for_everyone()
            state = checkpoint.restore(folder / "checkpoints", self.objective, self.optimiser)
        self.rows: list[dict[str, Any]] = state["rows"] if state else []
        if watch and state:
            watch.restore(state["watch"])
        self.trackers = []
        if folder is not None and accelerator.is_main_process:
            started = (trackers.start(each, folder, len(self.rows)) for each in settings.trackers)
            self.trackers = list(started)

    @property
    def finished(self) -> bool:
        return len(self.rows) == len(self.steps) or bool(self.watch and self.watch.has_enough)

    def advance(self) -> dict[str, Any]:
        """The next step, with what is measured after it; its row of the log."""
        number = len(self.rows)
        row = self.step(number)
        row["seconds"] = row["step_seconds"] + (self.rows[-1]["seconds"] if number else 0)
        self.rows.append(row)
        if self._is_watched():
            row["validation_score"] = self._judge()
        if self.is_due():
            row["validation_loss"] = self.measure()
        for each in self.trackers:
            each.log(row)
        return row

    def is_due(self) -> bool:
        """Whether the step just done is one to write down."""
        return (
            len(self.rows) % self.settings.checkpoint_every == 0
            or self.finished
            or self._is_watched()
        )

    def step(self, number: int) -> dict[str, Any]:
        """One optimiser step. Raises `UserError` where its loss or gradient is no number, before
        anything is learned from it."""
        started = time.monotonic()
        micro_batches = self.steps[number]
        rate = learning_rate(self.settings, number, len(self.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        weight = self._weight(self.train, micro_batches)
        self.wrapped.train()
        total = torch.zeros((), device=self._device)
        batches = self._mine(self.train, micro_batches)
        for turn, batch in enumerate(batches):
            # Dropout is that of the micro-batch, whatever ran before and whoever goes through it.
            place = turn * self.accelerator.num_processes + self._rank
            torch.manual_seed(random.Random(f"{self.seed}:{number}:{place}").getrandbits(63))
            last = turn + 1 == len(batches)
            hold = nullcontext() if last else self.accelerator.no_sync(self.wrapped)
            with hold:
                loss = self.wrapped(batch)
                # DDP and FSDP average over processes what has to be summed.
                self.accelerator.backward(loss * self.accelerator.num_processes / weight)
            total += loss.detach()
        loss_per_weight = float(self.accelerator.reduce(total)) / weight
        if not math.isfinite(loss_per_weight):
            raise self._no_number(number, "loss", loss_per_weight)
        norm = float(self.accelerator.clip_grad_norm_(self.tuned, self.settings.clip))
        if not math.isfinite(norm):
            raise self._no_number(number, "gradient", norm)
        self.optimiser.step()
        self.optimiser.zero_grad()
        seconds, learned = time.monotonic() - started, self.learned(micro_batches)
        return {
            "step": number + 1,
            "loss": loss_per_weight,
            "learned_tokens": learned,
            "tokens_per_second": learned / seconds,
            "learning_rate": rate,
            "step_seconds": seconds,
            "peak_memory_gb": peak(self._device),
            "validation_loss": "",
            "validation_score": "",
        }

    def measure(self) -> float | str:
        """The loss per unit of weight on dialogues that are not learned; '' without any."""
        if not self.validation:
            return ""
        self.wrapped.eval()
        lengths = [size(each) for each in self.validation]
        places = plan(lengths, self.settings.batch_tokens, random.Random(0), order=False)
        batches = [MicroBatch(0, tuple(each)) for each in places]
        total = torch.zeros((), device=self._device)
        with torch.no_grad():
            for batch in self._mine(self.validation, batches):
                total += self.wrapped(batch)
        return float(self.accelerator.reduce(total)) / self._weight(self.validation, batches)

    def save(self) -> None:
        """The log and a checkpoint of the step just done."""
        assert self.folder is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        is_main = self.accelerator.is_main_process
        tensors = checkpoint.gather(self.objective, self.optimiser, is_main)
        if is_main:
            write_log(self.folder / "log.csv", self.rows)
            state = {"rows": self.rows, "watch": self.watch.state() if self.watch else None}
            checkpoint.save(self.folder / "checkpoints", len(self.rows), tensors, state)
        self.accelerator.wait_for_everyone()

    def finish(self) -> dict[str, Any]:
        """The figures of the whole run; the model is what is to be kept of it."""
        best = {}
        if self.watch:
            assert self.folder is not None
            checkpoint.restore_best(self.folder / "checkpoints", self.objective)
            best = {"best_step": self.watch.best_step, "best_score": self.watch.best}
        checkpoint.make_whole(self.objective, self.accelerator.is_main_process)
        for each in self.trackers:
            each.close()
        # Nobody may still be reading when the main process clears up.
        self.accelerator.wait_for_everyone()
        learned = sum(row["learned_tokens"] for row in self.rows)
        seconds = self.rows[-1]["seconds"]
        return {
            "steps": len(self.rows),
            **best,
            "learned_tokens": learned,
            "tuning_seconds": round(seconds, 1),
            "tokens_per_second": round(learned / seconds, 1),
            "tuned_parameters": self.tuned_parameters,
            "peak_memory_gb": round(peak(self._device), 2),
        }

    def any_process(self, flag: bool) -> bool:
        """Whether it is so in any of the processes, so that all of them do the same."""
        if self.accelerator.num_processes == 1:
            return flag
        told = self.accelerator.reduce(torch.tensor(float(flag), device=self._device))
        return bool(told > 0)

    def size(self, micro_batch: MicroBatch) -> int:
        """How many tokens it has, padding included."""
        sizes = [size(self.train[place]) for place in micro_batch.places]
        return max(sizes) * len(sizes)

    def learned(self, micro_batches: Sequence[MicroBatch]) -> int:
        """How many tokens are learned of them."""
        return sum(
            weight > 0
            for each in micro_batches
            for place in each.places
            for weight in self.train[place].tokens.weights
        )

    def _is_watched(self) -> bool:
        done = len(self.rows)
        every = self.watch and self.watch.every
        return bool(every and done and (done % every == 0 or done == len(self.steps)))

    def _judge(self) -> float:
        assert self.watch is not None
        assert self.folder is not None
        self.wrapped.eval()
        if self.watch.judge(len(self.rows), self.accelerator):
            is_main = self.accelerator.is_main_process
            tensors = checkpoint.tuned(self.objective, is_main)
            if is_main:
                checkpoint.save_best(self.folder / "checkpoints", len(self.rows), tensors)
        return self.watch.last

    def _weight(self, examples: Sequence[Example], batches: Sequence[MicroBatch]) -> float:
        return sum(sum(examples[place].tokens.weights) for each in batches for place in each.places)

    def _mine(self, examples: Sequence[Example], batches: Sequence[MicroBatch]) -> list[Batch]:
        """This process's share. All have as many, since they go through the network together."""
        processes = self.accelerator.num_processes
        mine = [
            collate(
                [examples[place] for place in each.places], each.epoch, self.padding, self._device
            )
            for each in batches[self._rank :: processes]
        ]
        missing = math.ceil(len(batches) / processes) - len(mine)
        shortest = examples[batches[0].places[-1]]
        return mine + [idle(shortest, self.padding, self._device)] * missing

    def _no_number(self, number: int, what: str, value: float) -> UserError:
        names = [self.train[place].id for each in self.steps[number] for place in each.places]
        told = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        return UserError(
            f"Step {number + 1}: the {what} of its dialogues is {value}, so nothing was learned "
            f"from it; the checkpoints of earlier steps are whole. The dialogues are {told}. Lower "
            "train.learning_rate, raise train.warmup, or look at these dialogues."
        )

    @property
    def _rank(self) -> int:
        return int(self.accelerator.process_index)

    @property
    def _device(self) -> torch.device:
        return self.accelerator.device


def _note(row: dict[str, Any]) -> str:
    score = row["validation_score"]
    return (
        f"loss {row['loss']:.2f} · {row['tokens_per_second']:.0f} learned tokens/s · "
        f"{row['peak_memory_gb']:.1f} GB" + (f" · score {score:.1f}" if score != "" else "")
    )


def _steps(examples: Sequence[Example], settings: Train, seed: int) -> Iterator[list[MicroBatch]]:
    """The micro-batches of every step of the run, which follow from the seed alone."""
    lengths = [size(each) for each in examples]
    batches = [
        MicroBatch(epoch, tuple(places))
        for epoch in range(settings.epochs)
        for places in plan(lengths, settings.batch_tokens, random.Random(f"{seed}:{epoch}"))
    ]
    count = math.ceil(len(batches) / settings.accumulate)
    for step in range(min(count, settings.max_steps or count)):
        yield batches[step * settings.accumulate : (step + 1) * settings.accumulate]
