"""The stage as a whole: figures, messages, and a run that is killed and goes on."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers.models.llama.modeling_llama import LlamaForCausalLM, LlamaMLP

from bayling import config, jsonl, manifest
from bayling.errors import UserError
from bayling.records import Dialogue, Message, Span
from bayling.train import loop, run

SETTINGS = config.Train(
    batch_tokens=128, checkpoint_every=2, learning_rate=1e-2, epochs=2, accumulate=2
)


def write_dialogues(path: Path, count: int = 40) -> Path:
    rows = []
    for number in range(count):
        word = f"Wort{number}"
        messages = (
            Message("user", f"Translate into German:\nword {number}"),
            Message("assistant", "Ding"),
            Message("user", f"use '{word}'"),
            Message("assistant", word, learn=True, spans=(Span(0, len(word), "changed"),)),
        )
        rows.append(Dialogue(messages, "revise", "en", "de", str(number)).to_json())
    jsonl.write(path, rows)
    return path


def tune(
    tiny_model: Path, folder: Path, dialogues: Path, settings: config.Train = SETTINGS
) -> dict[str, object]:
    # Dropout makes the random state matter for going on.
    model = config.Model(name=str(tiny_model), adapter={"lora": {"dropout": 0.1, "rank": 4}})
    return run.run(settings, model, dialogues, run.Validation(dialogues), 1, folder)


def test_a_run_learns_and_leaves_a_whole_folder(tiny_model: Path, tmp_path: Path) -> None:
    dialogues = write_dialogues(tmp_path / "train.jsonl")
    figures = tune(tiny_model, tmp_path / "run", dialogues)
    with open(tmp_path / "run" / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == loop.COLUMNS
    assert figures["steps"] == len(rows)
    assert figures["learned_tokens"] == sum(int(row["learned_tokens"]) for row in rows)
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert rows[-1]["validation_loss"], "the last step is measured"
    assert not (tmp_path / "run" / "checkpoints").exists()
    whole = manifest.require(tmp_path / "run", "train")
    assert whole["counts"]["dialogues"] == 40
    # The same call again has nothing to do and touches nothing.
    before = (tmp_path / "run" / manifest.NAME).stat().st_mtime_ns
    assert tune(tiny_model, tmp_path / "run", dialogues) == figures
    assert (tmp_path / "run" / manifest.NAME).stat().st_mtime_ns == before


# Imports once, then forks: a process of its own for each of the kills would take minutes.
KILLING = """
import os, random, signal, sys, time
sys.path.insert(0, sys.argv[1])
import peft
from pathlib import Path
import test_train_run as t
model, whole, folder, dialogues = map(Path, sys.argv[2:])
# In as many threads as the others: sums are rounded by how they are divided.
if os.fork() == 0:
    t.tune(model, whole, dialogues, t.MANY)
    os._exit(0)
os.wait()
chance, kills, late = random.Random(4), 0, 0
newest = lambda: max((each.name for each in folder.glob("checkpoints/step-*")), default="")
ended = lambda child: os.waitpid(child, os.WNOHANG)[0]
while True:
    child, before = os.fork(), newest()
    if child == 0:
        t.tune(model, folder, dialogues, t.MANY)
        os._exit(0)
    if kills == 50:
        os.waitpid(child, 0)
        break
    # Half of them come at any moment, which is mostly while the model is loaded, the others while
    # steps are taken and checkpoints written.
    if kills % 2:
        while newest() == before:
            time.sleep(0.001)
            if ended(child):
                sys.exit("the run came to its end before it was killed often enough")
        time.sleep(chance.uniform(0, 0.1))
    else:
        time.sleep(chance.uniform(0, 0.5))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    kills += 1
    late += newest() != before
