"""COMET in an environment of its own, since what it pins fits no other package's needs.

`bayling doctor --comet` makes the environment; scores are had from it by a process that reads and
writes files. The models are a hub's, or a checkpoint on disk.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bayling import manifest, terminal
from bayling.errors import MissingError, UserError
from bayling.model import load

# torchmetrics, as COMET pins it, imports pkg_resources, which newer setuptools no longer have.
PACKAGES = ("torch==2.13.0", "unbabel-comet==2.2.7", "setuptools<81")
_WORKER = Path(__file__).with_name("_comet_worker.py")


def python() -> Path:
    """The environment's interpreter. Raises `MissingError` where there is none yet."""
    if not _is_whole():
        raise MissingError(
            "COMET lives in an environment of its own, which is not there: bayling doctor --comet"
        )
    return _folder() / "bin" / "python"


def install() -> Path:
    """Make the environment, unless it is whole; its folder. Raises `UserError` where pip fails."""
    folder = _folder()
    if _is_whole():
        terminal.say(f"COMET's environment is whole: {folder}")
        return folder
    terminal.say(f"Making COMET's environment in {folder} (some minutes, about 2 GB)")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _call([sys.executable, "-m", "venv", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    # torch by itself first: what comes after is to take the one that is there.
    for packages in (PACKAGES[:1], PACKAGES[1:]):
        _call([*pip, *packages])
    manifest.write_json(folder / manifest.NAME, {"packages": list(PACKAGES)})
    return folder


def scores(model: str, rows: Sequence[dict[str, str]], batch_size: int) -> list[float]:
    """A score for each of {src, mt, ref}. Raises `MissingError` without the environment and
    `UserError` where COMET fails, as for a model that is neither at hand nor on the hub."""
    interpreter = python()
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.json", Path(folder) / "answered.json"
        asked.write_text(json.dumps(list(rows)), encoding="utf-8")
        told = (
            f"COMET cannot score with '{model}'; expected a model of the hub, which has to be "
            "reachable the first time, or a checkpoint's file"
        )
        # -P: the modules beside the worker are not to be taken for COMET's.
        _call([interpreter, "-P", _WORKER, model, str(batch_size), asked, answered], told)
        found: list[float] = json.loads(answered.read_text(encoding="utf-8"))
    return found


def _is_whole() -> bool:
    """Whether it came to its end, with today's packages, and its interpreter is still there."""
    note = _folder() / manifest.NAME
    made = manifest.read_json(note).get("packages") if note.is_file() else None
    return made == list(PACKAGES) and (_folder() / "bin" / "python").exists()


def _folder() -> Path:
    return load.cache_folder() / "comet"


def _call(command: Sequence[str | Path], told: str = "COMET's environment cannot be made") -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = (ended.stderr or ended.stdout).strip().splitlines()
        raise UserError(f"{told}: {lines[-1] if lines else 'no reason was given'}")
