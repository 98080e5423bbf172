"""What filters measured, kept beside the pairs, so that another threshold needs no new measuring.

scores-0-ratio.f64  …  of each filter that has a threshold (`THRESHOLD`) and does not look back, a
                       number for each pair in the order they are read; NaN where none was asked
scores.json            what each file was made from: inputs, directions, the filter's other options
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from array import array
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from bayling import manifest

NAME = "scores.json"
_UNKNOWN = array("d", [math.nan])

# Of some filters, by their number, the scores of some pairs.
Known = dict[int, "array[float]"]


def key(made_from: Any, options: Mapping[str, Any]) -> str:
    """Says what scores depend on; `options` are the filter's without its threshold."""
    told = json.dumps([made_from, options], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


class Scores:
    """Those of the last run, read from `folder`, and those of this one, written to `work`, by
    `wanted`: filter number → (its name, its key)."""

    def __init__(self, folder: Path, work: Path, wanted: Mapping[int, tuple[str, str]]) -> None:
        self._folder, self._work = folder, work
        self._files = {
            number: f"scores-{number}-{name}.f64" for number, (name, _) in wanted.items()
        }
        self._keys = {self._files[number]: key for number, (_, key) in wanted.items()}
        self._open = ExitStack()
        self._old: dict[int, IO[bytes]] = {}
        self._new: dict[int, IO[bytes]] = {}

    def __enter__(self) -> Scores:
        stored = _stored(self._folder)
        for number, file in self._files.items():
            self._new[number] = self._open.enter_context(open(self._work / file, "wb"))
            before = next((old for old, key in stored.items() if key == self._keys[file]), None)
            if before is not None:
                self._old[number] = self._open.enter_context(open(self._folder / before, "rb"))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def known(self, count: int) -> Known:
        """The scores of the next `count` pairs; none of a file that somebody cut short."""
        found: Known = {}
        for number, file in self._old.items():
            stored = file.read(count * _UNKNOWN.itemsize)
            if len(stored) == count * _UNKNOWN.itemsize:
                found[number] = array("d", stored)
        return found

    def keep(self, scores: Known) -> None:
        """Add the scores of the next pairs."""
        for number, file in self._new.items():
            scores[number].tofile(file)

    def move(self) -> None:
        """Put this run's scores in the place of the last one's, at no moment half of them."""
        (self._folder / NAME).unlink(missing_ok=True)
        for old in self._folder.glob("scores-*.f64"):
            old.unlink()
        for file in self._keys:
            os.replace(self._work / file, self._folder / file)
        manifest.write_json(self._folder / NAME, self._keys)


def is_one(path: Path) -> bool:
    """Whether a file holds scores."""
    return path.match("scores-*.f64")


def none(count: int) -> array[float]:
    """As many scores that are not known."""
    return _UNKNOWN * count


def within(score: float, limit: float, side: str) -> bool:
    """Whether a pair of this score is kept; False where it is not known."""
    return score <= limit if side == "most" else score >= limit


def _stored(folder: Path) -> dict[str, str]:
    if not (folder / NAME).is_file():
        return {}
    found: dict[str, str] = manifest.read_json(folder / NAME)
    return {file: key for file, key in found.items() if (folder / file).is_file()}
