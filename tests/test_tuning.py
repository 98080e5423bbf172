"""Tuning as the commands do it, with a model small enough to be tuned in a test."""

from __future__ import annotations

import csv
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from bayling import cli, config, jsonl, manifest, pipeline
from bayling.config import Recipe
from bayling.errors import UserError
from bayling.model import load
from bayling.records import Dialogue, Message
from bayling.train import loop, run

CATALOGUE = Path(__file__).with_name("build") / "catalogue.tsv"


def recipe_of(tiny_model: Path, **sections: Any) -> Recipe:
    columns = {"path": str(CATALOGUE), "source_column": 2, "target_column": 3}
    build = {"dialogues": 12, "validation": 2, "test": 4, "mix": {"translate": 1}}
    content = {
        "name": "small",
        "source_lang": "en",
        "target_lang": "de",
        "corpus": {"inputs": [{"tsv": columns}]},
        "build": build,
        "model": {"name": str(tiny_model), "adapter": {"lora": {"rank": 4}}},
        **sections,
    }
    return config.validate(content, "the test")


def scores(folder: Path) -> list[str]:
    with open(folder / "train" / "log.csv", encoding="utf-8") as file:
        return [row["validation_score"] for row in csv.DictReader(file)]


def test_a_run_stops_by_what_the_model_answers_to_the_validation_set(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = {"metric": "chrf", "every": 1, "patience": 2, "samples": 2}
    train = {"batch_tokens": 64, "epochs": 20, "early_stopping": stopping}
    recipe = recipe_of(tiny_model, train=train)
    pipeline.run(recipe, tmp_path, "train")
    told = scores(tmp_path)
    assert "" not in told
    # Random weights say nothing, so no answer is better than the one before.
    best = max(map(float, told))
    assert len(told) - 1 - [float(each) for each in told].index(best) == 2


def test_fewer_is_better_where_the_metric_says_so(tiny_model: Path, tmp_path: Path) -> None:
    for metric, expected in (("chrf", False), ("off_target", True), ("editing", True)):
        stopping = {"metric": metric, "samples": 2}
        recipe = recipe_of(tiny_model, train={"early_stopping": stopping})
        pipeline.run(recipe, tmp_path, "build")
        assert pipeline._validation(recipe, tmp_path).less_is_better is expected


def test_early_stopping_by_a_figure_that_the_task_does_not_give(
    tiny_model: Path, tmp_path: Path
) -> None:
    stopping = {"metric": "satisfaction", "every": 1, "samples": 2}
    recipe = recipe_of(tiny_model, train={"batch_tokens": 64, "early_stopping": stopping})
    with pytest.raises(UserError, match="satisfaction gives no figure for translation"):
        pipeline.run(recipe, tmp_path, "train")


def dialogues(path: Path, *learn: bool) -> Path:
    """One dialogue with an answer for each of `learn`."""
    messages: list[Message] = []
    for number, each in enumerate(learn):
        messages += [Message("user", f"Q{number}"), Message("assistant", f"A{number}", learn=each)]
    rows = [Dialogue(tuple(messages), "mixed", "en", "de", str(n)).to_json() for n in range(8)]
    jsonl.write(path, rows)
    return path


def test_a_file_of_dialogues_has_no_validation_set(tiny_model: Path, tmp_path: Path) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    tuning = config.for_dialogues(path, str(tiny_model), ["train.early_stopping={}"])
    with pytest.raises(UserError, match=r"train\.early_stopping needs a validation set"):
        pipeline.tune(tuning, path, tmp_path / "run")


@pytest.mark.parametrize(("turns", "learned"), [("all", 2), ("last", 1)])
def test_which_turns_are_learned(
    tiny_model: Path, tmp_path: Path, turns: str, learned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True, False, True, False)
    tuning = config.for_dialogues(path, str(tiny_model), [f"train.turns={turns}"])
    seen: list[int] = []

    def look(prepared: Any, *_: object) -> None:
        # Each answer ends with a token of its own.
        end = load.load_tokenizer(str(tiny_model)).eos_token_id
        (example, *_) = prepared.learn
        ends = [
            token == end and weight > 0
            for token, weight in zip(example.tokens.ids, example.tokens.weights, strict=True)
        ]
        seen.append(sum(ends))
        raise UserError("seen")

    monkeypatch.setattr(run, "_tune", look)
    with pytest.raises(UserError, match="seen"):
        pipeline.tune(tuning, path, tmp_path / "run")
    assert seen == [learned]


@pytest.mark.parametrize(
    ("adapter", "precision", "frozen"),
    [("lora", "bf16", torch.bfloat16), ("lora", "fp32", torch.float32), ("full", "bf16", None)],
)
def test_in_what_weights_are_held(
    tiny_model: Path,
    tmp_path: Path,
    adapter: str,
    precision: str,
    frozen: torch.dtype | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    wanted = [f"train.precision={precision}", f"model.adapter={adapter}", "train.max_steps=2"]
    tuning = config.for_dialogues(path, str(tiny_model), wanted)
    tune = run._tune

    def look(prepared: Any, *further: Any) -> Any:
        held = list(prepared.model.parameters())
        assert {each.dtype for each in held if each.requires_grad} == {torch.float32}
        assert {each.dtype for each in held if not each.requires_grad} == ({frozen} - {None})
        return tune(prepared, *further)

    monkeypatch.setattr(run, "_tune", look)
    pipeline.tune(tuning, path, tmp_path / "run")


def test_long_dialogues_are_counted_and_not_cut(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    long = Dialogue(
        (Message("user", "word " * 400), Message("assistant", "A", learn=True)),
        "general", "en", "de", "long",
    )  # fmt: skip
    jsonl.write(path, [*jsonl.read(path), long.to_json()])
    tuning = config.for_dialogues(path, str(tiny_model))
    pipeline.tune(tuning, path, tmp_path / "run")
    told = " ".join(capsys.readouterr().err.split())
    assert "1 dialogue of mine.jsonl left out: longer than 256 tokens" in told
    assert "none is cut" in told


def test_checkpoints_of_another_run_are_told_and_not_gone_on_from(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    first = config.for_dialogues(path, str(tiny_model), ["train.batch_tokens=16"])

    def broken(*_: object) -> None:
        raise RuntimeError("as if killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bayling.manifest.write", broken)
        with pytest.raises(RuntimeError, match="as if killed"):
            pipeline.tune(first, path, tmp_path / "run")
    capsys.readouterr()
    other = config.for_dialogues(
        path, str(tiny_model), ["train.batch_tokens=16", "train.learning_rate=0.01", "seed=2"]
    )
    pipeline.tune(other, path, tmp_path / "run")
    told = " ".join(capsys.readouterr().err.split())
    assert (
        "are of another run (learning_rate is 0.01, was 0.0005, seed is 2, was 1); tuning" in told
    )


def test_a_run_that_was_stopped_before_its_first_checkpoint_says_nothing_of_any(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    tuning = config.for_dialogues(path, str(tiny_model), ["train.batch_tokens=16"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop._Run, "advance", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pipeline.tune(tuning, path, tmp_path / "run")
    for changes in ([], ["seed=2"]):
        other = config.for_dialogues(path, str(tiny_model), ["train.batch_tokens=16", *changes])
        pipeline.tune(other, path, tmp_path / "run")
    assert "checkpoint" not in capsys.readouterr().err


def test_what_a_run_will_take(
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    monkeypatch.chdir(tmp_path)
    arguments = ["train", str(path), "--model", str(tiny_model), "--set", "train.batch_tokens=16"]
    monkeypatch.setattr("sys.argv", ["bayling", *arguments, "--dry-run"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    told = capsys.readouterr().out
    assert told.startswith("8 dialogues in 8 steps\n")
    assert re.search(r"\d+ tokens with padding, \d+ learned", told)
    memory = r"\d\.\d GB of memory, frozen weights in (bf16|fp32)"
    assert re.search(rf"\d+ tuned parameters\n{memory}\nabout \d+\.\d minutes", told)
    assert not (tmp_path / "runs").exists()


def test_what_a_recipe_will_take_is_told_before_anything_is_tuned(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Asking for answers takes time too, but needs no estimate to begin.
    recipe = recipe_of(tiny_model, train={"early_stopping": {"samples": 2}})
    figures = pipeline.estimate_recipe(recipe, tmp_path / "one")
    assert figures["dialogues"] == 12
    assert not (tmp_path / "one" / "train").exists()
    mix = {"translate": 0.5, "revise_own": 0.5}
    two = recipe_of(tiny_model, build={"dialogues": 12, "test": 4, "mix": mix})
    assert pipeline.estimate_recipe(two, tmp_path / "two")["dialogues"] == 3
    told = " ".join(capsys.readouterr().err.split())
    assert "This is the first of two passes, on 3 dialogues; the second one goes on with 9" in told
    several = recipe_of(tiny_model, variants={"a": [], "b": ["seed=2"]})
    with pytest.raises(UserError, match="A recipe with variants is several runs"):
        pipeline.estimate_recipe(several, tmp_path / "several")
    assert not (tmp_path / "several").exists(), "before any dialogue is made"


@pytest.mark.parametrize(
    ("surroundings", "changes", "message"),
    [
        ({"WORLD_SIZE": "4"}, [], r"train\.accumulate is 1, and 4 processes.*set it to 4 or more"),
        (
            {"ACCELERATE_USE_FSDP": "true"},
            ["train.early_stopping={}"],
            "asks the model for translations, which it cannot give.*leave it out with FSDP",
        ),
        ({"ACCELERATE_USE_DEEPSPEED": "true"}, [], "DeepSpeed is not supported; FSDP2 shares"),
    ],
)
def test_what_several_processes_cannot_do(
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    surroundings: dict[str, str],
    changes: list[str],
    message: str,
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    tuning = config.for_dialogues(path, str(tiny_model), changes)
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    judge = run.Validation(judge=lambda backend: 0.0)
    with pytest.raises(UserError, match=message):
        run.run(tuning.train, tuning.model, path, judge, 1, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_sigterm_in_the_last_step_leaves_a_whole_run(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    tuning = config.for_dialogues(path, str(tiny_model))
    finish = loop._Run.finish

    def finished(each: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return finish(each)

    monkeypatch.setattr(loop._Run, "finish", finished)
    with pytest.raises(SystemExit) as end:
        pipeline.tune(tuning, path, tmp_path / "run")
    assert end.value.code == 0
    assert manifest.require(tmp_path / "run" / "train", "train")


def test_every_weight_is_tuned_and_answers(tiny_model: Path, tmp_path: Path) -> None:
    path = dialogues(tmp_path / "mine.jsonl", True)
    tuning = config.for_dialogues(path, str(tiny_model), ["model.adapter=full"])
    pipeline.tune(tuning, path, tmp_path / "run")
    found = load_file(tmp_path / "run" / "train" / "adapter" / "model.safetensors")
    before = load_file(tiny_model / "model.safetensors")
    assert found.keys() == before.keys()
    assert not all(torch.equal(found[name], before[name]) for name in before)
    connect, _ = pipeline.open_run(str(tmp_path / "run"))
    assert len(connect().answer([[Message("user", "Q0")]])) == 1
