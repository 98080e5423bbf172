"""The report of a made-up run folder: whole, self-contained, escaped, the same each time."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl
from bayling.errors import InputError
from bayling.evaluate import report
from bayling.evaluate import run as stage
from bayling.records import Check, Dialogue, Message, Result, Sample, Score, Span

VOID = {"meta", "br", "hr", "img", "link", "input", "path", "use", "rect", "circle"}
EVIL = "<script>alert('1')</script> & \"so\""


def _put(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _manifest(stage: str, seconds: float, counts: dict[str, Any]) -> dict[str, Any]:
    metrics = ["bleu", "chrf", "off_target", "satisfaction", "clean_revision"]
    return {
        "stage": stage,
        "bayling": "0.1.0",
        "settings": {"seed": 1, "metrics": metrics},
        "inputs": {"build/train.jsonl": "0" * 64},
        "outputs": {"file": "f" * 64},
        "counts": counts,
        "seconds": seconds,
        "finished": f"2026-01-01T00:00:{int(seconds) % 60:02}Z",
        "python": "3.11.2",
    }


def _result(task: str, number: int, system: str) -> Result:
    sample = Sample(
        f"s{number}",
        f"The file {number} could not be opened.",
        f"Die Datei {number} konnte nicht geöffnet werden.",
        "en",
        "de",
        "horizon",
    )
    request = f"Translate from English into German:\n{sample.source}"
    first = f"Das Dokument {number} konnte nicht geöffnet werden."
    if system != "tuned":
        first = "The file was not opened, I think."
    turns = [Message("user", request), Message("assistant", first)]
    if task != "revise":
        return Result(sample, tuple(turns), (first,))
    final = first.replace("Das Dokument", "Die Datei") if number % 2 else first
    turns += [Message("user", "Please use “Datei” for “file”."), Message("assistant", final)]
    wishes = (Check("contain", {"phrase": "Datei"}),)
    return Result(sample, tuple(turns), (first, final), wishes)


def _scores(task: str, level: float) -> dict[str, Any]:
    def one(name: str, value: float, **details: Any) -> dict[str, Any]:
        interval = (max(0.0, value - 3.1), min(100.0, value + 3.3))
        return Score(name, value, f"{name}|bayling:0.1.0", 150, interval, details).to_json()

    found = {
        "chrf2": one("chrf2", level, **({"first": level - 2} if task == "revise" else {})),
        "bleu": one("bleu", level / 3),
        "off_target": one("off_target", max(1.3, 50 - level), floor=0.7, copy=2, mixed=0),
    }
    if task != "translation":
        found["satisfied"] = one("satisfied", level + 10)
        found["all_satisfied"] = one("all_satisfied", level + 4)
    if task == "revise":
        found["clean_revision"] = one("clean_revision", level + 15, asked=120, clean=80)
    return found


def _corpus(folder: Path) -> None:
    left, filters = 4300, []
    for name, dropped in [("length", 310), ("ratio", 62), ("markup", 25), ("language", 140)]:
        examples = [{"source": EVIL, "target": "Nein", "reason": f"{name} says so"}]
        filters.append(
            {
                "filter": name,
                "seen": left,
                "dropped": dropped,
                "lengths": [dropped - 5, 5],
                "examples": examples,
            }
        )
        left -= dropped
    inputs = [
        {"input": "horizon", "read": 2900, "unread": 1, "examples": [f"de.po, line 3: {EVIL}"]},
        {"input": "indico <b>", "read": 1400, "unread": 0, "examples": []},
    ]
    ledger = {
        "inputs": inputs,
        "filters": filters,
        "read": 4300,
        "kept": left,
        "lengths": {"up_to": [8], "kept": [left - 700, 700]},
    }
    _put(folder / "corpus/ledger.json", ledger)
    _put(folder / "corpus/manifest.json", _manifest("corpus", 8.4, {"read": 4300, "kept": left}))


def _build(folder: Path) -> None:
    counts = {"train": {"translate": 300, "revise": 500}, "test_samples": 150}
    _put(folder / "build/manifest.json", _manifest("build", 12.0, counts))
    answer = Message("assistant", "Die Datei fehlt.", learn=True, spans=(Span(4, 9, "changed"),))
    dialogues = [
        Dialogue((Message("user", EVIL), answer), kind, "en", "de", f"{kind}{i}")
        for kind in ("translate", "revise")
        for i in range(5)
    ]
    jsonl.write(folder / "build/train.jsonl", (each.to_json() for each in dialogues))


def _train(folder: Path) -> None:
    _put(folder / "train/manifest.json", _manifest("train", 431.0, {"steps": 200}))
    names = ["step", "loss", "learned_tokens", "tokens_per_second", "learning_rate", "seconds"]
    with open(folder / "train/log.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "validation_loss"])
        for step in range(1, 201):
            loss = 1.1 + 2 * math.exp(-step / 40) + 0.25 * math.sin(step * 1.7)
            validation = f"{1.3 + 1.5 * math.exp(-step / 40):.3f}" if step % 20 == 0 else ""
            speed = 100 + 8 * math.sin(step * 0.9)
            writer.writerow([step, loss, 240 * step, speed, 5e-4, step * 2.1, validation])


def _evaluate(folder: Path) -> None:
    for system, level in [("zero-shot", 9.0), ("two-shot", 23.0), ("tuned", 47.0)]:
        where = folder / "evaluate" / system
        tasks = ("translation", "constrained", "revise")
        _put(where / "scores.json", {task: _scores(task, level) for task in tasks})
        _put(where / "manifest.json", _manifest("evaluate", 55.0, {"samples": 450}))
        for task in tasks:
            results = [_result(task, number, system).to_json() for number in range(20)]
            jsonl.write(where / f"{task}.jsonl", results)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "quickstart"
    recipe = {
        "name": "quickstart <en-de>",
        "source_lang": "en",
        "target_lang": "de",
        "model": {"name": "builtin:gemma3-270m", "adapter": {"lora": {"rank": 16}}},
        "train": {"learning_rate": 5e-4, "epochs": 1},
        "corpus": {"inputs": [{"catalogue": {"package": "horizon"}}]},
    }
    _put(folder / "recipe.json", recipe)
    _corpus(folder)
    _build(folder)
    _train(folder)
    _evaluate(folder)
    return folder


class _Page(HTMLParser):
    """Checks that elements nest and collects what a browser would fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.elements.append((tag, named))
        self.ids += [value for key, value in attrs if key == "id" and value]
        self.links += [v for k, v in attrs if k in {"href", "src", "xlink:href"} and v]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_self_contained_and_escaped(run: Path) -> None:
    text = report.write(run).read_text(encoding="utf-8")
    page = _Page(text)
    assert "script" not in {tag for tag, _ in page.elements}
    assert "&lt;script&gt;" in text
    assert "quickstart &lt;en-de&gt;" in text
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"url\((?!#)|@import", text)
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(pictures) == 9
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in pictures)


