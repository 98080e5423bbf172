"""Supervised fine-tuning: what counts, and that batching changes nothing."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from bayling import parts
from bayling.model import load, template
from bayling.records import Message, Span
from bayling.train.batch import collate, plan
from bayling.train.methods import sft

DIALOGUES = [
    (
        Message("user", "Translate into German:\nDelete the file"),
        Message("assistant", "Die Akte löschen"),
        Message("user", "use 'Datei' for 'file'"),
        Message("assistant", "Die Datei löschen", learn=True, spans=(Span(4, 9, "changed"),)),
    ),
    (
        Message("user", "auf Deutsch:\nHello"),
        Message("assistant", "Hallo", learn=True),
    ),
    (
        Message("user", "auf Deutsch:\nThe file %s was deleted, and the other one was kept"),
        Message("assistant", "Die Datei %s wurde gelöscht, die andere behalten", learn=True),
    ),
]


def test_changed_words_count_more_and_requests_not_at_all(tiny_model: Path) -> None:
    tokenizer = load.load_tokenizer(str(tiny_model))
    options = sft.Options(changed=10, term=2)
    encoded = template.encode(tokenizer, DIALOGUES[0], partial(sft.weigh, options))
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
    weigh = partial(sft.weigh, sft.Options(changed=10), message)
    assert [weigh(0, 2), weigh(2, 3), weigh(2, 5), weigh(3, 5), weigh(5, 6)] == [1, 1, 10, 10, 1]
    assert weigh(8, 8) == 1, "the end token"


def test_loss_equals_numpy_on_all_logits(tiny_model: Path) -> None:
    model, tokenizer = load.load(str(tiny_model))
    options = sft.Options()
    encoded = [template.encode(tokenizer, each, partial(sft.weigh, options)) for each in DIALOGUES]
    expected = 0.0
    for each in encoded:
        with torch.no_grad():
            logits = model(torch.tensor([each.ids])).logits[0].double().numpy()
        for place in range(1, len(each.ids)):
            row = logits[place - 1]
            normaliser = np.log(np.exp(row - row.max()).sum()) + row.max()
            expected += each.weights[place] * (normaliser - row[each.ids[place]])
    batch = collate(encoded, tokenizer.pad_token_id, torch.device("cpu"))
    assert sft.loss(model, batch, options).item() == pytest.approx(expected, rel=1e-5)


def test_token_budget_batches_equal_one_dialogue_at_a_time(tiny_model: Path) -> None:
    options = sft.Options()
    gradients = []
    for budget in (1, 100, 10_000):
        torch.manual_seed(0)
        model, tokenizer = load.load(str(tiny_model))
        tuned = parts.load("adapter", "lora").attach(model, parts.options("adapter", "lora"))
        with torch.no_grad():
            for name, parameter in tuned.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(std=0.1)
        encoded = [
            template.encode(tokenizer, each, partial(sft.weigh, options)) for each in DIALOGUES
        ]
        lengths = [len(each.ids) for each in encoded]
        total = 0.0
        for places in plan(lengths, budget, random.Random(0)):
            batch = collate([encoded[i] for i in places], 0, torch.device("cpu"))
            loss = sft.loss(tuned.get_base_model(), batch, options)
            loss.backward()
            total += loss.item()
        gradients.append(
            (total, {n: p.grad for n, p in tuned.named_parameters() if p.requires_grad})
        )
    for total, found in gradients[1:]:
        assert total == pytest.approx(gradients[0][0], rel=1e-5)
        for name, gradient in gradients[0][1].items():
            torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5)


def test_only_the_adapter_learns(tiny_model: Path) -> None:
    model, _ = load.load(str(tiny_model))
    tuned = parts.load("adapter", "lora").attach(model, parts.options("adapter", "lora"))
    names = [name for name, parameter in tuned.named_parameters() if parameter.requires_grad]
    assert names
    assert all("lora_" in name for name in names)
