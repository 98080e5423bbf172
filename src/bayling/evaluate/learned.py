"""Learned metrics in an environment of their own, since what COMET pins fits no other package's
needs.

`bayling doctor --comet` makes the environment; scores are had from it by a process that reads and
writes files. The models are a hub's, or files on disk.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from bayling import manifest, terminal
from bayling.errors import MissingError, UserError
from bayling.model import load
from bayling.records import Json

# torchmetrics, as COMET pins it, imports pkg_resources, which newer setuptools no longer have.
# transformers and sentencepiece, for MetricX, come with COMET.
PACKAGES = ("torch==2.13.0", "unbabel-comet==2.2.7", "setuptools<81")


def python() -> Path:
    """The environment's interpreter. Raises `MissingError` where there is none yet."""
    if not _is_whole():
        raise MissingError(
            "COMET and MetricX live in an environment of their own, which is not there: "
            "bayling doctor --comet"
        )
    return _folder() / "bin" / "python"


def install() -> Path:
    """Make the environment, unless it is whole; its folder. Raises `UserError` where pip fails."""
    folder = _folder()
    if _is_whole():
        terminal.say(f"The environment of COMET and MetricX is whole: {folder}")
        return folder
    terminal.say(f"Making the environment of COMET and MetricX in {folder} (some minutes, 2 GB)")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    told = "The environment of COMET and MetricX cannot be made"
    _call([sys.executable, "-m", "venv", str(folder)], told)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    # torch by itself first: what comes after is to take the one that is there.
    for packages in (PACKAGES[:1], PACKAGES[1:]):
        _call([*pip, *packages], told)
    manifest.write_json(folder / manifest.NAME, {"packages": list(PACKAGES)})
    return folder


def scores(metric: Literal["comet", "metricx"], asked: Json, told: str) -> list[float]:
    """The metric's score of each row that is `asked`, whose keys are those of its worker.

    Raises `MissingError` without the environment and `UserError`, which begins with what is `told`,
    where the metric fails, as for a model that is neither at hand nor on the hub.
    """
    interpreter = python()
    worker = Path(__file__).with_name(f"_{metric}_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "asked.json", Path(folder) / "answered.json"
        question.write_text(json.dumps(asked), encoding="utf-8")
        # -P: the modules beside the worker are not to be taken for COMET's.
        _call([interpreter, "-P", worker, question, answer], told)
        found: list[float] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def named(model: str) -> str:
    """A model's name for a signature; of a file or folder, which anybody may call anything, a hash
    too."""
    path = Path(model)
    if path.is_file():
        return f"{path.name}-{manifest.sha256(path)[:12]}"
    files = json.dumps(load.fingerprint(model))
    return f"{path.name}-{sha256(files.encode()).hexdigest()[:12]}" if path.is_dir() else model


def _is_whole() -> bool:
    """Whether it came to its end, with today's packages, and its interpreter is still there."""
    note = _folder() / manifest.NAME
    made = manifest.read_json(note).get("packages") if note.is_file() else None
    return made == list(PACKAGES) and (_folder() / "bin" / "python").exists()


def _folder() -> Path:
    return load.cache_folder() / "comet"


def _call(command: Sequence[str | Path], told: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = (ended.stderr or ended.stdout).strip().splitlines()
        raise UserError(f"{told}: {lines[-1] if lines else 'no reason was given'}")
