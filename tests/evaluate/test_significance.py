"""Paired tests against sacrebleu's PairedTest, the exact sign test and plain laws."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest

from bayling import jsonl
from bayling.errors import InputError, UserError
from bayling.evaluate import significance
from bayling.records import Check, Result, Sample

TEXT = "die Datei wurde nicht gefunden bitte geben Sie einen Namen ein und warten hier kurz"
REFERENCES = [" ".join(random.Random(i).choices(TEXT.split(), k=12)) for i in range(40)]


def _spoilt(text: str, chance: float, seed: int) -> str:
    rng = random.Random(seed)
    return " ".join("leider" if rng.random() < chance else word for word in text.split())


def _results(outputs: Sequence[str]) -> list[Result]:
    return [
        Result(Sample(str(i), "The file.", reference, "en", "de", "test"), (), (output,))
        for i, (output, reference) in enumerate(zip(outputs, REFERENCES, strict=True))
    ]


GOOD = [_spoilt(text, 0.25, i) for i, text in enumerate(REFERENCES)]
BAD = [_spoilt(text, 0.30, 100 + i) for i, text in enumerate(REFERENCES)]


@pytest.mark.parametrize(
    ("metric", "name", "theirs"), [("bleu", "bleu", BLEU), ("chrf", "chrf2", CHRF)]
)
def test_p_values_are_sacrebleus(metric: str, name: str, theirs: type) -> None:
    test = significance.paired(_results(BAD), _results(GOOD), metric)[name]
    for kind, ours in (("ar", "p_randomisation"), ("bs", "p_bootstrap")):
        oracle = PairedTest([("bad", BAD), ("good", GOOD)], {name: theirs()}, [REFERENCES], kind)
        _, scores = oracle()
        (expected,) = (value for key, value in scores.items() if key != "System")
        assert test["a"] == pytest.approx(expected[0].score)
        assert test["b"] == pytest.approx(expected[1].score)
        assert 0.001 < expected[1].p_value < 0.9
        assert test[ours] == pytest.approx(expected[1].p_value, abs=1e-3)


def _wished(outcomes: Sequence[bool]) -> list[Result]:
    return [
        Result(
            Sample(str(i), "The file.", "Die Datei.", "en", "de", "test"),
            (),
            ("Das Dokument.", "Die Datei." if outcome else "Das Dokument."),
            (Check("contain", {"phrase": "Datei"}),),
        )
        for i, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize("metric", ["satisfaction", "clean_revision"])
def test_yes_or_no_metrics_follow_the_exact_sign_test(metric: str) -> None:
    # 12 sentences only b satisfies, 3 only a: McNemar's exact two-sided p.
    a = _wished([False] * 12 + [True] * 3 + [True] * 20 + [False] * 5)
    b = _wished([True] * 12 + [False] * 3 + [True] * 20 + [False] * 5)
    exact = 2 * sum(math.comb(15, k) for k in range(4)) / 2**15
    for test in significance.paired(a, b, metric).values():
        assert test["difference"] == pytest.approx(100 * 9 / 40)
        assert test["p_randomisation"] == pytest.approx(exact, abs=0.006)
        low, high = test["interval"]
        assert 0 < low < test["difference"] < high


def test_a_system_does_not_differ_from_itself() -> None:
    for metric in ("chrf", "off_target"):
        for test in significance.paired(_results(GOOD), _results(GOOD), metric).values():
            assert test["difference"] == 0
            assert test["interval"] == [0, 0]
            assert test["p_bootstrap"] == test["p_randomisation"] == 1


def test_the_order_of_the_samples_does_not_matter() -> None:
    straight = significance.paired(_results(BAD), _results(GOOD), "off_target")
    assert straight == significance.paired(_results(BAD), _results(GOOD)[::-1], "off_target")


def test_options_reach_the_metric() -> None:
    test = significance.paired(_results(BAD), _results(GOOD), {"bleu": {"tokenizer": "char"}})
    assert "tok:char" in test["bleu"]["signature"]


def test_two_files_are_compared_with_every_metric_that_applies(tmp_path: Path) -> None:
    paths = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for path, outputs in zip(paths, (BAD, GOOD), strict=True):
        jsonl.write(path, (result.to_json() for result in _results(outputs)))
    found = significance.compare(*paths)
    assert found["n"] == 40
    assert (found["a"], found["b"]) == tuple(map(str, paths))
    assert set(found["tests"]) == {"bleu", "chrf2", "errors", "off_target", "ter"}
    assert found["tests"]["chrf2"]["difference"] > 0


def test_other_samples_are_refused() -> None:
    with pytest.raises(UserError, match="different samples: 2 are in one file only, such as '0'"):
        significance.paired(_results(GOOD), _results(GOOD)[2:], "chrf")


def test_a_sample_answered_twice_is_refused() -> None:
    with pytest.raises(UserError, match="'0' was answered twice"):
        significance.paired([*_results(GOOD), *_results(GOOD)], _results(GOOD), "chrf")


def test_another_reference_is_refused() -> None:
    other = _results(GOOD)
    sample = Sample("0", "The file.", "Etwas anderes.", "en", "de", "test")
    other[0] = Result(sample, (), other[0].outputs)
    with pytest.raises(UserError, match="'0' has another source or reference"):
        significance.paired(_results(GOOD), other, "chrf")


def test_a_metric_that_cannot_be_tested_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Options: ...\n"
    (tmp_path / "of_mine").mkdir()
    (tmp_path / "of_mine" / "__init__.py").write_text("")
    (tmp_path / "of_mine" / "length.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match="'of_mine.length' cannot be tested for significance"):
        significance.paired(_results(GOOD), _results(BAD), "of_mine.length")


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"sample": {}}\n', "a.jsonl, line 1: is not a result"), ("", "a.jsonl: holds no results")],
)
def test_files_of_something_else_are_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(InputError, match=message):
        significance.compare(tmp_path / "a.jsonl", tmp_path / "a.jsonl")
