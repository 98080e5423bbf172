"""Models whose answers can be worked out token by token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from bayling.model import tuned


@pytest.fixture(params=["none", "segment"])
def model(tiny_model: Path, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of a backend: a model alone, and one whose adapter looks where tokens stand."""
    if request.param == "none":
        return {"model": str(tiny_model)}
    torch.manual_seed(1)
    spec = {"segment": {"rank": 4, "alpha": 2.0}}
    network = tuned.attach(str(tiny_model), spec)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.1 if "lora" in name else 0.3)
    tuned.save(network, spec, tmp_path)
    return {"model": str(tiny_model), "adapter": tmp_path}