def test_the_page_shows_what_the_folder_holds(run: Path) -> None:
    text = report.write(run).read_text(encoding="utf-8")
    assert "+24.0 against two-shot (23.0)" in text
    assert "references: 0.7\u00a0%" in text
    assert "English → German" in text
    assert "3,763" in text
    assert "✓ fulfilled" in text
    assert "✗ not fulfilled: &#x27;Datei&#x27; is missing" in text
    assert "two-shot answered" in text
    assert "<mark>Datei</mark>" in text
    assert "train.learning_rate" in text
    assert "0.0005" in text
    assert "f" * 64 in text
    assert "was not run" not in text
    heads = re.findall(r'<th scope="col">([^<]*)</th>', text)
    assert heads[:4] == ["", "zero-shot", "two-shot", "tuned"]


def test_what_is_known_by_turn_is_a_curve(run: Path) -> None:
    for level, system in enumerate(("zero-shot", "tuned")):
        path = run / "evaluate" / system / "scores.json"
        scores = json.loads(path.read_text(encoding="utf-8"))
        by_turn = {"1": 10.0 + level, "2": 30.0 + level, "3": 40.25 + level}
        scores["interactive"] = {
            "satisfied_users": Score(
                "satisfied_users", by_turn["3"], "x", 9, details={"by_turn": by_turn}
            ).to_json()
        }
        _put(path, scores)
    text = report.write(run).read_text(encoding="utf-8")
    assert "zero-shot: 10.0, 30.0, 40.2; tuned: 11.0, 31.0, 41.2." in text
    assert "by turn (1 11.0, 2 31.0, 3 41.2)" in text
    _Page(text)


def test_two_passes_are_one_training(run: Path) -> None:
    alone, *_ = re.findall(r"([\d,]+) steps", report.write(run).read_text(encoding="utf-8"))
    shutil.copytree(run / "train", run / "first" / "train")
    both, *_ = re.findall(r"([\d,]+) steps", report.write(run).read_text(encoding="utf-8"))
    assert int(both) == 2 * int(alone)


def test_the_same_folder_gives_the_same_bytes(run: Path) -> None:
    first = report.write(run).read_bytes()
    assert report.write(run).read_bytes() == first
    assert [path.name for path in run.glob("report*")] == ["report.html"]


