"""The same dialogues from any number of processes, in the shares of the mix."""

from __future__ import annotations

import multiprocessing
import pickle
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, manifest
from bayling.build import mixing
from bayling.build import run as stage
from bayling.config import DEFAULT_MIX, Build
from bayling.errors import InputError
from bayling.records import Pair

CATALOGUE = Path(__file__).parent / "catalogue.tsv"
MIX = {"translate": 2, "constrain": 1, "revise": 1, "switch": 1, "mixed": 1}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """800 pairs: units of the catalogue, two in a row."""
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[1:3] for line in lines]
    rows = [
        Pair(f"{a} {c}", f"{b} {d}", "en", "de", f"p{i}-{j}", f"x:y:{i}").to_json()
        for i, (a, b) in enumerate(texts[:40])
        for j, (c, d) in enumerate(texts[40:60])
    ]
    jsonl.write(tmp_path / "pairs.jsonl", rows)
    return tmp_path / "pairs.jsonl"


def _built(pairs: Path, folder: Path, **settings: Any) -> list[dict[str, Any]]:
    values = {"mix": MIX, "dialogues": 200, "validation": 0, "test": 0, "max_words": 60, **settings}
    stage.run(Build(**values), pairs, 1, folder)
    return list(jsonl.read(folder / "train.jsonl"))


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork"
)
def test_workers_change_no_byte(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing, "_WORTH_PROCESSES", 10)
    monkeypatch.setattr(mixing, "LOT", 64)
    contents, counts = set(), []
    for workers in (1, 2, 4):
        folder = tmp_path / f"w{workers}"
        _built(pairs, folder, mix=DEFAULT_MIX, test=5, validation=20, workers=workers)
        files = sorted(folder.glob("*.jsonl"))
        contents.add(tuple((path.name, path.read_bytes()) for path in files))
        counts.append(manifest.require(folder, "build")["counts"])
    assert len(contents) == 1
    assert counts[0] == counts[1] == counts[2]
    assert len(counts[0]["train"]) > 8


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_file_is_named_whoever_reads_it(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(mixing, "_WORTH_PROCESSES", 10)
    (tmp_path / "fr.jsonl").write_text('{"source": "x"}\n', encoding="utf-8")
    mix = {"switch": {"share": 1, "also": [str(tmp_path / "fr.jsonl")]}}
    with pytest.raises(InputError, match=r"fr\.jsonl, line 1: is not a pair"):
        _built(pairs, tmp_path / "b", mix=mix, workers=workers)


def test_what_is_wrong_with_a_file_comes_whole_out_of_another_process() -> None:
    error = InputError("a.tsv", "is broken", 3)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, InputError)
    assert str(again) == str(error) == "a.tsv, line 3: is broken"


def test_kinds_that_align_nothing_need_no_alignment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing, "_WORTH_PROCESSES", 10)
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(900)]
    rows = [
        Pair(" ".join(rng.sample(words, 5)), f"นี่คือหมายเลข {n}", "en", "th", f"p{n}", "x:y:1")
        for n in range(700)
    ]
    jsonl.write(tmp_path / "th.jsonl", (row.to_json() for row in rows))
    settings = {"mix": {"translate": 1}, "test": 5, "workers": 2}
    assert len(_built(tmp_path / "th.jsonl", tmp_path / "b", **settings)) == 200


def test_what_one_kind_leaves_goes_to_the_others(pairs: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    jsonl.write(few, list(jsonl.read(pairs))[:40])
    # Nothing is said of these texts' documents, so `continue` takes none of them.
    mix = {"translate": 1, "continue": 1}
    assert len(_built(few, tmp_path / "b", mix=mix, dialogues=100)) == 40


def test_the_number_of_workers_is_no_other_build(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _built(pairs, tmp_path / "build", workers=1)
    _built(pairs, tmp_path / "build", workers=2)
    assert "whole and up to date" in capsys.readouterr().err


def test_rounds_use_a_pair_again_in_the_same_kind(pairs: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    jsonl.write(few, list(jsonl.read(pairs))[:30])
    once = _built(few, tmp_path / "once", mix={"translate": 1, "revise": 1})
    often = _built(few, tmp_path / "often", mix={"translate": 1, "revise": 1}, rounds=3)
    assert len(often) > 2 * len(once)
    assert len({row["id"] for row in often}) == len(often)
    kinds: dict[str, set[str]] = {}
    for row in often:
        kinds.setdefault(row["pair_ids"][0], set()).add(row["kind"])
    assert all(len(names) == 1 for names in kinds.values())
    times = Counter(row["pair_ids"][0] for row in often)
    assert max(times.values()) == 3


def test_few_pairs_are_shared_in_the_shares_of_the_mix(pairs: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    jsonl.write(few, list(jsonl.read(pairs))[:60])
    mix = {"translate": 0.5, "switch": 0.25, "ask_then_work": 0.25}
    kinds = Counter(row["kind"] for row in _built(few, tmp_path / "b", mix=mix, dialogues=5000))
    assert kinds["translate"] == pytest.approx(kinds.total() / 2, abs=2)
    assert kinds["switch"] == pytest.approx(kinds.total() / 4, abs=2)


def test_a_conversation_about_several_texts_has_them_for_itself(tmp_path: Path) -> None:
    rows = [
        Pair(
            f"This is sentence number {n} of it.", f"Das ist Satz Nummer {n} davon.", "en", "de",
            f"p{n}", f"x:y:{n}", {"document": "book", "place": n},
        ).to_json()
        for n in range(100)
    ]  # fmt: skip
    jsonl.write(tmp_path / "pairs.jsonl", rows)
    mix = {"continue": 1, "translate": 1}
    built = _built(tmp_path / "pairs.jsonl", tmp_path / "build", mix=mix)
    used = Counter(name for row in built for name in row["pair_ids"])
    assert set(used.values()) == {1}
    assert {row["kind"] for row in built} == {"continue", "translate"}


def test_why_pairs_do_not_serve_a_kind_is_counted(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Build(mix={"translate": 1, "register": 1}, dialogues=1600, test=0, max_words=60)
    counts = stage.run(settings, pairs, 1, tmp_path / "build")
    assert counts["passed_over"]["register"]["its translation addresses nobody"] > 20
    said = capsys.readouterr().err
    assert "of 800 register; of most pairs, its translation addresses nobody." in said
