"""What no method and no adapter may change: how dialogues are put together is not learned."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from bayling import config, jsonl, parts
from bayling.model import load, tuned
from bayling.records import Dialogue
from bayling.train import loop, run
from bayling.train.batch import Example, collate, plan, size

# As they are, and with all that stands before an answer learned too.
METHODS = [*sorted(parts.names("method")), {"sft": {"prompt": 0.5}}]
ADAPTERS = sorted(set(parts.names("adapter")) - {"qlora"})  # which needs a GPU


def prepared(
    tiny_model: Path, method: Any, adapter: str, precision: load.Precision | None = None
) -> tuple[loop.Objective, Any]:
    """The objective, with adapters that change something, and how it encodes."""
    torch.manual_seed(0)
    model = tuned.attach(str(tiny_model), adapter, precision)
    tokenizer = load.load_tokenizer(str(tiny_model))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter), alpha=0.05)
    name, values = parts.split(method)
    part, options = parts.load("method", name), parts.options("method", name, values)
    settings, segmented = config.Train(), tuned.needs_segments(adapter)
    encoder = run._Encoder(tokenizer, part, options, settings, 512, segmented, 1)

    def encode(dialogues: list[Dialogue], path: Path) -> list[Example]:
        jsonl.write(path, (each.to_json() for each in dialogues))
        return encoder.examples(path)

    return loop.Objective(model, part, options), encode


def summed(
    objective: loop.Objective, examples: list[Example], budget: int
) -> tuple[float, dict[str, Tensor]]:
    """The loss of all examples and its gradients, in batches of at most `budget` tokens."""
    objective.zero_grad()
    lengths = [len(each.tokens.ids) for each in examples]
    total = 0.0
    for places in plan(lengths, budget, random.Random(0)):
        batch = collate([examples[i] for i in places], 0, 0, torch.device("cpu"))
        loss = objective(batch)
        loss.backward()
        total += loss.item()
    return total, {
        name: each.grad.clone() for name, each in objective.named_parameters() if each.requires_grad
    }


@dataclass(frozen=True)
class Learned:
    """What an adapter learns of some examples in one go: the loss of all and its gradients."""

    objective: loop.Objective
    examples: list[Example]
    loss: float
    gradients: dict[str, Tensor]


@pytest.fixture
def learned(tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path) -> Callable[..., Learned]:
    def learn(method: Any, budget: int, precision: load.Precision | None = None) -> Learned:
        objective, encode = prepared(tiny_model, method, "lora", precision)
        examples = encode(dialogues, tmp_path / "train.jsonl")
        return Learned(objective, examples, *summed(objective, examples, budget))

    return learn


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("method", METHODS)
def test_batches_equal_one_dialogue_at_a_time(
    tiny_model: Path, dialogues: list[Dialogue], method: Any, adapter: str, tmp_path: Path
) -> None:
    objective, encode = prepared(tiny_model, method, adapter)
    examples = encode(dialogues, tmp_path / "train.jsonl")
    alone, gradients = summed(objective, examples, 1)
    assert any(gradient.abs().max() > 1e-4 for gradient in gradients.values())
    for budget in (100, 10_000):
        together, found = summed(objective, examples, budget)
        assert together == pytest.approx(alone, rel=1e-5)
        for name, gradient in gradients.items():
            torch.testing.assert_close(found[name], gradient, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_layers_recomputed_learn_the_same(learned: Callable[..., Learned], method: Any) -> None:
    whole = learned(method, 10_000)
    network = tuned.network(whole.objective.model)
    network.activation_checkpointing_enable({"use_reentrant": False})
    again, found = summed(whole.objective.train(), whole.examples, 10_000)
    assert again == whole.loss
    for name, gradient in whole.gradients.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_in_bf16_it_learns_nearly_the_same(learned: Callable[..., Learned], method: Any) -> None:
    exact, rounded = learned(method, 100), learned(method, 100, "bf16")
    assert rounded.loss == pytest.approx(exact.loss, rel=0.01)
    together = torch.cat([each.flatten() for each in exact.gradients.values()])
    beside = torch.cat([rounded.gradients[name].flatten() for name in exact.gradients])
    assert (beside - together).norm() < 0.05 * together.norm()


@pytest.mark.parametrize("method", METHODS)
def test_accumulating_is_one_large_batch(
    tiny_model: Path,
    dialogues: list[Dialogue],
    method: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step of many micro-batches of one dialogue each, and one of a single batch of all."""
    # Adam makes a whole step of a gradient that is nothing but rounding.
    monkeypatch.setattr(torch.optim, "AdamW", torch.optim.SGD)
    weights = []
    for name, tokens, accumulate in (("many", 1, 100), ("one", 100_000, 1)):
        objective, encode = prepared(tiny_model, method, "lora")
        settings = config.Train(
            method=method, batch_tokens=tokens, accumulate=accumulate, learning_rate=1, clip=1e6
        )
        examples = encode(dialogues, tmp_path / "train.jsonl")
        loop.fit(objective, examples, [], 0, settings, 1, tmp_path / name)
        weights.append({n: p.detach().clone() for n, p in objective.named_parameters()})
    before = dict(prepared(tiny_model, method, "lora")[0].named_parameters())
    assert any(not torch.allclose(before[name], weights[0][name]) for name in before)
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("method", METHODS)
def test_stopped_and_gone_on_with_is_as_never_stopped(
    tiny_model: Path, dialogues: list[Dialogue], method: Any, adapter: str, tmp_path: Path
) -> None:
    settings = config.Train(method=method, batch_tokens=1, learning_rate=1e-2)

    def fit(folder: str, told: threading.Event | None = None) -> dict[str, Tensor]:
        objective, encode = prepared(tiny_model, method, adapter)
        examples = encode(dialogues, tmp_path / "train.jsonl")
        loop.fit(objective, examples, [], 0, settings, 1, tmp_path / folder, told=told)
        return {name: each.detach() for name, each in objective.named_parameters()}

    whole = fit("whole")
    # Three of the four steps are the last ones before a stop.
    for _ in range(3):
        told = threading.Event()
        told.set()
        with pytest.raises(SystemExit):
            fit("stopped", told)
    found = fit("stopped")
    assert all(torch.equal(found[name], whole[name]) for name in whole)


def test_a_batch_has_room_for_the_wrong_requests(
    tiny_model: Path, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    _, encode = prepared(tiny_model, "language_aware", "lora")
    examples = encode(dialogues, tmp_path / "train.jsonl")
    for budget in (100, 300, 1000):
        for places in plan(list(map(size, examples)), budget, random.Random(0)):
            batch = collate([examples[place] for place in places], 0, 0, torch.device("cpu"))
            assert batch.ids.numel() <= budget or len(places) == 1
