"""A folder is whole and current only if its manifest and every byte it vouches for agree."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayling
from bayling import manifest
from bayling.errors import InputError, UserError

_SETTINGS = {
    "dialogues": 3,
    "mix": {"translate": 1.0},
    "inputs": [{"tsv": "a"}, {"tsv": "b"}],
}
PLAN = manifest.Plan("build", _SETTINGS, {"pairs": "abc"})


def _plan(**settings: Any) -> manifest.Plan:
    return manifest.Plan("build", {**PLAN.settings, **settings}, PLAN.inputs)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stage's folder that is whole."""
    path = tmp_path / "build"
    manifest.begin(path)
    (path / "train.jsonl").write_text("{}\n")
    (path / "inner").mkdir()
    (path / "inner" / "weights").write_bytes(b"\x00\x01")
    manifest.write(path, PLAN, ["train.jsonl", "inner/weights"], {"train": 1}, 1.23456)
    return path


def test_what_was_written_is_current(folder: Path) -> None:
    assert manifest.is_current(folder, PLAN)
    settings = {key: _SETTINGS[key] for key in ("inputs", "mix", "dialogues")}
    again = manifest.Plan("build", settings, {"pairs": "abc"})
    assert manifest.is_current(folder, again)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (manifest.Plan("corpus", PLAN.settings, PLAN.inputs), 'stage is "corpus", was "build"'),
        (_plan(dialogues=4), "dialogues is 4, was 3"),
        (_plan(seed=1), "seed is 1, was not set"),
        (_plan(mix={"translate": 1.0, "keep": 0.5}), "mix.keep is 0.5, was not set"),
        (_plan(mix={}), "mix.translate is not set, was 1.0"),
        (_plan(note="x" * 90), f'note is "{"x" * 58}…, was not set'),
        (_plan(limit=None), "limit is null, was not set"),
        (_plan(inputs=[{"tsv": "a"}, {"tsv": "c"}]), 'inputs.2.tsv is "c", was "b"'),
        (
            _plan(inputs=[{"tsv": "a"}]),
            'inputs is [{"tsv": "a"}], was [{"tsv": "a"}, {"tsv": "b"}]',
        ),
        (manifest.Plan("build", PLAN.settings, {"pairs": "abd"}), "pairs changed"),
        (manifest.Plan("build", PLAN.settings, {}), "pairs is not read"),
        (manifest.Plan("build", PLAN.settings, {**PLAN.inputs, "more": "d"}), "more is new"),
        (
            _plan(a=1, b=1, c=1, d=1),
            "a is 1, was not set, b is 1, was not set, c is 1, was not set, and 1 more",
        ),
    ],
)
def test_another_plan_is_not_current(
    folder: Path, plan: manifest.Plan, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not manifest.is_current(folder, plan)
    assert capsys.readouterr().err == f"{folder} is not up to date: {said}\n"


def test_another_version_is_not_current(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bayling, "__version__", "99")
    assert not manifest.is_current(folder, PLAN)


@pytest.mark.parametrize("name", ["train.jsonl", "inner/weights"])
def test_a_byte_that_was_changed(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert not manifest.is_current(folder, PLAN)
    (folder / name).write_bytes(whole)
    assert manifest.is_current(folder, PLAN)
    (folder / name).unlink()
    assert not manifest.is_current(folder, PLAN)
    (folder / name).mkdir()
    assert not manifest.is_current(folder, PLAN)
    assert capsys.readouterr().err.splitlines() == [
        f"{folder} is not up to date: {name} {what}"
        for what in ("is not as it was written", "is gone", "is gone")
    ]


def test_beginning_makes_it_unfinished(folder: Path) -> None:
    manifest.begin(folder)
    assert not manifest.is_current(folder, PLAN)
    assert manifest.read(folder) is None
    assert (folder / "train.jsonl").exists()


def test_what_a_manifest_says(folder: Path) -> None:
    found = manifest.require(folder, "build")
    assert found["stage"] == "build"
    assert found["bayling"] == bayling.__version__
    assert found["settings"] == PLAN.settings
    assert found["inputs"] == {"pairs": "abc"}
    assert found["counts"] == {"train": 1}
    assert found["seconds"] == 1.2
    assert found["outputs"] == {
        "train.jsonl": hashlib.sha256(b"{}\n").hexdigest(),
        "inner/weights": hashlib.sha256(b"\x00\x01").hexdigest(),
    }
    assert manifest.output_hashes(folder, "build") == {
        f"build/{name}": digest for name, digest in found["outputs"].items()
    }


def test_an_unfinished_stage_and_one_never_run(tmp_path: Path) -> None:
    for folder, state in (
        (tmp_path, "was begun but not finished"),
        (tmp_path / "x", "was not run"),
    ):
        with pytest.raises(UserError) as caught:
            manifest.require(folder, "train")
        assert str(caught.value) == (
            f"{folder}: the stage 'train' {state}. "
            "Run the same `bayling run RECIPE` again: it goes on where it stopped."
        )


@pytest.mark.parametrize("broken", ["", "{", '{"outputs": ', "\x00"])
def test_a_broken_manifest(folder: Path, broken: str) -> None:
    (folder / "manifest.json").write_text(broken)
    for ask in (manifest.read, lambda path: manifest.is_current(path, PLAN)):
        with pytest.raises(InputError, match=r"manifest\.json: is not valid JSON \(.+\); delete"):
            ask(folder)


def test_a_manifest_that_is_not_utf8(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b'{"outputs": "\xe4"}')
    with pytest.raises(InputError, match="is not valid JSON"):
        manifest.read(folder)


@pytest.mark.parametrize("other", [[], None, {}, {"outputs": []}, "text"])
def test_json_that_is_no_manifest(folder: Path, other: Any) -> None:
    (folder / "manifest.json").write_text(json.dumps(other))
    with pytest.raises(InputError) as caught:
        manifest.read(folder)
    assert str(caught.value) == (
        f"{folder / 'manifest.json'}: is not a manifest; delete its folder and run again"
    )


def test_json_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        manifest.read_json(tmp_path / "recipe.json")
    assert str(caught.value) == (
        f"{tmp_path / 'recipe.json'}: no such file; delete its folder and run again"
    )


@settings(deadline=None)
@given(content=JSON)
def test_json_comes_back(content: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "content.json"
    manifest.write_json(path, content)
    assert manifest.read_json(path) == content
    assert not path.with_name("content.json.partial").exists()


def test_json_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "content.json"
    manifest.write_json(path, {"a": 1})
    (tmp_path / "content.json.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        manifest.write_json(path, {"a": 2})
    assert manifest.read_json(path) == {"a": 1}


@settings(deadline=None)
@given(content=st.binary(max_size=40))
def test_a_hash_is_that_of_the_bytes(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "content.bin"
    path.write_bytes(content)
    assert manifest.sha256(path) == hashlib.sha256(content).hexdigest()


def test_a_hash_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone: no such file"):
        manifest.sha256(tmp_path / "gone")
    with pytest.raises(InputError, match="is a folder; expected a file"):
        manifest.sha256(tmp_path)
