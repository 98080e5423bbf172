"""Two recipes in a row: the second tunes on what the first has learned."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from bayling import config, pipeline
from bayling.config import Recipe

CATALOGUE = Path(__file__).parents[1] / "build" / "catalogue.tsv"


def _recipe(model: Path, seed: int, rate: float, start: Path | None = None) -> Recipe:
    content = {
        "name": "going-on",
        "source_lang": "en",
        "target_lang": "de",
        "seed": seed,
        "corpus": {"inputs": [{"tsv": {"path": str(CATALOGUE), "source_column": 2,
                                       "target_column": 3}}]},
        "build": {"dialogues": 6, "validation": 1, "test": 2, "mix": {"translate": 1}},
        "model": {"name": str(model), "adapter": {"lora": {"rank": 4}},
                  "start": str(start) if start else None},
        "train": {"learning_rate": rate, "warmup": 0, "batch_tokens": 128},
    }  # fmt: skip
    return config.validate(content, "the test")


def _weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "train" / "adapter" / "adapter_model.safetensors")


def test_the_first_run_s_adapter_is_tuned_on(tiny_model: Path, tmp_path: Path) -> None:
    first, same, other = (tmp_path / name for name in ("first", "same", "other"))
    pipeline.run(_recipe(tiny_model, 1, 1e-2), first, until="train")
    learned = _weights(first)
    assert any(weight.abs().max() > 0 for name, weight in learned.items() if "lora_B" in name)
    # With steps of no size the second run ends where the first one did; another seed, which would
    # begin a new adapter elsewhere, changes nothing of that.
    pipeline.run(_recipe(tiny_model, 2, 1e-30, first), same, until="train")
    pipeline.run(_recipe(tiny_model, 2, 1e-2, first), other, until="train")
    assert _weights(same).keys() == learned.keys()
    assert all(torch.equal(_weights(same)[name], learned[name]) for name in learned)
    assert any(not torch.equal(_weights(other)[name], learned[name]) for name in learned)
    # The first run is as it was, and its adapter is an input of the second.
    assert all(torch.equal(_weights(first)[name], learned[name]) for name in learned)
