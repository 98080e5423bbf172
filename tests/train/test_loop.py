"""The loop: what stops it, what it keeps, and what it tells."""

from __future__ import annotations

import csv
import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from bayling import config, parts, processes
from bayling.errors import MissingError, UserError
from bayling.model import load
from bayling.records import Dialogue
from bayling.train import checkpoint, loop, trackers
from bayling.train.batch import Example, size
from bayling.train.early_stopping import Watch

SETTINGS = config.Train(batch_tokens=1, checkpoint_every=2, learning_rate=1e-2, epochs=3)
STEPS = 12  # four dialogues, each a step, three times


def prepare(
    tiny_model: Path, dialogues: list[Dialogue], method: ModuleType | None = None
) -> tuple[loop.Objective, list[Example]]:
    torch.manual_seed(0)
    network, tokenizer = load.load(str(tiny_model))
    options = parts.options("adapter", "lora", {"rank": 4, "dropout": 0.2})
    tuned = parts.load("adapter", "lora").attach(network, options)
    sft, options = parts.load("method", "sft"), parts.options("method", "sft")
    examples = [Example(each.id, sft.encode(tokenizer, each, options)) for each in dialogues]
    return loop.Objective(tuned, method or sft, options), examples


def calling(act: Callable[[int, Tensor], Tensor]) -> Any:
    """sft, but `act` sees the number of each loss in training and may change it."""
    sft, count = parts.load("method", "sft"), 0

    def loss(model: Any, batch: Any, options: Any) -> Tensor:
        nonlocal count
        found = sft.loss(model, batch, options)
        if model.training:
            count += 1
            found = act(count, found)
        return found

    return SimpleNamespace(loss=loss)


def weights(objective: loop.Objective) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in checkpoint.tuned(objective).items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def undisturbed(tiny_model: Path, dialogues: list[Dialogue], folder: Path) -> dict[str, Tensor]:
    objective, examples = prepare(tiny_model, dialogues)
    loop.fit(objective, examples, [], 0, SETTINGS, 1, folder)
    return weights(objective)


