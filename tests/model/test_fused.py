"""Low-rank layers the faster way compute what PEFT's own do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

from bayling.model import load
from bayling.model.adapters import _fused

# PEFT asks transformers in a way that transformers is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
IDS = torch.arange(3, 43).reshape(2, 20)


def learned(model: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    """The logits and the gradient of every parameter that has one."""
    model.zero_grad()
    logits = model(input_ids=IDS).logits
    logits.square().mean().backward()
    return logits, {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("frozen", ["weights", "embeddings too"])
def test_the_same_values_and_gradients(tiny_model: Path, frozen: str) -> None:
    torch.manual_seed(0)
    network, _ = load.load(str(tiny_model))
    model = get_peft_model(network, LoraConfig(r=3, lora_alpha=5, target_modules="all-linear"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    if frozen == "weights":
        # Then the input of the first layer has a gradient too.
        network.get_input_embeddings().weight.requires_grad_(True)
    logits, gradients = learned(model)
    _fused.fuse(model)
    calls = 0
    apply = _fused._LowRankLinear.apply

    def counting(*args: object) -> Tensor:
        nonlocal calls
        calls += 1
        return apply(*args)

    _fused._LowRankLinear.apply = counting  # type: ignore[method-assign]
    try:
        found, others = learned(model)
    finally:
        _fused._LowRankLinear.apply = apply  # type: ignore[method-assign]
    assert calls == 2 * 7, "every linear layer of both layers"
    torch.testing.assert_close(found, logits, rtol=1e-5, atol=1e-6)
    assert others.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(others[name], gradient, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    "options", [{"lora_dropout": 0.5}, {"use_dora": True}, {"lora_bias": True}]
)
def test_what_computes_more_is_left_alone(tiny_model: Path, options: dict[str, object]) -> None:
    network, _ = load.load(str(tiny_model))
    config = LoraConfig(r=3, target_modules="all-linear", **options)
    model = get_peft_model(network, config)
    _fused.fuse(model)
    assert not any("forward" in vars(module) for module in model.modules())


def test_without_the_adapter_it_is_the_model_as_it_was(tiny_model: Path) -> None:
    network, _ = load.load(str(tiny_model))
    before = network(input_ids=IDS).logits.detach()
    model = get_peft_model(network, LoraConfig(r=3, target_modules="all-linear"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.5)
    _fused.fuse(model)
    assert not torch.allclose(model(input_ids=IDS).logits, before)
    with model.disable_adapter():
        torch.testing.assert_close(model(input_ids=IDS).logits, before)