@pytest.mark.parametrize("stage", ["corpus", "build", "train", "evaluate"])
def test_a_missing_stage_is_named(run: Path, stage: str) -> None:
    shutil.rmtree(run / stage)
    text = report.write(run).read_text(encoding="utf-8")
    _Page(text)
    assert f"The stage “{stage}” was not run." in text


def test_an_empty_folder_still_has_a_report(tmp_path: Path) -> None:
    text = report.write(tmp_path).read_text(encoding="utf-8")
    _Page(text)
    assert text.count("was not run") == 5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("recipe.json", "{", "recipe.json: is not valid JSON"),
        ("train/log.csv", "step,loss\n1,2.0\n2,oops\n", "log.csv, line 3: is not a training log"),
        ("build/train.jsonl", '{"id": 1}\n', "train.jsonl, line 1: is not a dialogue"),
        ("evaluate/tuned/revise.jsonl", '{"id": 1}\n', "revise.jsonl, line 1: is not a result"),
    ],
)
def test_a_broken_file_is_named(run: Path, name: str, content: str, message: str) -> None:
    (run / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        report.write(run)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run folder"):
        report.write(tmp_path / "nowhere")


@pytest.fixture
def variants(run: Path, tmp_path: Path) -> Path:
    """Two runs in one, the second of which asked no untuned model."""
    folder = tmp_path / "compared"
    for name in ("single", "dialogues"):
        shutil.copytree(run, folder / "variants" / name)
    for shots in ("zero-shot", "two-shot"):
        shutil.rmtree(folder / "variants" / "dialogues" / "evaluate" / shots)
    recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    changes = {"single": ["train.epochs=2"], "dialogues": []}
    _put(folder / "recipe.json", {**recipe, "variants": changes})
    return folder


def test_variants_stand_beside_each_other(variants: Path) -> None:
    for answered, final in (("single", "Die Datei fehlt."), ("dialogues", "Datei!")):
        path = variants / "variants" / answered / "evaluate" / "tuned" / "revise.jsonl"
        rows = list(jsonl.read(path))
        for row in rows:
            row["outputs"][-1] = row["messages"][-1]["content"] = final
        jsonl.write(path, rows)
    text = report.write(variants).read_text(encoding="utf-8")
    page = _Page(text)
    heads = re.findall(r'<th scope="col">([^<]*)</th>', text)
    assert heads[:5] == ["", "gemma3-270m zero-shot", "gemma3-270m two-shot", "single", "dialogues"]
    # Every variant against the one before it, task by task.
    assert "single → dialogues" in text
    assert re.search(r"revise: chrF2</th><td>[\d.]+</td><td>[\d.]+</td>.*p = 0\.\d{4}", text)
    # What another system said stands beside the reference, with what differs marked.
    assert "single answered</dt><dd>Die Datei <mark>fehlt</mark>.</dd>" in text
    assert "The whole conversation with single" in text
    assert "<mark>Datei!</mark>" in text
    assert "train.epochs=2" in text
    links = [link for link in page.links if not link.startswith("#")]
    assert links == ["variants/single/report.html", "variants/dialogues/report.html"]
    assert "Where the corpus went" not in text
    assert report.write(variants).read_text(encoding="utf-8") == text


def test_variants_over_other_samples_are_not_tested(variants: Path) -> None:
    before = report.write(variants).read_text(encoding="utf-8")
    assert "translation: chrF2</th>" in before
    path = variants / "variants" / "dialogues" / "evaluate" / "tuned" / "revise.jsonl"
    jsonl.write(path, list(jsonl.read(path))[:-1])
    text = report.write(variants).read_text(encoding="utf-8")
    assert "revise: not tested. The two systems answered different samples" in text
    assert "revise: chrF2</th>" in before
    assert "revise: chrF2</th>" not in text
    # The other tasks are tested all the same.
    assert "translation: chrF2</th>" in text
    _Page(text)


def test_an_untuned_model_asked_twice_is_there_once(variants: Path) -> None:
    """Unless it was asked something else."""
    for name in ("single", "dialogues"):
        made = variants / "variants" / name / "evaluate" / "zero-shot"
        if not made.exists():
            shutil.copytree(variants / "variants" / "single" / "evaluate" / "zero-shot", made)
    systems = list(stage.systems(variants))
    assert systems == ["gemma3-270m zero-shot", "gemma3-270m two-shot", "single", "dialogues"]
    content = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    _put(made / "manifest.json", {**content, "settings": {"seed": 2}})
    assert "dialogues zero-shot" in stage.systems(variants)


def test_a_variant_that_did_not_get_far_is_left_out(variants: Path) -> None:
    shutil.rmtree(variants / "variants" / "dialogues")
    text = report.write(variants).read_text(encoding="utf-8")
    _Page(text)
    assert "single" in text
    assert "→ dialogues" not in text
