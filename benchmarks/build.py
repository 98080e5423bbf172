"""How fast pairs become dialogues, how much memory that takes, and whether workers change a byte.

    python benchmarks/build.py --pairs 100000 --workers 2 1

Real text of that size does not install from a package index, so each pair is two units of the
quickstart's catalogues in a row, which no other pair has. Each run is a process of its own, so that
its peak memory is its own; alignment is timed apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from bayling import config, jsonl
from bayling.build import align
from bayling.build import run as stage
from bayling.corpus import run as corpus
from bayling.records import Pair

RECIPE = Path(__file__).parents[1] / "recipes" / "quickstart.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, nargs="+", default=[100_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--dialogues", type=int, help="as many as pairs if not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        units = _units(Path(folder))
        print(f"{len(units)} units of the quickstart's catalogues")
        for count in options.pairs:
            path = Path(folder) / f"pairs-{count}.jsonl"
            _write(units, count, path)
            found = [
                _run(path, options.dialogues or count, workers, Path(folder) / "build")
                for workers in options.workers
            ]
            for each in found:
                print(json.dumps(each))
            print("the same bytes:", len({each["sha256"] for each in found}) == 1)


def _units(folder: Path) -> list[Pair]:
    recipe = config.read(RECIPE)
    corpus.run(recipe.corpus, recipe.all_directions, folder / "corpus")
    return [Pair.from_json(row) for row in jsonl.read(folder / "corpus" / "pairs.jsonl")]


def _write(units: list[Pair], count: int, path: Path) -> None:
    rng = random.Random(1)
    seen: set[tuple[int, int]] = set()
    with open(path, "w", encoding="utf-8") as file:
        while len(seen) < count:
            one, other = rng.randrange(len(units)), rng.randrange(len(units))
            if (one, other) in seen:
                continue
            seen.add((one, other))
            a, b = units[one], units[other]
            name = f"{len(seen):012x}"
            pair = Pair(
                f"{a.source} {b.source}", f"{a.target} {b.target}", "en", "de", name, f"x:{name}"
            )
            file.write(json.dumps(pair.to_json(), ensure_ascii=False) + "\n")


def _run(path: Path, dialogues: int, workers: int, folder: Path) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_build, args=(path, dialogues, workers, folder, sending))
    process.start()
    # Only the child may hold it open, or its failure would never be noticed.
    sending.close()
    found: dict[str, Any] = receiving.recv()
    process.join()
    return found


def _build(path: Path, dialogues: int, workers: int, folder: Path, sending: Any) -> None:
    aligning = 0.0
    made = align.Aligner.__init__

    def timed(self: align.Aligner, *given: Any) -> None:
        nonlocal aligning
        started = time.monotonic()
        made(self, *given)
        aligning += time.monotonic() - started

    align.Aligner.__init__ = timed  # type: ignore[method-assign, assignment]
    settings = config.Build(dialogues=dialogues, workers=workers, max_words=60, ask_in=["en", "de"])
    started = time.monotonic()
    counts = stage.run(settings, path, 1, folder)
    total = time.monotonic() - started
    (folder / "manifest.json").unlink()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sending.send(
        {
            "pairs": counts["pairs"],
            "dialogues": sum(counts["train"].values()),
            "workers": workers,
            "alignment_s": round(aligning, 1),
            "beyond_alignment_s": round(total - aligning, 1),
            "peak_mb": round(own / 1024),
            "peak_mb_of_a_worker": round(largest_child / 1024),
            "sha256": hashlib.sha256((folder / "train.jsonl").read_bytes()).hexdigest()[:16],
        }
    )


if __name__ == "__main__":
    main()
