"""The low-rank layer as one step of autograd, against PEFT's own."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from peft import LoraConfig
from peft.tuners import lora
from torch import Tensor, nn
from transformers import Qwen2Config, Qwen2ForCausalLM

from bayling.model import adapters, load
from bayling.model.adapters import _low_rank
from bayling.model.adapters import lora as part


def layers(wide: nn.Module) -> list[lora.Linear]:
    return [each for each in wide.modules() if isinstance(each, lora.Linear)]


def pair(tiny_model: Path, **options: object) -> tuple[nn.Module, nn.Module]:
    """A network with an adapter that changes something, as it is and with PEFT's own layers."""
    torch.manual_seed(0)
    ours = part.attach(load.load_network(str(tiny_model)), part.Options(**options))
    with torch.no_grad():
        for each in layers(ours):
            each.lora_B["default"].weight.normal_(std=0.1)
    theirs = copy.deepcopy(ours)
    for each in layers(theirs):
        each.__class__ = lora.Linear
    return ours, theirs


def learned(network: nn.Module, ids: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    out = network(input_ids=ids).logits.float()
    (out * torch.randn(out.shape, generator=torch.Generator().manual_seed(1))).sum().backward()
    found = {name: each.grad for name, each in network.named_parameters() if each.requires_grad}
    return out.detach(), found


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_computes_as_pefts(tiny_model: Path, dtype: torch.dtype) -> None:
    ids = torch.arange(2, 26).view(2, 12)
    ours, theirs = pair(tiny_model)
    assert {type(each) for each in layers(ours)} == {_low_rank.Linear}
    # In bf16 it rounds elsewhere; by how much is told by what rounding changes at all.
    exact = learned(theirs.float(), ids)
    results = []
    for each in (ours, theirs):
        each.zero_grad()
        for layer in layers(each):
            layer.base_layer.to(dtype)
        rest = [p for name, p in each.named_parameters() if "lora_" not in name]
        for parameter in rest:
            parameter.data = parameter.data.to(dtype)
        results.append(learned(each, ids))
    (out, slopes), (expected, expected_slopes) = results
    near = {"rtol": 1e-5, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 0, "atol": 0.05}
    torch.testing.assert_close(out, expected, **near)
    for name, slope in slopes.items():
        assert slope.dtype == torch.float32
        if dtype == torch.float32:
            torch.testing.assert_close(slope, expected_slopes[name], **near)
            continue
        exactly = exact[1][name]
        allowed = 2 * (expected_slopes[name] - exactly).norm() + 0.01 * exactly.norm()
        assert (slope - exactly).norm() <= allowed


def test_what_is_more_than_that_stays_pefts(tiny_model: Path) -> None:
    for options in ({"dora": True}, {"dropout": 0.1}):
        ours, _ = pair(tiny_model, **options)
        assert {type(each) for each in layers(ours)} == {lora.Linear}


@pytest.mark.parametrize("bias", ["none", "lora_only"])
def test_biases_of_the_network(bias: str) -> None:
    """Added where they are frozen; where PEFT tunes them, they learn."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    config = Qwen2Config(vocab_size=40, num_attention_heads=2, num_key_value_heads=2, **sizes)
    bare = Qwen2ForCausalLM(config)
    for name, parameter in bare.named_parameters():
        if name.endswith("bias"):
            parameter.data.normal_()
    settings = LoraConfig(r=2, target_modules="all-linear", bias=bias, task_type="CAUSAL_LM")
    ours = adapters.wrap_by_peft(bare, settings)
    theirs = copy.deepcopy(ours)
    for each in layers(theirs):
        each.__class__ = lora.Linear
    ids = torch.arange(2, 26).view(2, 12)
    (out, slopes), (expected, expected_slopes) = learned(ours, ids), learned(theirs, ids)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
    assert all(each is not None for each in slopes.values())
    assert any(name.endswith("bias") for name in slopes) == (bias == "lora_only")
    for name, slope in slopes.items():
        torch.testing.assert_close(slope, expected_slopes[name], rtol=1e-4, atol=1e-4)


def test_switched_off_and_under_autocast_it_is_pefts(tiny_model: Path) -> None:
    ids = torch.arange(2, 26).view(2, 12)
    ours, theirs = pair(tiny_model)
    with torch.no_grad():
        with ours.disable_adapter(), theirs.disable_adapter():
            bare = ours(input_ids=ids).logits
            assert torch.equal(bare, theirs(input_ids=ids).logits)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(ours(input_ids=ids).logits, theirs(input_ids=ids).logits)
        assert not torch.allclose(ours(input_ids=ids).logits, bare)


def test_an_adapter_that_is_put_back_to_be_tuned_on(tiny_model: Path, tmp_path: Path) -> None:
    ours, _ = pair(tiny_model)
    adapters.save_by_peft(ours, tmp_path)
    again = adapters.restore_by_peft(load.load_network(str(tiny_model)), tmp_path, tune=True)
    assert {type(each) for each in layers(again)} == {_low_rank.Linear}
    ids = torch.arange(2, 26).view(2, 12)
    assert torch.equal(again(input_ids=ids).logits, ours(input_ids=ids).logits)
