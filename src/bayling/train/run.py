"""The training stage: dialogues and a model → an adapter, a log and a manifest."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling import jsonl, manifest, parts, terminal
from bayling.config import Model, Train
from bayling.errors import UserError
from bayling.model import template
from bayling.model.template import Encoded
from bayling.records import Dialogue

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

OUTPUTS = ("adapter/adapter_model.safetensors", "adapter/adapter_config.json", "log.csv")


def run(
    settings: Train,
    model: Model,
    dialogues: Path,
    validation: Path | None,
    seed: int,
    folder: Path,
) -> dict[str, Any]:
    """Tune `model` on a file of dialogues into `folder`; returns the figures of the run.

    Going on after an interruption is the same call again. Raises `UserError` where no dialogue
    can be learned.
    """
    inputs = {"dialogues": manifest.sha256(dialogues)}
    if validation is not None:
        inputs["validation"] = manifest.sha256(validation)
    plan = manifest.Plan(
        "train", {**settings.model_dump(), "model": model.model_dump(), "seed": seed}, inputs
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return dict(manifest.require(folder, "train")["counts"])
    started = time.monotonic()
    manifest.begin(folder)
    _clear_unless_same(folder, plan)
    figures = _tune(settings, model, dialogues, validation, seed, folder)
    manifest.write(folder, plan, OUTPUTS, figures, time.monotonic() - started)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return figures


def _clear_unless_same(folder: Path, plan: manifest.Plan) -> None:
    """What another recipe, other data or another version left is of no use to this run."""
    note = folder / "checkpoints" / "plan.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) == plan.key():
        terminal.say("Going on from the newest checkpoint")
        return
    shutil.rmtree(folder)
    note.parent.mkdir(parents=True)
    manifest.write_json(note, plan.key())


def _tune(
    settings: Train, model: Model, train: Path, validation: Path | None, seed: int, folder: Path
) -> dict[str, Any]:
    import torch

    from bayling.model import load
    from bayling.train import loop

    torch.manual_seed(seed)
    name, values = parts.split(settings.method)
    method, options = parts.load("method", name), parts.options("method", name, values)
    network, tokenizer = load.load(model.name)
    adapter, values = parts.split(model.adapter)
    tuned = parts.load("adapter", adapter).attach(
        network, parts.options("adapter", adapter, values)
    )
    encode = partial(_encoded, tokenizer, weigh=partial(method.weigh, options))
    learn = encode(train, settings.max_tokens)
    watch = encode(validation, settings.max_tokens) if validation else []
    if not learn:
        raise UserError(
            f"{train}: no dialogue of at most {settings.max_tokens} tokens has a learned turn."
        )
    figures = loop.fit(
        loop.Objective(tuned, method, options),
        learn,
        watch,
        tokenizer.pad_token_id,
        settings,
        seed,
        folder,
    )
    tuned.save_pretrained(folder / "adapter")
    return {"dialogues": len(learn), **figures}


def _encoded(
    tokenizer: PreTrainedTokenizerBase, path: Path, longest: int, weigh: Any
) -> list[Encoded]:
    """The dialogues of a file as tokens, without those that are too long or teach nothing."""
    dialogues = [Dialogue.from_json(row) for row in jsonl.read(path)]
    encoded: Sequence[Encoded] = [
        template.encode(tokenizer, dialogue.messages, weigh) for dialogue in dialogues
    ]
    kept = [each for each in encoded if len(each.ids) <= longest and any(each.weights)]
    if len(kept) < len(encoded):
        terminal.say(f"{len(encoded) - len(kept)} dialogues of {path.name} left out: too long")
    return kept
