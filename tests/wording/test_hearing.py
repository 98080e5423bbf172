"""What users wrote in their own words, before anyone looked at it, is heard as far as the log says,
and hardly ever the wrong way round."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from bayling import jsonl

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FILES = sorted((BENCHMARKS / "requests").glob("*.jsonl"))


@pytest.fixture(scope="module")
def hearing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hearing", BENCHMARKS / "hearing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_most_is_heard_and_little_is_reversed(hearing: ModuleType) -> None:
    found = Counter(hearing.verdict(row) for file in FILES for row in jsonl.read(file))
    assert found.total() == 516
    assert found["right"] >= 360
    assert found["reversed"] <= 6


@pytest.mark.parametrize(
    ("request_", "word", "old", "item", "verdict"),
    [
        ("use 'A' instead of 'B'", "A", "B", None, "right"),
        ("use 'A' instead of 'B'", "B", "A", None, "reversed"),
        ("use 'A'", "A", "B", None, "half"),
        ("use 'A'", "B", None, None, "wrong"),
        ("How nice.", "A", None, None, "not heard"),
        ("How nice.", None, None, None, "right"),
        ("keep '%s'", None, None, "%s", "right"),
    ],
)
def test_verdicts(
    hearing: ModuleType, request_: str, word: str, old: str, item: str, verdict: str
) -> None:
    row = {"request": request_, "word": word, "old": old, "item": item}
    assert hearing.verdict(row) == verdict
