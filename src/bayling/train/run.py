"""The training stage: dialogues and a model → an adapter, a log and a manifest."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bayling import manifest, parts, processes, terminal
from bayling.backends import Backend
from bayling.config import Model, Train
from bayling.errors import UserError
from bayling.model import load, template, tuned
from bayling.model.template import Encoded
from bayling.records import Dialogue, read_dialogues

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from bayling.train.batch import Example
    from bayling.train.early_stopping import Watch
    from bayling.train.loop import Objective


# What judges the model while it is tuned: a backend that answers with it → a figure.
Judge = Callable[[Backend], float]


@dataclass(frozen=True)
class Validation:
    """What a run is watched by: dialogues whose loss is measured, and, for early stopping, who
    judges the model, by which samples, and whether less of that figure is better."""

    dialogues: Path | None = None
    samples: Path | None = None
    judge: Judge | None = None
    less_is_better: bool = False


def run(
    settings: Train,
    model: Model,
    dialogues: Path,
    validation: Validation,
    seed: int,
    folder: Path,
    start: Path | None = None,
) -> dict[str, Any]:
    """Tune `model` on a file of dialogues into `folder`; returns the figures of the run.

    With `start`, the folder of an adapter, that one is tuned on instead of a new one.

    Going on after an interruption is the same call again. Raises `UserError` where no dialogue
    can be learned, and what `loop.fit` raises.
    """
    plan = _plan(settings, model, dialogues, validation, seed, start)
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return dict(manifest.require(folder, "train")["counts"])
    started = time.monotonic()
    # What can be wrong shows here, before anything that was whole is touched.
    _check(settings, validation)
    prepared = _prepare(settings, model, dialogues, validation, seed, start)
    if processes.is_main():
        manifest.begin(folder)
        held = {**plan.settings, "precision": prepared.precision}
        _clear_unless_same(folder, replace(plan, settings=held))
    with processes.terminated() as told:
        figures = _tune(prepared, settings, model, validation, seed, folder, told)
        if processes.is_main():
            outputs = [*(f"adapter/{name}" for name in tuned.files(folder / "adapter")), "log.csv"]
            manifest.write(folder, plan, outputs, figures, time.monotonic() - started)
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        if told.is_set():
            terminal.say(f"Stopped, as SIGTERM asked; {folder} is whole.")
            raise SystemExit(0)
    return figures


def estimate(
    settings: Train, model: Model, dialogues: Path, seed: int, start: Path | None = None
) -> dict[str, Any]:
    """What `run` would take (see `loop.estimate`); nothing is written."""
    from bayling.train import loop

    prepared = _prepare(settings, model, dialogues, Validation(), seed, start)
    found = loop.estimate(prepared.objective, prepared.learn, prepared.padding, settings, seed)
    return {"precision": prepared.precision, **found}


def _check(settings: Train, validation: Validation) -> None:
    """Raises `UserError` for what the processes that there are cannot do."""
    from bayling.train import trackers

    if settings.early_stopping and validation.judge is None:
        raise UserError(
            "train.early_stopping needs a validation set, which a file of dialogues does not "
            "have; use it in a recipe, with build.test above 0."
        )
    if settings.early_stopping and processes.share_weights():
        raise UserError(
            "train.early_stopping asks the model for translations, which it cannot give while "
            "its weights are shared among processes; leave it out with FSDP."
        )
    if settings.accumulate < processes.count():
        raise UserError(
            f"train.accumulate is {settings.accumulate}, and {processes.count()} processes share "
            "the micro-batches of a step, so some would have nothing to do; set it to "
            f"{processes.count()} or more."
        )
    if os.environ.get("ACCELERATE_USE_DEEPSPEED", "false").lower() == "true":
        raise UserError(
            "Training by DeepSpeed is not supported; FSDP2 shares weights, gradients and "
            "optimiser as well: accelerate launch --config_file recipes/launch/fsdp2.yaml."
        )
    trackers.require(settings.trackers)


def _plan(
    settings: Train,
    model: Model,
    dialogues: Path,
    validation: Validation,
    seed: int,
    start: Path | None,
) -> manifest.Plan:
    inputs = {"dialogues": manifest.sha256(dialogues), **load.fingerprint(model.name)}
    if validation.dialogues is not None:
        inputs["validation"] = manifest.sha256(validation.dialogues)
    if settings.early_stopping and validation.samples is not None:
        inputs["samples"] = manifest.sha256(validation.samples)
    if start is not None:
        inputs |= {f"start/{name}": manifest.sha256(start / name) for name in tuned.files(start)}
    return manifest.Plan(
        # Who is told of the figures changes none of them.
        "train",
        {
            **settings.model_dump(exclude={"trackers"}),
            # How it is asked later changes nothing.
            "model": model.model_dump(exclude={"guidance"}),
            "seed": seed,
        },
        inputs,
    )


def _clear_unless_same(folder: Path, plan: manifest.Plan) -> None:
    """What another recipe, other data or another version left is of no use to this run."""
    from bayling.train import trackers

    note = folder / "checkpoints" / "plan.json"
    found = manifest.read_json(note) if note.exists() else None
    # A run that was stopped before its first one has nothing to go on from, and nothing to lose.
    has_some = any(note.parent.glob("step-*"))
    if found == plan.key():
        if has_some:
            terminal.say("Going on from the newest checkpoint")
        return
    if found and has_some:
        terminal.say(
            f"The checkpoints in {note.parent} are of another run "
            f"({manifest.changes(found, plan)}); tuning begins anew."
        )
    # Checkpoints go first, so that none of them is ever left beside another plan.
    for name in ("checkpoints", "adapter"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "log.csv").unlink(missing_ok=True)
    trackers.clear(folder)
    note.parent.mkdir(parents=True)
    manifest.write_json(note, plan.key())


@dataclass(frozen=True)
class _Prepared:
    """All that tuning needs, loaded: nothing a user got wrong is left to be found."""

    model: PreTrainedModel
    adapter: tuned.Spec | None
    objective: Objective
    learn: list[Example]
    watch: list[Example]
    padding: int
    precision: load.Precision


def _prepare(
    settings: Train,
    model: Model,
    train: Path,
    validation: Validation,
    seed: int,
    start: Path | None,
) -> _Prepared:
    import torch

    from bayling.train import loop, memory
    from bayling.train.batch import collate, size

    torch.manual_seed(seed)
    name, values = parts.split(settings.method)
    method, options = parts.load("method", name), parts.options("method", name, values)
    adapter = tuned.spec_of(start) if start else model.adapter
    segmented = tuned.needs_segments(adapter)
    longest = min(settings.max_tokens, load.context(model.name) or settings.max_tokens)
    tokenizer = load.load_tokenizer(model.name)
    encoder = _Encoder(tokenizer, method, options, settings, longest, segmented, seed)
    learn = encoder.learnable(train)
    watch = encoder.examples(validation.dialogues) if validation.dialogues else []
    padding = int(tokenizer.pad_token_id)
    # Half a gigabyte of Gemma's is gone before the network is there.
    del tokenizer, encoder
    memory.give_back()
    precision = load.precision(settings.precision)
    adapted = (
        tuned.resume(model.name, start, precision)
        if start
        else tuned.attach(model.name, model.adapter, precision)
    )
    network = tuned.network(adapted)
    if settings.recompute:
        if not network.supports_gradient_checkpointing:
            raise UserError(
                f"train.recompute: transformers cannot recompute the layers of {model.name}; "
                "set it to false and lower train.batch_tokens to save memory."
            )
        network.activation_checkpointing_enable({"use_reentrant": False})
    objective = loop.Objective(adapted, method, options)
    if not processes.share_weights():
        # Whatever the method has against the model, it says at the first dialogue.
        with torch.no_grad():
            objective(collate([min(learn, key=size)], 0, padding, network.device))
    return _Prepared(adapted, adapter, objective, learn, watch, padding, load.precision_of(network))


def _tune(
    prepared: _Prepared,
    settings: Train,
    model: Model,
    validation: Validation,
    seed: int,
    folder: Path,
    told: threading.Event,
) -> dict[str, Any]:
    from bayling.train import loop

    figures = loop.fit(
        prepared.objective,
        prepared.learn,
        prepared.watch,
        prepared.padding,
        settings,
        seed,
        folder,
        _watch(prepared.model, model.name, settings, validation),
        told,
    )
    if processes.is_main():
        tuned.save(prepared.model, prepared.adapter, folder / "adapter")
    return {"dialogues": len(prepared.learn), "precision": prepared.precision, **figures}


def _watch(
    tuned_model: PreTrainedModel, name: str, settings: Train, validation: Validation
) -> Watch | None:
    """Early stopping by what the network, as it is at that moment, answers."""
    wanted, judge = settings.early_stopping, validation.judge
    if wanted is None or judge is None:
        return None
    from bayling.backends.hf import of_network
    from bayling.train.early_stopping import Watch

    backend = of_network(tuned_model, load.load_tokenizer(name))
    return Watch(lambda: judge(backend), wanted.every, wanted.patience, validation.less_is_better)


@dataclass(frozen=True)
class _Encoder:
    """Dialogues as the method sees them."""

    tokenizer: PreTrainedTokenizerBase
    method: ModuleType
    options: Any
    settings: Train
    longest: int
    segmented: bool
    seed: int

    @property
    def contrasts(self) -> bool:
        """Whether the method also learns from wrong requests."""
        return hasattr(self.method, "contrast")

    def learnable(self, path: Path) -> list[Example]:
        """`examples`, of which there have to be some."""
        found = self.examples(path)
        if not found:
            raise UserError(
                f"{path}: no dialogue of at most {self.longest} tokens has a learned turn."
            )
        if self.contrasts and not any(each.contrasts for each in found):
            raise UserError(
                f"{path}: no dialogue has a wrong request, from which "
                f"'{parts.split(self.settings.method)[0]}' is to learn; make dialogues of the kind "
                "'contrast' (build.mix)."
            )
        return found

    def examples(self, path: Path) -> list[Example]:
        """The dialogues of a file, without those that are too long or teach nothing."""
        from bayling.train.batch import Example

        kept = []
        too_long = nothing = 0
        for dialogue in read_dialogues(path):
            meant = _last_turn(dialogue) if self.settings.turns == "last" else dialogue
            tokens = self._encoded(meant)
            contrasts = self._contrasts(meant) if self.contrasts else ()
            if any(len(each.ids) > self.longest for each in (tokens, *contrasts)):
                too_long += 1
            elif not any(message.learn for message in meant.messages):
                nothing += 1
            else:
                kept.append(Example(dialogue.id, tokens, contrasts))
        if too_long:
            terminal.say(
                f"{_dialogues(too_long)} of {path.name} left out: longer than {self.longest} "
                "tokens (train.max_tokens, or the model's context); none is cut"
            )
        if nothing:
            terminal.say(f"{_dialogues(nothing)} of {path.name} left out: with no learned turn")
        return kept

    def _contrasts(self, dialogue: Dialogue) -> tuple[Encoded, ...]:
        """The dialogue under a wrong request, another one each epoch; () where it has none."""
        drawn = [
            self.method.contrast(
                dialogue, self.options, random.Random(f"{self.seed}:{epoch}:{dialogue.id}")
            )
            for epoch in range(self.settings.epochs)
        ]
        return tuple(self._encoded(each) for each in drawn if each is not None)

    def _encoded(self, dialogue: Dialogue) -> Encoded:
        tokens: Encoded = self.method.encode(self.tokenizer, dialogue, self.options)
        if not self.segmented:
            return tokens
        return replace(tokens, segments=template.segments(self.tokenizer, dialogue.messages))


def _last_turn(dialogue: Dialogue) -> Dialogue:
    """The dialogue with the last of its learned turns alone to learn."""
    learned = [place for place, message in enumerate(dialogue.messages) if message.learn]
    return replace(
        dialogue,
        messages=tuple(
            replace(message, learn=place in learned[-1:])
            for place, message in enumerate(dialogue.messages)
        ),
    )


def _dialogues(count: int) -> str:
    return f"{count} {'dialogue' if count == 1 else 'dialogues'}"
