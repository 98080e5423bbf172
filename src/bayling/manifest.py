"""A folder with a manifest is whole.

`manifest.json` is written last and atomically, so its presence says that every file of the stage
is there. It holds what the stage was made from (settings, hashes of the inputs, version) and what
came out (hashes of the outputs, counts, wall time). A stage whose manifest matches is skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bayling
from bayling import terminal
from bayling.errors import InputError, UserError

NAME = "manifest.json"
_MEND = "delete its folder and run again"


@dataclass(frozen=True)
class Plan:
    """What a stage is about to do; two equal plans give the same files.

    `inputs` maps a name to the hash of what is read, `settings` is the stage's resolved recipe.
    """

    stage: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]

    def key(self) -> dict[str, Any]:
        # Through JSON, so that a plan compares equal with one that was read back.
        key = {
            "stage": self.stage,
            "bayling": bayling.__version__,
            "settings": self.settings,
            "inputs": self.inputs,
        }
        read_back: dict[str, Any] = json.loads(json.dumps(key, default=str))
        return read_back


def sha256(path: Path) -> str:
    """The hash of a file's bytes, in hexadecimal. Raises `InputError` where there is no file."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        raise InputError(path, "no such file") from None
    except IsADirectoryError:
        raise InputError(path, "is a folder; expected a file") from None
    return digest.hexdigest()


def read(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest, or None where the stage did not come to its end."""
    path = folder / NAME
    if not path.exists():
        return None
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("outputs"), dict):
        raise InputError(path, f"is not a manifest; {_MEND}")
    return content


def require(folder: Path, stage: str) -> dict[str, Any]:
    """The manifest of a stage that has to be whole. Raises `UserError` where it is not."""
    found = read(folder)
    if found is None:
        state = "was begun but not finished" if folder.exists() else "was not run"
        raise UserError(
            f"{folder}: the stage '{stage}' {state}. "
            "Run the same `bayling run RECIPE` again: it goes on where it stopped."
        )
    return found


def is_current(folder: Path, plan: Plan) -> bool:
    """Whether the folder holds, whole and unchanged, what this plan would make; where it holds
    something else, the user is told what has changed."""
    found = read(folder)
    if found is None:
        return False
    changes = [*_differences(found, plan.key())] or [*_damage(folder, found["outputs"])]
    if changes:
        terminal.say(f"{folder} is not up to date: {_listed(changes)}")
    return not changes


def changes(old: Mapping[str, Any], plan: Plan) -> str:
    """What of a plan's key is not as it was, in words; '' for nothing."""
    return _listed([*_differences(old, plan.key())])


def _listed(changes: Sequence[str]) -> str:
    more = f", and {len(changes) - _TOLD} more" if len(changes) > _TOLD else ""
    return ", ".join(changes[:_TOLD]) + more


# So many changes are named, and so many characters of a value shown.
_TOLD = 3
_SHOWN = 60
_UNSET = object()


def _differences(old: Any, new: Any, name: str = "") -> Iterator[str]:
    """What is not as it was, of what the new plan says and of what it no longer does."""
    if isinstance(old, dict) and isinstance(new, dict):
        # The manifest says more than the plan.
        for key in [*new, *(key for key in old if name and key not in new)]:
            inner = f"{name}.{key}" if name else key
            yield from _differences(old.get(key, _UNSET), new.get(key, _UNSET), inner)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True), start=1):
            yield from _differences(one, other, f"{name}.{place}")
    elif old != new:
        group, _, said = name.partition(".")
        if group != "inputs":
            yield f"{said or group} is {_shown(new)}, was {_shown(old)}"
        elif old is _UNSET:
            yield f"{said} is new"
        else:
            yield f"{said} {'is not read' if new is _UNSET else 'changed'}"


def _shown(value: Any) -> str:
    text = "not set" if value is _UNSET else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _damage(folder: Path, outputs: Mapping[str, str]) -> Iterator[str]:
    for name, digest in outputs.items():
        if not (folder / name).is_file():
            yield f"{name} is gone"
        elif sha256(folder / name) != digest:
            yield f"{name} is not as it was written"


def write(
    folder: Path, plan: Plan, outputs: Iterable[str], counts: Mapping[str, Any], seconds: float
) -> None:
    """Declare the folder whole. `outputs` are file names relative to it, `seconds` wall time."""
    write_json(
        folder / NAME,
        {
            **plan.key(),
            "outputs": {name: sha256(folder / name) for name in outputs},
            "counts": dict(counts),
            "seconds": round(seconds, 1),
            "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "python": platform.python_version(),
        },
    )


def output_hashes(folder: Path, stage: str) -> dict[str, str]:
    """The outputs of a whole stage by `stage/file`, to be the inputs of the next one."""
    found = require(folder, stage)
    return {f"{stage}/{name}": digest for name, digest in found["outputs"].items()}


def begin(folder: Path) -> None:
    """Make the folder ready for a new run of its stage: from here on it is not whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON so that the file is either the old or the new one, never half of one."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1, default=str)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def read_json(path: Path) -> Any:
    """What `write_json` wrote. Raises `InputError` for a file somebody broke or took away since."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(path, f"no such file; {_MEND}") from None
    except ValueError as error:
        raise InputError(path, f"is not valid JSON ({error}); {_MEND}") from error
