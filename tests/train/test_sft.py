"""Supervised fine-tuning: what counts, and that batching changes nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bayling import config, jsonl, parts
from bayling.errors import UserError
from bayling.model import load, tuned
from bayling.records import Dialogue, Message, Span
from bayling.train import run
from bayling.train.batch import Example, collate
from bayling.train.methods import sft


def test_changed_words_count_more_and_requests_not_at_all(
    tiny_model: Path, dialogues: list[Dialogue]
) -> None:
    tokenizer = load.load_tokenizer(str(tiny_model))
    options = sft.Options(changed=10, term=2)
    encoded = sft.encode(tokenizer, dialogues[0], options)
    learned = [
        (token, weight)
        for token, weight in zip(encoded.ids, encoded.weights, strict=True)
        if weight
    ]
    assert tokenizer.decode([token for token, _ in learned]) == "Die Datei löschen</s>"
    heavy = tokenizer.decode([token for token, weight in learned if weight == 10])
    assert heavy.strip() == "Datei"
    assert {weight for _, weight in learned} == {1.0, 10.0}
    assert learned[-1] == (tokenizer.eos_token_id, 1.0)


def test_the_weight_of_a_span_reaches_no_neighbour() -> None:
    message = Message("assistant", "ab cd ef", learn=True, spans=(Span(3, 5, "changed"),))
    weigh = partial(sft._weigh, sft.Options(changed=10), message)
    assert [weigh(0, 2), weigh(2, 3), weigh(2, 5), weigh(3, 5), weigh(5, 6)] == [1, 1, 10, 10, 1]
    assert weigh(8, 8) == 1, "the end token"


def test_loss_equals_numpy_on_all_logits(tiny_model: Path, dialogues: list[Dialogue]) -> None:
    model, tokenizer = load.load(str(tiny_model))
    options = sft.Options()
    encoded = [sft.encode(tokenizer, each, options) for each in dialogues]
    expected = 0.0
    for each in encoded:
        with torch.no_grad():
            logits = model(torch.tensor([each.ids])).logits[0].double().numpy()
        for place in range(1, len(each.ids)):
            row = logits[place - 1]
            normaliser = np.log(np.exp(row - row.max()).sum()) + row.max()
            expected += each.weights[place] * (normaliser - row[each.ids[place]])
    examples = [Example(str(place), each) for place, each in enumerate(encoded)]
    batch = collate(examples, 0, tokenizer.pad_token_id, torch.device("cpu"))
    assert sft.loss(model, batch, options).item() == pytest.approx(expected, rel=1e-5)


def test_the_whole_sequence_counts_where_asked(tiny_model: Path, dialogues: list[Dialogue]) -> None:
    tokenizer = load.load_tokenizer(str(tiny_model))
    encoded = sft.encode(tokenizer, dialogues[0], sft.Options(changed=10, prompt=0.5))
    assert encoded.weights[0] == 0, "nothing predicts the first token"
    assert set(encoded.weights[1:]) == {0.5, 1.0, 10.0}


def test_only_the_adapter_learns(tiny_model: Path) -> None:
    model, _ = load.load(str(tiny_model))
    tuned = parts.load("adapter", "lora").attach(model, parts.options("adapter", "lora"))
    names = [name for name, parameter in tuned.named_parameters() if parameter.requires_grad]
    assert names
    assert all("lora_" in name for name in names)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda model: setattr(model.config, "logit_scale", 2.0), "scales its logits .logit_scale"),
        (
            lambda model: setattr(model, "lm_head", torch.nn.Linear(32, 300, bias=True)),
            "its output layer has a bias",
        ),
    ],
    ids=["scale", "bias"],
)
def test_a_model_that_does_more_to_its_logits_is_refused_before_anything_is_lost(
    tiny_model: Path,
    dialogues: list[Dialogue],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Any,
    message: str,
) -> None:
    attach = tuned.attach

    def spoilt(*given: Any) -> Any:
        model = attach(*given)
        spoil(tuned.network(model))
        return model

    monkeypatch.setattr(tuned, "attach", spoilt)
    jsonl.write(tmp_path / "train.jsonl", (each.to_json() for each in dialogues))
    (tmp_path / "run" / "adapter").mkdir(parents=True)
    model = config.Model(name=str(tiny_model))
    with pytest.raises(UserError, match=f"cannot be tuned: (it )?{message}"):
        run.run(
            config.Train(), model, tmp_path / "train.jsonl", run.Validation(), 1, tmp_path / "run"
        )
    assert (tmp_path / "run" / "adapter").exists()
