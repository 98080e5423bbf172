"""Language-aware tuning: its loss against NumPy, and which wrong requests it takes."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bayling import config, jsonl
from bayling.errors import UserError
from bayling.model import load
from bayling.model.template import Encoded
from bayling.records import Dialogue
from bayling.train import run
from bayling.train.batch import Example, collate
from bayling.train.methods import language_aware


def chances(model: torch.nn.Module, encoded: Encoded) -> list[float]:
    """p of each learned token, from all the logits."""
    with torch.no_grad():
        logits = model(torch.tensor([encoded.ids])).logits[0].double().numpy()
    exp = np.exp(logits - logits.max(-1, keepdims=True))
    softmax = exp / exp.sum(-1, keepdims=True)
    learned = [place for place, weight in enumerate(encoded.weights) if weight]
    return [float(softmax[place - 1, encoded.ids[place]]) for place in learned]


@pytest.mark.parametrize("per_token", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.05, 1.0])
def test_loss_equals_numpy(
    tiny_model: Path, dialogues: list[Dialogue], alpha: float, per_token: bool
) -> None:
    model, tokenizer = load.load(str(tiny_model))
    options = language_aware.Options(alpha=alpha, per_token=per_token)
    expected, count, examples = 0.0, 0.0, []
    for each in dialogues:
        right = language_aware.encode(tokenizer, each, options)
        wrong = language_aware.contrast(each, options, random.Random(3))
        contrasts = (language_aware.encode(tokenizer, wrong, options),) if wrong else ()
        examples.append(Example(each.id, right, contrasts))
        likely = np.array(chances(model, right))
        unlikely = np.array(chances(model, contrasts[0])) if contrasts else np.zeros(1)
        terms = -np.log(likely), -alpha * np.log(np.maximum(1 - unlikely, 1e-9))
        expected += sum(term.sum() if per_token else term.mean() for term in terms)
        count += len(likely) if per_token else 1
    batch = collate(examples, 0, tokenizer.pad_token_id, torch.device("cpu"))
    assert language_aware.loss(model, batch, options).item() == pytest.approx(expected, rel=1e-5)
    assert sum(sum(each.tokens.weights) for each in examples) == pytest.approx(count)


def test_a_wrong_request_demands_another_target_language_and_nothing_else_changes(
    dialogues: list[Dialogue],
) -> None:
    options = language_aware.Options()
    drawn = [
        language_aware.contrast(dialogues[1], options, random.Random(seed)) for seed in range(40)
    ]
    assert {each.messages[0].text for each in drawn if each} == {
        "auf Französisch:\nHello",
        "auf Spanisch:\nHello",
    }
    assert all(each and each.messages[1:] == dialogues[1].messages[1:] for each in drawn)
    assert language_aware.contrast(dialogues[0], options, random.Random(0)) is None


def test_the_released_code_also_draws_requests_for_the_right_language(
    dialogues: list[Dialogue],
) -> None:
    options = language_aware.Options(keep_target=True)
    drawn = {
        each.messages[0].text
        for seed in range(40)
        if (each := language_aware.contrast(dialogues[1], options, random.Random(seed)))
    }
    assert "to German:\nHello" in drawn


def test_each_epoch_draws_anew(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.jsonl"
    jsonl.write(path, (each.to_json() for each in dialogues))
    seen: list[tuple[Encoded, ...]] = []

    def look(prepared: run._Prepared, *_: object) -> dict[str, int]:
        seen.extend(example.contrasts for example in prepared.learn)
        raise UserError("seen")

    monkeypatch.setattr(run, "_tune", look)
    settings = config.Train(method="language_aware", epochs=12)
    model = config.Model(name=str(tiny_model))
    with pytest.raises(UserError, match="seen"):
        run.run(settings, model, path, run.Validation(), 1, tmp_path / "run")
    assert [len(each) for each in seen] == [0, 12, 12, 12]
    assert all(len(set(each)) == 2 for each in seen[1:])


def test_dialogues_without_wrong_requests_are_one_message(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    path = tmp_path / "train.jsonl"
    jsonl.write(path, [dialogues[0].to_json()])
    settings = config.Train(method="language_aware")
    model = config.Model(name=str(tiny_model))
    with pytest.raises(UserError, match="no dialogue has a wrong request.*kind 'contrast'"):
        run.run(settings, model, path, run.Validation(), 1, tmp_path / "run")


@pytest.mark.parametrize("wrong", [["auf Französisch"], [{"request": "auf Französisch"}], [3]])
def test_wrong_requests_in_another_form(dialogues: list[Dialogue], wrong: list[object]) -> None:
    dialogue = replace(dialogues[1], meta={"wrong": wrong})
    with pytest.raises(UserError, match="The dialogue 'c1' has wrong requests in another form"):
        language_aware.contrast(dialogue, language_aware.Options(), random.Random(0))


def test_where_the_source_stands_in_a_wrong_request(dialogues: list[Dialogue]) -> None:
    drawn = language_aware.contrast(dialogues[1], language_aware.Options(), random.Random(0))
    assert drawn is not None
    (span,) = drawn.messages[0].spans
    assert drawn.messages[0].text[span.start : span.end] == "Hello"