print(kills, late)
"""
MANY = SETTINGS.model_copy(update={"epochs": 10, "checkpoint_every": 1})


def test_killed_at_any_of_50_moments_ends_in_the_same_weights(
    tiny_model: Path, tmp_path: Path
) -> None:
    dialogues = write_dialogues(tmp_path / "train.jsonl")
    whole, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    places = (Path(__file__).parent, tiny_model, whole, disturbed, dialogues)
    done = subprocess.run(
        [sys.executable, "-c", KILLING, *map(str, places)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    kills, late = map(int, done.stdout.split())
    assert kills == 50
    assert late >= 25, "as many kills came after another step as were meant to"
    weights = load_file(tmp_path / "undisturbed" / "adapter" / "adapter_model.safetensors")
    found = load_file(disturbed / "adapter" / "adapter_model.safetensors")
    assert weights.keys() == found.keys()
    assert all(bool((weights[name] == found[name]).all()) for name in weights)
    logs = []
    for name in ("undisturbed", "disturbed"):
        with open(tmp_path / name / "log.csv", encoding="utf-8") as file:
            logs.append([(row["step"], row["loss"]) for row in csv.DictReader(file)])
    assert logs[0] == logs[1]


def test_recomputing_layers_changes_no_weight(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialogues = write_dialogues(tmp_path / "train.jsonl")
    passes: list[int] = []
    forward = LlamaMLP.forward
    monkeypatch.setattr(LlamaMLP, "forward", lambda *a, **k: passes.append(1) or forward(*a, **k))
    recompute = SETTINGS.model_copy(update={"recompute": True, "epochs": 1})
    tune(tiny_model, tmp_path / "once", dialogues, SETTINGS.model_copy(update={"epochs": 1}))
    once = len(passes)
    tune(tiny_model, tmp_path / "again", dialogues, recompute)
    assert len(passes) > 2 * once, "layers are computed again"
    weights, found = (
        load_file(tmp_path / name / "adapter" / "adapter_model.safetensors")
        for name in ("once", "again")
    )
    for name in weights:
        torch.testing.assert_close(found[name], weights[name], rtol=1e-5, atol=1e-6)


def test_a_model_whose_layers_cannot_be_recomputed(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LlamaForCausalLM, "supports_gradient_checkpointing", False)
    settings = SETTINGS.model_copy(update={"recompute": True})
    with pytest.raises(UserError, match=r"train\.recompute: transformers cannot recompute"):
        tune(tiny_model, tmp_path / "run", write_dialogues(tmp_path / "train.jsonl"), settings)


def test_checkpoints_of_another_recipe_are_not_continued(tiny_model: Path, tmp_path: Path) -> None:
    stale = tmp_path / "run" / "checkpoints" / "step-000004"
    stale.mkdir(parents=True)
    (stale.parent / "plan.json").write_text(json.dumps({"stage": "train"}))
    figures = tune(tiny_model, tmp_path / "run", write_dialogues(tmp_path / "train.jsonl"))
    assert figures["steps"] > 4


def test_how_a_model_is_asked_later_is_no_part_of_tuning(tiny_model: Path, tmp_path: Path) -> None:
    dialogues, folder = write_dialogues(tmp_path / "train.jsonl", 8), tmp_path / "run"
    for guidance in (2.0, 1.0):
        model = config.Model(name=str(tiny_model), guidance=guidance)
        run.run(SETTINGS, model, dialogues, run.Validation(dialogues), 1, folder)
        if guidance == 2.0:
            written = (folder / "log.csv").stat().st_mtime_ns
    assert (folder / "log.csv").stat().st_mtime_ns == written


def test_nothing_to_learn_is_one_message(tiny_model: Path, tmp_path: Path) -> None:
    rows = [Dialogue((Message("user", "Hallo"),), "chat", "en", "de", "1").to_json()]
    jsonl.write(tmp_path / "train.jsonl", rows)
    with pytest.raises(UserError, match="no dialogue of at most 256 tokens has a learned turn"):
        tune(tiny_model, tmp_path / "run", tmp_path / "train.jsonl")


def test_learning_rate_warms_up_and_falls_to_nothing() -> None:
    settings = config.Train(learning_rate=1.0, warmup=0.1)
    rates = [loop.learning_rate(settings, step, 100) for step in range(100)]
    assert rates[:2] == [0.1, 0.2]
    assert max(rates) == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.001
