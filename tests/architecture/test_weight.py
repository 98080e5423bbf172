"""What is imported on the way to `--help` brings no heavy library with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import rules

import bayling

# Top-level modules and packages, but for the recipe and those built on it.
LIGHT = sorted(
    module.name
    for module in rules.modules(Path(bayling.__file__).parent)
    if (not module.area or module.is_package)
    and module.name not in rules.HEAVY_ALLOWED
    and not any(e.when == "module" and e.name in rules.HEAVY_ALLOWED for e in module.imports)
)


def heavy_after(code: str) -> set[str]:
    """The heavy libraries that a fresh Python holds after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()} & rules.HEAVY


@pytest.mark.parametrize("names", [["bayling.cli"], LIGHT], ids=["cli", "every light module"])
def test_imports_no_heavy_library(names: list[str]) -> None:
    assert heavy_after(f"import {', '.join(names)}") == set()


def test_a_heavy_library_is_noticed() -> None:
    assert heavy_after("import bayling.config") == {"pydantic"}
