"""The tree obeys design.md §2, and the rules can tell when one does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import rules

import bayling
from bayling import parts

ROOT = Path(bayling.__file__).parent

GOOD_CHECK = '''"""The translation rhymes."""
from dataclasses import dataclass
from bayling.checks import Outcome
from bayling.checks._matching import occurrences

@dataclass(frozen=True)
class Options:
    """Nothing."""

def holds(options, text):
    import torch
    return Outcome(True)
'''

RULES: list[Callable[[Path], list[str]]] = [
    rules.heavy_imports,
    rules.stage_imports,
    rules.part_imports,
    rules.drawers,
    rules.contracts,
    rules.undescribed,
    rules.long_functions,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_obeys(rule: Callable[[Path], list[str]]) -> None:
    breaches = rule(ROOT)
    assert not breaches, f"{rule.__doc__}\n" + "\n".join(breaches)


def test_the_rules_see_the_whole_tree() -> None:
    names = {module.name for module in rules.modules(ROOT)}
    assert {"bayling", "bayling.parts", "bayling.checks", "bayling.checks.keep"} <= names
    assert names >= {"bayling." + stage for stage in rules.STAGES}
    assert set(rules.CONTRACTS) == set(parts.KINDS)
    for kind, package in parts.KINDS.items():
        found = [name for name in names if rules._is_part(name) and name.startswith(package + ".")]
        assert sorted(found) == [f"{package}.{name}" for name in parts.names(kind)]


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / "bayling" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder / "bayling"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_tree_passes_every_rule(rule: Callable[[Path], list[str]], tmp_path: Path) -> None:
    init = '"""Checks.\n\n    class Options\n    def holds(options, text)\n"""\n'
    files = {
        "cli.py": "def chat():\n    from bayling.serve import chat\n",
        "config.py": "from pydantic import BaseModel\n",
        "languages.py": (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from babel import Locale\n"
            "def name():\n    import babel\n"
        ),
        "checks/__init__.py": init + "from bayling.records import Check\n",
        "checks/_matching.py": "import re\n",
        "checks/rhyme.py": GOOD_CHECK,
        "corpus/run.py": "import numpy\nfrom bayling.corpus.readers import Row\n",
        "corpus/readers/_rows.py": "from bayling import checks\n",
        "serve/chat.py": "from . import page\nfrom bayling import checks\n",
    }
    assert rule(tree(tmp_path, files)) == []


BAD: list[tuple[Callable[[Path], list[str]], str, str, str]] = [
    (
        rules.heavy_imports,
        "jsonl.py",
        "import numpy.random",
        "bayling.jsonl:1 imports numpy.random",
    ),
    (rules.heavy_imports, "config.py", "from ruamel.yaml import YAML", "imports ruamel.yaml"),
    (rules.heavy_imports, "parts.py", "from pydantic import BaseModel", "imports pydantic"),
    (rules.heavy_imports, "__init__.py", "import torch", "bayling:1 imports torch"),
    (
        rules.heavy_imports,
        "model/__init__.py",
        "try:\n    import torch\nexcept ImportError: 0",
        ":2",
    ),
    (rules.heavy_imports, "terminal.py", "class Bar:\n    import rich", "imports rich"),
    (
        rules.heavy_imports,
        "records.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import torch\nelse:\n  import peft",
        "bayling.records:5 imports peft",
    ),
    (rules.stage_imports, "cli.py", "import bayling.train.loop", "stage train at module level"),
    (
        rules.stage_imports,
        "pipeline.py",
        "from bayling import build",
        "stage build at module level",
    ),
    (
        rules.stage_imports,
        "parts.py",
        "def f():\n    from bayling import corpus",
        "a top-level module",
    ),
    (rules.stage_imports, "parts.py", "def f():\n    from . import corpus", "bayling.parts:2"),
    (rules.stage_imports, "serve/chat.py", "from ..evaluate import score", "stage serve imports"),
    (
        rules.stage_imports,
        "build/run.py",
        "def f():\n    import bayling.corpus",
        "stage build imports",
    ),
    (rules.stage_imports, "checks/keep.py", "from bayling.build import align", "a service imports"),
    (rules.stage_imports, "wording/__init__.py", "import bayling.build", "a service imports"),
    (
        rules.part_imports,
        "checks/a.py",
        "from bayling.checks import keep",
        "part bayling.checks.keep",
    ),
    (rules.part_imports, "checks/a.py", "def f():\n    from . import keep", "bayling.checks.a:2"),
    (rules.part_imports, "checks/_a.py", "from .keep import holds", "bayling.checks._a:1"),
    (
        rules.part_imports,
        "corpus/filters/a.py",
        "import bayling.checks.keep",
        "bayling.corpus.filters.a:1 imports the part bayling.checks.keep",
    ),
    (rules.drawers, "train/utils.py", "", "bayling.train.utils is called 'utils'"),
    (rules.drawers, "common/words.py", "", "is called 'common'"),
    (rules.drawers, "checks/_helpers.py", "", "is called '_helpers'"),
    (rules.contracts, "checks/a.py", GOOD_CHECK.replace("def holds", "def hold"), "'holds'"),
    (rules.contracts, "checks/a.py", GOOD_CHECK.replace("frozen", "slots"), "frozen dataclass"),
    (rules.contracts, "checks/a.py", GOOD_CHECK.replace("@dataclass(frozen=True)", ""), "frozen"),
    (rules.contracts, "checks/a.py", GOOD_CHECK.replace("The translation", ""), "no docstring"),
    (rules.contracts, "corpus/readers/a.py", GOOD_CHECK, "'inputs', which every reader has"),
    (rules.undescribed, "train/methods/__init__.py", '"""Methods."""', "not describe 'def loss('"),
    (
        rules.long_functions,
        "build/run.py",
        "class A:\n  async def long(self):\n" + "    1\n" * 59,
        "bayling.build.run:2 long has 60 lines",
    ),
]


@pytest.mark.parametrize(("rule", "file", "content", "breach"), BAD)
def test_a_bad_tree_fails(
    rule: Callable[[Path], list[str]], file: str, content: str, breach: str, tmp_path: Path
) -> None:
    others = dict.fromkeys(
        ["checks/keep.py", "corpus/run.py", "build/run.py", "evaluate/run.py"], ""
    )
    breaches = rule(tree(tmp_path, {**others, file: content}))
    assert any(breach in each for each in breaches), breaches


def test_a_function_of_59_lines_passes(tmp_path: Path) -> None:
    content = "def long():\n" + "    1\n" * 58
    assert rules.long_functions(tree(tmp_path, {"build/run.py": content})) == []
