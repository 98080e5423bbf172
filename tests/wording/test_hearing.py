"""What users wrote in their own words, before anyone looked at it, is heard as far as the log says,
and hardly ever the wrong way round."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from bayling import jsonl, wording

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


def test_much_is_heard_and_little_is_reversed(hearing: ModuleType) -> None:
    found = Counter(hearing.verdict(row) for file in FILES for row in jsonl.read(file))
    # 197 and 27 of the first four sets before what stands behind a phrase was looked at.
    assert found["right"] >= 0.5 * found.total()
    assert found["reversed"] + found["wrong"] <= 0.05 * found.total()


def test_what_is_not_asked_for() -> None:
    lines = Path(__file__).with_name("reversed.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 80
    for line in lines:
        request, unwanted = line.split("\t")
        found = wording.recognise(request)
        said = {(check.kind, check.options.get("phrase")) for check in found}
        said |= {(check.kind, each) for check in found for each in check.options.get("items", ())}
        assert tuple(unwanted.split(" ", 1)) not in said, request


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
