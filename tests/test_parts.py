"""A part is its file; whatever is misspelt is named together with the nearest right name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from bayling import parts
from bayling.errors import MissingError, UserError

OWN = """
from dataclasses import dataclass
from bayling.checks import Outcome

@dataclass(frozen=True)
class Options:
    limit: int = 3

def holds(options, text):
    return Outcome(len(text) <= options.limit, "" if len(text) <= options.limit else "too long")
"""


@pytest.fixture
def somebodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with a package of somebody's own."""
    folder = tmp_path / "somebodys"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "short.py").write_text(OWN)
    (folder / "needy.py").write_text("import a_package_nobody_has\n")
    (folder / "broken.py").write_text("raise RuntimeError('a defect')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    parts.load.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "somebodys"]:
        del sys.modules[name]


@pytest.mark.parametrize("kind", parts.KINDS)
def test_every_part_of_every_kind_loads(kind: str) -> None:
    for name in parts.names(kind):
        part = parts.load(kind, name)
        assert isinstance(part, ModuleType)
        assert part.__doc__, name
        assert part.Options.__dataclass_params__.frozen


def test_names_are_read_without_importing() -> None:
    assert "_matching" not in parts.names("check")
    assert parts.names("check") == sorted(parts.names("check"))


def test_an_unknown_kind() -> None:
    with pytest.raises(UserError) as caught:
        parts.names("metrics")
    assert str(caught.value) == (
        "There is no kind of part called 'metrics'. Did you mean 'metric'?"
    )
    with pytest.raises(UserError, match=r"called 'xyz'\. Known: adapter, backend, builder, check,"):
        parts.load("xyz", "contain")


def test_an_unknown_part() -> None:
    with pytest.raises(UserError) as caught:
        parts.load("check", "contian")
    assert str(caught.value) == "There is no check called 'contian'. Did you mean 'contain'?"
    with pytest.raises(
        UserError, match="no check called 'xyz'. Known: avoid, capitals, chain, contain,"
    ):
        parts.load("check", "xyz")
    # Shared machinery of a kind is no part.
    with pytest.raises(UserError, match="no check called '_matching'"):
        parts.load("check", "_matching")


def test_options_are_filled() -> None:
    options = parts.options("check", "contain", {"phrase": "Datei"})
    assert (options.phrase, options.match_case) == ("Datei", True)
    # JSON and YAML know lists where the record has tuples.
    assert parts.options("check", "keep", {"items": ["%s"]}).items == ("%s",)


def test_an_unknown_option() -> None:
    with pytest.raises(UserError) as caught:
        parts.options("check", "contain", {"phrase": "x", "matchcase": True})
    assert str(caught.value) == (
        "The check 'contain' has no option 'matchcase'. Did you mean 'match_case'?"
    )
    with pytest.raises(UserError, match="'echo' has no option 'x'. It has no options."):
        parts.options("backend", "echo", {"x": 1})


def test_a_wrong_value_and_a_missing_one() -> None:
    with pytest.raises(UserError) as caught:
        parts.options("check", "contain", {"phrase": ["x"]})
    assert str(caught.value) == (
        "The check 'contain', option 'phrase': Input should be a valid string (got ['x'])."
    )
    with pytest.raises(UserError, match="'contain', option 'phrase': "):
        parts.options("check", "contain", {})


def test_a_part_of_somebodys_own(somebodys: Path) -> None:
    options = parts.options("check", "somebodys.short", {"limit": 2})
    assert not parts.load("check", "somebodys.short").holds(options, "abc").ok
    with pytest.raises(UserError, match="'somebodys.short' has no option 'limt'"):
        parts.options("check", "somebodys.short", {"limt": 2})


def test_a_module_that_is_not_found(somebodys: Path) -> None:
    for name in ("somebodys.shirt", "nobodys.short"):
        with pytest.raises(UserError) as caught:
            parts.load("check", name)
        assert str(caught.value) == (
            f"The check '{name}' names a module that Python does not find; "
            "is its folder on PYTHONPATH?"
        )


def test_a_missing_package_is_named_with_its_install_line(somebodys: Path) -> None:
    with pytest.raises(MissingError) as caught:
        parts.load("check", "somebodys.needy")
    assert str(caught.value) == (
        "The check 'somebodys.needy' needs the package 'a_package_nobody_has', "
        "which is not installed. Install it with: pip install a_package_nobody_has"
    )


def test_a_defect_of_somebodys_own_keeps_its_traceback(somebodys: Path) -> None:
    with pytest.raises(RuntimeError, match="a defect"):
        parts.load("check", "somebodys.broken")


def test_split() -> None:
    assert parts.split("length") == ("length", {})
    assert parts.split({"length": {"most": 3}}) == ("length", {"most": 3})
    assert parts.split({"length": None}) == ("length", {})
    for wrong in ({}, {"a": {}, "b": {}}):
        with pytest.raises(UserError, match="A part is written 'name' or 'name: "):
            parts.split(wrong)
