"""Does translation in dialogue teach a model to take corrections? The same pairs and number of
learned tokens, once as dialogues and once as translations alone, some seeds each.

    python benchmarks/claim.py runs/claim --seeds 1 2 3

A run takes 12 to 25 minutes on two cores; what is whole is not done again. Each seed has its own
test set. The figures are of all seeds together, and the tests draw samples from all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayling import config, manifest, pipeline
from bayling.evaluate import score, significance
from bayling.records import Result

RECIPES = Path(__file__).parent / "claim"
SYSTEMS = ("single", "interactive")
# (what is measured, task, how many answers of a conversation count, metric, its score's name)
FIGURES = (
    ("chrF2 of first answers", "translation", 1, "chrf", "chrf2"),
    ("off target", "translation", 1, "off_target", "off_target"),
    ("words asked for at once", "constrained", 1, "satisfaction", "satisfied"),
    ("clean revisions, 2nd turn", "revise", 2, "clean_revision", "clean_revision"),
    ("clean revisions, by the 3rd", "revise", 3, "clean_revision", "clean_revision"),
    ("nearer to the reference, 2nd", "revise", 2, "clean_revision", "nearer_revision"),
    ("wishes fulfilled, 2nd turn", "revise", 2, "satisfaction", "satisfied"),
    ("words changed unasked", "revise", 2, "collateral", "collateral"),
    ("chrF2 after two requests at most", "revise", 3, "chrf", "chrf2"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    for seed in options.seeds:
        for system in SYSTEMS:
            recipe = config.read(RECIPES / f"{system}.yaml", [f"seed={seed}"])
            pipeline.run(recipe, _run(options.folder, system, seed))
            print(
                f"{system}, seed {seed}: {_learned(options.folder, system, seed):,} learned tokens"
            )
    for seed in options.seeds:
        _print(f"seed {seed}", options.folder, [seed])
    if len(options.seeds) > 1:
        _print("all seeds", options.folder, options.seeds)


def _run(folder: Path, system: str, seed: int) -> Path:
    return folder / f"{system}-{seed}"


def _learned(folder: Path, system: str, seed: int) -> int:
    stages = (_run(folder, system, seed) / each for each in ("first/train", "train"))
    return sum(
        manifest.require(each, "train")["counts"]["learned_tokens"]
        for each in stages
        if each.is_dir()
    )


def _results(folder: Path, system: str, task: str, seeds: Sequence[int]) -> list[Result]:
    """The answers of all seeds; a source that two of them test counts twice."""
    found = []
    for seed in seeds:
        path = _run(folder, system, seed) / "evaluate" / config.TUNED / f"{task}.jsonl"
        for result in score.results(path):
            sample = replace(result.sample, id=f"{seed}:{result.sample.id}")
            found.append(replace(result, sample=sample))
    return found


def _print(title: str, folder: Path, seeds: Sequence[int]) -> None:
    print(f"\n{title}\n{'':34}{'single':>8}{'inter.':>8}  difference")
    for what, task, turns, metric, name in FIGURES:
        a, b = (
            [_until(each, turns) for each in _results(folder, system, task, seeds)]
            for system in SYSTEMS
        )
        test: dict[str, Any] = significance.paired(a, b, metric)[name]
        low, high = test["interval"]
        print(
            f"{what:34}{test['a']:8.1f}{test['b']:8.1f}  {test['difference']:+.1f} "
            f"[{low:.1f}, {high:.1f}], p = {test['p_randomisation']:.4f}"
        )


def _until(result: Result, turns: int) -> Result:
    return replace(result, outputs=result.outputs[:turns])


if __name__ == "__main__":
    main()
