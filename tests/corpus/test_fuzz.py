"""A few hundred of the broken files of benchmarks/fuzz.py, and that it would notice a loss."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bayling.corpus.readers import Unread

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", FUZZ)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name", ["tmx", "xliff12", "xliff2", "wmt", "sgm", "sgm1", "tsv", "jsonl", "csv", "zip", "tbx"]
)
def test_broken_files(fuzz: ModuleType, name: str) -> None:
    row = fuzz.fuzz(name, 150, 1, 5.0, None)
    assert row.failures == []
    assert row.inputs == 150
    assert row.pairs > 200


def test_a_loss_is_noticed(fuzz: ModuleType) -> None:
    form = fuzz.SEEDS["tmx"]
    units = [Unread(Path("a"), "x", 1)] * len(form.units)
    judge = fuzz.judge
    assert judge(form, fuzz.Row("tmx"), lambda: iter(units), [], form.data, 5.0) == ""
    lost = judge(form, fuzz.Row("tmx"), lambda: iter(units[1:]), [], form.data, 5.0)
    assert lost == "15 pairs and Unreads of 16 units"
    other = judge(form, fuzz.Row("tmx"), lambda: iter(["?"]), [], form.data, 5.0)
    assert other == "yields '?'"
    changed = judge(form, fuzz.Row("tmx"), lambda: iter(units[:1]), units[:2], form.data, 5.0)
    assert changed == "its first units are whole and read otherwise"

    def broken() -> None:
        raise ValueError("not an InputError")

    assert "ValueError: not an InputError" in judge(
        form, fuzz.Row("tmx"), broken, [], form.data, 5.0
    )