def test_sigterm_saves_and_exits_with_0_and_the_same_call_goes_on(
    tiny_model: Path,
    dialogues: list[Dialogue],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def terminate(count: int, loss: Tensor) -> Tensor:
        if count == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return loss

    objective, examples = prepare(tiny_model, dialogues, calling(terminate))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end, processes.terminated() as told:
        loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run", told=told)
    assert end.value.code == 0
    assert "Stopped after step 5 of 12, as SIGTERM asked" in capsys.readouterr().err
    assert (tmp_path / "run" / "checkpoints" / "step-000005").is_dir()
    assert signal.getsignal(signal.SIGTERM) is before
    objective, examples = prepare(tiny_model, dialogues)
    figures = loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run")
    assert figures["steps"] == STEPS
    assert same(weights(objective), undisturbed(tiny_model, dialogues, tmp_path / "whole"))


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_what_is_no_number_stops_the_run_and_names_the_dialogue(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path, what: str
) -> None:
    def spoil(count: int, loss: Tensor) -> Tensor:
        if count != 7:
            return loss
        # The root's slope at 0 has no bound, so the gradient is no number though the loss is one.
        return loss * float("nan") if what == "loss" else (loss * 0).sqrt()

    objective, examples = prepare(tiny_model, dialogues, calling(spoil))
    names = "|".join(each.id for each in examples)
    with pytest.raises(UserError, match=rf"Step 7: the {what} of its dialogues is nan.*({names})"):
        loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run")
    kept = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert kept == ["step-000004", "step-000006"]
    assert all(bool(tensor.isfinite().all()) for tensor in weights(objective).values())


def test_a_full_disk_keeps_the_last_checkpoint_whole(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run" / "checkpoints"
    write = checkpoint.save_file

    def full(tensors: dict[str, Tensor], path: Path) -> None:
        if "000004" in str(path) and path.name == "optimiser.safetensors":
            path.write_bytes(b"half of it")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(tensors, path)

    monkeypatch.setattr(checkpoint, "save_file", full)
    objective, examples = prepare(tiny_model, dialogues)
    message = r"checkpoint of step 4 cannot be written .*No space left.* that of step 2 is whole"
    with pytest.raises(UserError, match=message):
        loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run")
    assert [path.name for path in folder.iterdir()] == ["step-000002"]
    monkeypatch.undo()
    objective, examples = prepare(tiny_model, dialogues)
    loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run")
    assert same(weights(objective), undisturbed(tiny_model, dialogues, tmp_path / "whole"))


def test_no_checkpoint_at_all_fits_on_the_disk(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(tensors: dict[str, Tensor], path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    objective, examples = prepare(tiny_model, dialogues)
    with pytest.raises(UserError, match="there is none"):
        loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run")


@pytest.mark.parametrize("less_is_better", [False, True])
def test_early_stopping_keeps_the_best_model_that_was_seen(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path, less_is_better: bool
) -> None:
    objective, examples = prepare(tiny_model, dialogues)
    scores = [3.0, 5.0, 4.0, 5.0, 9.0]
    seen: list[dict[str, Tensor]] = []

    def judge() -> float:
        assert not objective.training
        seen.append(weights(objective))
        score = scores[len(seen) - 1]
        return -score if less_is_better else score

    watch = Watch(judge, 2, 2, less_is_better)
    figures = loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run", watch)
    assert figures["steps"] == 8, "two judgements without a better one, of which equal is none"
    assert figures["best_step"] == 4
    assert abs(figures["best_score"]) == 5
    assert same(weights(objective), seen[1])
    assert not same(weights(objective), seen[3])
    with open(tmp_path / "run" / "log.csv", encoding="utf-8") as file:
        told = [row["validation_score"] for row in csv.DictReader(file)]
    sign = "-" if less_is_better else ""
    assert told == ["", f"{sign}3.0", "", f"{sign}5.0", "", f"{sign}4.0", "", f"{sign}5.0"]


def test_early_stopping_goes_on_after_an_interruption(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    def judging(objective: loop.Objective, scores: list[float]) -> Watch:
        return Watch(lambda: scores.pop(0), 3, 2, False)

    def terminate(count: int, loss: Tensor) -> Tensor:
        if count == 7:
            os.kill(os.getpid(), signal.SIGTERM)
        return loss

    objective, examples = prepare(tiny_model, dialogues, calling(terminate))
    watch = judging(objective, [4.0, 3.0])
    with pytest.raises(SystemExit), processes.terminated() as told:
        loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run", watch, told)
    objective, examples = prepare(tiny_model, dialogues)
    watch = judging(objective, [2.0])
    figures = loop.fit(objective, examples, [], 0, SETTINGS, 1, tmp_path / "run", watch)
    assert (figures["steps"], figures["best_step"]) == (9, 3)
    whole, examples = prepare(tiny_model, dialogues)
    watch = judging(whole, [4.0, 3.0, 2.0])
    assert loop.fit(whole, examples, [], 0, SETTINGS, 1, tmp_path / "whole", watch)["steps"] == 9
    assert same(weights(objective), weights(whole))


def test_the_best_model_does_not_fit_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(tensors: dict[str, Tensor], path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    (tmp_path / "step-000003").mkdir()
    with pytest.raises(UserError, match=r"step 7 cannot be written .*that of step 3 is whole"):
        checkpoint.save_best(tmp_path, 7, {"a": torch.ones(2)})


def test_sigterm_reaches_only_who_waits_for_it() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with processes.terminated() as told:
        os.kill(os.getpid(), signal.SIGTERM)
        assert told.wait(1)
    assert signal.getsignal(signal.SIGTERM) is before
    seen: list[bool] = []

    def elsewhere() -> None:
        with processes.terminated() as told:
            seen.append(told.is_set())

    # Signals are the main thread's business.
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [False]


def test_the_estimate_is_what_a_run_takes(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    settings = SETTINGS.model_copy(update={"batch_tokens": 100, "accumulate": 2})
    objective, examples = prepare(tiny_model, dialogues)
    told = loop.estimate(objective, examples, 0, settings, 1)
    objective, examples = prepare(tiny_model, dialogues)
    figures = loop.fit(objective, examples, [], 0, settings, 1, tmp_path / "run")
    for name in ("steps", "learned_tokens", "tuned_parameters"):
        assert told[name] == figures[name]
    assert told["dialogues"] == 4
    assert told["tokens"] >= 3 * sum(map(size, examples))
    assert told["seconds"] > 0
    assert told["peak_memory_gb"] > 0


def test_max_steps_bounds_the_run_and_its_schedule(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    objective, examples = prepare(tiny_model, dialogues)
    settings = SETTINGS.model_copy(update={"max_steps": 5})
    assert loop.fit(objective, examples, [], 0, settings, 1, tmp_path)["steps"] == 5
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    assert rates == [loop.learning_rate(settings, step, 5) for step in range(5)]


def test_schedules() -> None:
    for schedule, last in (("cosine", 0.0003), ("linear", 1 / 90), ("constant", 1.0)):
        settings = config.Train(learning_rate=1.0, warmup=0.1, schedule=schedule)
        rates = [loop.learning_rate(settings, step, 100) for step in range(100)]
        assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
        assert rates[10] == pytest.approx(1.0)
        assert rates[-1] == pytest.approx(last, abs=1e-3)
        assert rates[10:] == sorted(rates[10:], reverse=True)


def test_a_tracker_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match="'wandb' needs a package.*pip install wandb"):
        trackers.require(["wandb"])


def test_weights_and_biases_is_told_every_step(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, dict[str, float]]] = []
    begun: list[dict[str, Any]] = []
    ended: list[bool] = []

    class Run:
        def log(self, figures: dict[str, float], step: int) -> None:
            told.append((step, figures))

        def finish(self) -> None:
            ended.append(True)

    def init(**given: Any) -> Run:
        begun.append(given)
        return Run()

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    objective, examples = prepare(tiny_model, dialogues)
    settings = SETTINGS.model_copy(update={"trackers": ["wandb"]})
    loop.fit(objective, examples, examples, 0, settings, 1, tmp_path / "mine" / "train")
    assert begun[0]["name"] == "mine/train"
    assert ended == [True]
    assert [step for step, _ in told] == list(range(1, STEPS + 1))
    assert "loss" in told[0][1]
    assert "validation_loss" not in told[0][1]
    assert told[1][1]["validation_loss"] > 0
    # Whoever goes on is the same run there, another folder another one.
    for folder in ("mine", "other"):
        trackers.start("wandb", tmp_path / folder / "train", 3)
    assert begun[1]["id"] == begun[0]["id"] != begun[2]["id"]


def test_tensorboard_files_hold_the_figures(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    objective, examples = prepare(tiny_model, dialogues)
    settings = SETTINGS.model_copy(update={"trackers": ["tensorboard"]})
    loop.fit(objective, examples, [], 0, settings, 1, tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        expected = [float(row["loss"]) for row in csv.DictReader(file)]
    assert [each.value for each in events.Scalars("loss")] == pytest.approx(expected, rel=1e-5)
    trackers.clear(tmp_path)
    assert not (tmp_path / "tensorboard").exists()


def test_a_checkpoint_holds_whole_tensors_by_name(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    undisturbed(tiny_model, dialogues, tmp_path)
    newest = tmp_path / "checkpoints" / f"step-{STEPS:06d}"
    with safe_open(newest / "model.safetensors", "pt") as file:
        assert all(re.search(r"lora_[AB]", name) for name in file.keys())  # noqa: SIM118
    with safe_open(newest / "optimiser.safetensors", "pt") as file:
        assert {name.split(".")[1] for name in file.keys()} == {"exp_avg", "exp_avg_sq", "step"}  # noqa: SIM118
