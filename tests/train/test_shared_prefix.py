"""A batch whose rows begin alike, with the beginning gone through once, against row by row."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor
from transformers import PreTrainedModel

from bayling.model import load, tuned
from bayling.train import shared_prefix

SIZES = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}
NETWORKS: dict[str, dict[str, Any]] = {
    "Llama": {},
    "Gemma3": {
        "head_dim": 8,
        "sliding_window": 6,
        "layer_types": ["sliding_attention", "full_attention"],
    },
    "Mistral": {"sliding_window": 5},
    "Qwen2": {},
    "Qwen3": {"head_dim": 8},
    "Phi3": {},
    "Olmo2": {},
    "Cohere": {},
}


def network(family: str, **settings: Any) -> PreTrainedModel:
    torch.manual_seed(0)
    name = f"{family}TextConfig" if family == "Gemma3" else f"{family}Config"
    config = getattr(transformers, name)(**{**SIZES, **settings})
    made: PreTrainedModel = getattr(transformers, f"{family}ForCausalLM")(config)
    return made.eval()


def rows(*lengths: int, alike: int) -> tuple[Tensor, Tensor]:
    """Rows that begin with `alike` tokens, and their mask."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(3, 64, (len(lengths), max(lengths)), generator=generator)
    ids[:, :alike] = ids[0, :alike].clone()
    ids[:, alike:] += torch.arange(len(lengths))[:, None]
    ids.remainder_(64)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    return ids * mask, mask


def plain(made: PreTrainedModel, ids: Tensor, mask: Tensor) -> Tensor:
    found: Tensor = made.get_decoder()(input_ids=ids, attention_mask=mask).last_hidden_state
    return found


@pytest.mark.parametrize("family", NETWORKS)
def test_states_and_gradients_are_those_of_rows(family: str) -> None:
    ids, mask = rows(20, 13, 9, alike=7)
    results = []
    for is_shared in (False, True):
        made = network(family, **NETWORKS[family])
        if is_shared:
            shared_prefix.prepare(made)
            assert shared_prefix.is_prepared(made)
        found = (shared_prefix.states if is_shared else plain)(made, ids, mask)
        # Everything counts differently, in the beginning and behind it.
        weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(2))
        (found * weights * mask[..., None]).sum().backward()
        gradients = {name: each.grad for name, each in made.get_decoder().named_parameters()}
        results.append((found * mask[..., None], gradients))
    (expected, slopes), (found, found_slopes) = results
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    for name, slope in slopes.items():
        assert (found_slopes[name] - slope).norm() <= 1e-5 * slope.norm(), name


@pytest.mark.parametrize(
    ("lengths", "alike", "tokens"),
    [
        ((20, 13, 9), 7, 7 + 3 * 13),
        # One token of the shortest row is left.
        ((20, 9), 9, 8 + 2 * 12),
        ((9, 9), 0, 18),
        ((9,), 5, 9),
    ],
)
def test_how_many_tokens_are_gone_through(
    lengths: tuple[int, ...], alike: int, tokens: int
) -> None:
    made = network("Llama")
    shared_prefix.prepare(made)
    seen: list[int] = []
    made.get_decoder().layers[0].register_forward_pre_hook(
        lambda _, args: seen.append(args[0].shape[1])
    )
    ids, mask = rows(*lengths, alike=alike)
    found = shared_prefix.states(made, ids, mask)
    assert seen == [tokens]
    torch.testing.assert_close(
        found * mask[..., None], plain(made, ids, mask) * mask[..., None], rtol=1e-5, atol=1e-5
    )


def test_in_bf16_numbers_of_tokens_are_few() -> None:
    made = network("Llama").bfloat16()
    shared_prefix.prepare(made)
    assert shared_prefix.is_prepared(made)
    seen: set[int] = set()
    made.get_decoder().layers[0].register_forward_pre_hook(
        lambda _, args: seen.add(args[0].shape[1])
    )
    for length in range(3, 40):
        ids, mask = rows(length, length, alike=2)
        found = shared_prefix.states(made, ids, mask)
        torch.testing.assert_close(found, plain(made, ids, mask), rtol=0, atol=0.1)
    assert {each for each in seen if each > 45} <= {64, 128}


def test_a_network_that_answers_as_before() -> None:
    made = network("Gemma3", **NETWORKS["Gemma3"])
    ids, _ = rows(12, alike=0)
    before = made.generate(ids, max_new_tokens=8, do_sample=False)
    shared_prefix.prepare(made)
    assert torch.equal(made.generate(ids, max_new_tokens=8, do_sample=False), before)


def test_what_is_saved_does_not_know(tmp_path: Path) -> None:
    made = network("Llama")
    shared_prefix.prepare(made)
    made.save_pretrained(tmp_path)
    assert "shared_prefix" not in (tmp_path / "config.json").read_text()


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        # Layers in which a token hears of the one before it without attention.
        ("Jamba", {"num_experts": 2, "mamba_d_state": 4}),
        ("Lfm2", {"layer_types": ["conv", "full_attention"]}),
        # A window that attention is not told of.
        ("Phimoe", {"sliding_window": 6, "num_local_experts": 2}),
        ("Llama", {"attention_dropout": 0.1}),
        # It drops by functions, not layers.
        ("OPT", {"ffn_dim": 48, "dropout": 0.1, "word_embed_proj_dim": 32}),
        ("Llama", {"attn_implementation": "eager"}),
    ],
)
def test_other_networks_are_left_alone(family: str, settings: dict[str, Any]) -> None:
    made = network(family, **settings)
    before = made.config._attn_implementation
    shared_prefix.prepare(made.train())
    assert not shared_prefix.is_prepared(made)
    assert made.config._attn_implementation == before
    assert made.training


def test_a_layer_that_wants_more_of_its_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_prefix, "_KNOWN", frozenset())
    made = network("Llama")
    shared_prefix.prepare(made)
    assert made.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("name", sorted(load.BUILTINS))
def test_the_real_models_are_given_it(name: str) -> None:
    builtin = load.BUILTINS[name]
    if importlib.util.find_spec(builtin.pieces[0][0]) is None:
        pytest.skip(f"{name} is not installed: pip install {builtin.install}")
    ids, mask = rows(30, 21, 18, alike=12)
    near: dict[load.Precision, float] = {"bf16": 0.05, "fp32": 1e-5}
    for precision, share in near.items():
        made = tuned.network(tuned.attach(load.PREFIX + name, "lora", precision))
        with torch.no_grad():
            expected = plain(made, ids, mask) * mask[..., None]
            shared_prefix.prepare(made)
            assert shared_prefix.is_prepared(made)
            found = shared_prefix.states(made, ids, mask) * mask[..., None]
        assert (found - expected).norm() <= share * expected.norm()
