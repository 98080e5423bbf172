"""The training stage: dialogues and a model → an adapter, a log and a manifest."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling import manifest, parts, terminal
from bayling.config import Model, Train
from bayling.errors import UserError
from bayling.model import load, template, tuned
from bayling.model.template import Encoded
from bayling.records import read_dialogues

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from bayling.train.loop import Objective


def run(
    settings: Train,
    model: Model,
    dialogues: Path,
    validation: Path | None,
    seed: int,
    folder: Path,
    start: Path | None = None,
) -> dict[str, Any]:
    """Tune `model` on a file of dialogues into `folder`; returns the figures of the run.

    With `start`, the folder of an adapter, that one is tuned on instead of a new one.

    Going on after an interruption is the same call again. Raises `UserError` where no dialogue
    can be learned.
    """
    inputs = {"dialogues": manifest.sha256(dialogues), **load.fingerprint(model.name)}
    if validation is not None:
        inputs["validation"] = manifest.sha256(validation)
    if start is not None:
        inputs |= {f"start/{name}": manifest.sha256(start / name) for name in tuned.files(start)}
    plan = manifest.Plan(
        "train", {**settings.model_dump(), "model": model.model_dump(), "seed": seed}, inputs
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return dict(manifest.require(folder, "train")["counts"])
    started = time.monotonic()
    # What can be wrong shows here, before anything that was whole is touched.
    prepared = _prepare(settings, model, dialogues, validation, seed, start)
    manifest.begin(folder)
    _clear_unless_same(folder, plan)
    figures = _tune(prepared, settings, seed, folder)
    outputs = [*(f"adapter/{name}" for name in tuned.files(folder / "adapter")), "log.csv"]
    manifest.write(folder, plan, outputs, figures, time.monotonic() - started)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return figures


def _clear_unless_same(folder: Path, plan: manifest.Plan) -> None:
    """What another recipe, other data or another version left is of no use to this run."""
    note = folder / "checkpoints" / "plan.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) == plan.key():
        terminal.say("Going on from the newest checkpoint")
        return
    # Checkpoints go first, so that none of them is ever left beside another plan.
    for name in ("checkpoints", "adapter"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "log.csv").unlink(missing_ok=True)
    note.parent.mkdir(parents=True)
    manifest.write_json(note, plan.key())


@dataclass(frozen=True)
class _Prepared:
    """All that tuning needs, loaded: nothing a user got wrong is left to be found."""

    model: PreTrainedModel
    adapter: tuned.Spec | None
    objective: Objective
    learn: list[Encoded]
    watch: list[Encoded]
    padding: int


def _prepare(
    settings: Train,
    model: Model,
    train: Path,
    validation: Path | None,
    seed: int,
    start: Path | None,
) -> _Prepared:
    import torch

    from bayling.train import loop

    torch.manual_seed(seed)
    name, values = parts.split(settings.method)
    method, options = parts.load("method", name), parts.options("method", name, values)
    adapter = tuned.spec_of(start) if start else model.adapter
    adapted, tokenizer = (
        tuned.resume(model.name, start) if start else tuned.attach(model.name, model.adapter)
    )
    encode = partial(
        _encoded,
        tokenizer,
        weigh=partial(method.weigh, options),
        segmented=tuned.needs_segments(adapter),
    )
    learn = encode(train, settings.max_tokens)
    watch = encode(validation, settings.max_tokens) if validation else []
    if not learn:
        raise UserError(
            f"{train}: no dialogue of at most {settings.max_tokens} tokens has a learned turn."
        )
    if settings.recompute:
        network = tuned.network(adapted)
        if not network.supports_gradient_checkpointing:
            raise UserError(
                f"train.recompute: transformers cannot recompute the layers of {model.name}; "
                "set it to false and lower train.batch_tokens to save memory."
            )
        network.activation_checkpointing_enable({"use_reentrant": False})
    objective = loop.Objective(adapted, method, options)
    return _Prepared(adapted, adapter, objective, learn, watch, tokenizer.pad_token_id)


def _tune(prepared: _Prepared, settings: Train, seed: int, folder: Path) -> dict[str, Any]:
    from bayling.train import loop

    figures = loop.fit(
        prepared.objective,
        prepared.learn,
        prepared.watch,
        prepared.padding,
        settings,
        seed,
        folder,
    )
    tuned.save(prepared.model, prepared.adapter, folder / "adapter")
    return {"dialogues": len(prepared.learn), **figures}


def _encoded(
    tokenizer: PreTrainedTokenizerBase, path: Path, longest: int, weigh: Any, segmented: bool
) -> list[Encoded]:
    """The dialogues of a file as tokens, without those that are too long or teach nothing."""
    encoded = [
        template.encode(tokenizer, dialogue.messages, weigh, segmented)
        for dialogue in read_dialogues(path)
    ]
    fitting = [each for each in encoded if len(each.ids) <= longest]
    kept = [each for each in fitting if any(each.weights)]
    for count, why in (
        (len(encoded) - len(fitting), f"longer than {longest} tokens"),
        (len(fitting) - len(kept), "with no learned turn"),
    ):
        if count:
            terminal.say(f"{count} dialogues of {path.name} left out: {why}")
    return kept
