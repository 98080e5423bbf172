"""Do the methods do what their papers say? Each beside the plain way, at as many learned tokens, on
the same test sets, some seeds each.

    python benchmarks/methods.py language-aware runs/methods --seeds 1 2 3

The experiments are below, their recipes in recipes/. What is whole is not done again. The figures
are of all seeds together, the tests draw samples from all of them, and the difference within each
seed stands beside it. docs/methods.md has the table.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bayling import config, manifest, pipeline
from bayling.evaluate import partition, score, significance
from bayling.languages import Direction
from bayling.records import Result

# The untuned model is not asked.
UNTUNED = ("evaluate.before=[]",)
TURKISH = ("target_lang=tr", "build.ask_in=[de]", "build.max_words=12", "build.test=60")
RECIPES = Path(__file__).parents[1] / "recipes"


@dataclass(frozen=True)
class Arm:
    """A recipe with some keys changed, which goes on from another arm's run if `after` names it."""

    recipe: str
    changes: tuple[str, ...] = ()
    after: str | None = None


@dataclass(frozen=True)
class Figure:
    """What is measured: a metric's score over the answers to the directions of a part of the
    method's partition, all of them if there is none."""

    name: str
    metric: Any
    score: str
    part: str | None = None


@dataclass(frozen=True)
class Experiment:
    """`arms` by name in the order in which they are run; the pairs to test, (plain, method)."""

    arms: dict[str, Arm]
    pairs: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]


def _on_translations(parts: Sequence[str | None], languages: Sequence[str]) -> tuple[Figure, ...]:
    off_target = {"off_target": {"among": list(languages)}}
    return tuple(
        Figure(f"{what}{f', {part}' if part else ''}", metric, name, part)
        for part in parts
        for what, metric, name in (
            ("off target, %", off_target, "off_target"),
            ("BLEU", "bleu", "bleu"),
            ("chrF2", "chrf", "chrf2"),
        )
    )


EXPERIMENTS = {
    # Off-target in zero-shot directions falls, at no loss of BLEU (papers.md §3).
    "language-aware": Experiment(
        {
            "first": Arm("zero-shot"),
            "alpha-0": Arm(
                "language-aware", ("train.method={language_aware: {alpha: 0}}",), "first"
            ),
            "alpha-0.05": Arm("language-aware", (), "first"),
        },
        (("first", "alpha-0.05"), ("alpha-0", "alpha-0.05")),
        _on_translations(("unseen", "seen"), ("en", "de", "fr", "es")),
    ),
    # Directions that were not trained improve with the number of those that were (papers.md §8).
    "mfti": Experiment(
        {"two": Arm("mfti", ("directions=[en>de, de>en]", *UNTUNED)), "six": Arm("mfti", UNTUNED)},
        (("two", "six"),),
        _on_translations(("unseen", "reversed", "seen"), ("en", "de", "fr", "es", "it")),
    ),
    # The way by English against none, in a language that the model is weak in (papers.md §4). A
    # chain is about twice as long, so there are twice as many translations without.
    "chain": Experiment(
        {
            "direct": Arm(
                "chain", (*TURKISH, "build.mix={translate: 1}", "build.dialogues=720", *UNTUNED)
            ),
            "chain": Arm("chain", (*TURKISH, "build.dialogues=360", *UNTUNED)),
        },
        (("direct", "chain"),),
        _on_translations((None,), ("en", "de", "tr")),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=sorted(EXPERIMENTS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    experiment = EXPERIMENTS[options.experiment]
    folder = options.folder / options.experiment
    for seed in options.seeds:
        for name in experiment.arms:
            run(experiment, name, seed, folder)
    for plain, method in experiment.pairs:
        show(experiment, plain, method, options.seeds, folder)


def run(experiment: Experiment, name: str, seed: int, folder: Path) -> None:
    arm = experiment.arms[name]
    changes = [*arm.changes, f"seed={seed}"]
    if arm.after:
        changes.append(f"model.start={folder / f'{arm.after}-{seed}'}")
    target = folder / f"{name}-{seed}"
    whole = next(folder.glob(f"*/corpus/{manifest.NAME}"), None)
    if whole and not target.exists():
        # Where an arm cleans other text, the stage begins anew.
        shutil.copytree(whole.parent, target / "corpus")
    pipeline.run(config.read(RECIPES / f"{arm.recipe}.yaml", changes), target)
    print(f"{name}, seed {seed}: {learned(target):,} learned tokens", flush=True)


def learned(folder: Path) -> int:
    counts: dict[str, Any] = manifest.require(folder / "train", "train")["counts"]
    return int(counts["learned_tokens"])


def show(
    experiment: Experiment, plain: str, method: str, seeds: Sequence[int], folder: Path
) -> None:
    """A table in Markdown."""
    print(f"\n| | {plain} | {method} | difference | by seed |\n|---|---|---|---|---|")
    for figure in experiment.figures:
        test = tested(plain, method, figure, seeds, folder)
        low, high = test["interval"]
        single = [tested(plain, method, figure, [seed], folder)["difference"] for seed in seeds]
        print(
            f"| {figure.name} | {test['a']:.1f} | {test['b']:.1f} | {test['difference']:+.1f} "
            f"[{low:.1f}, {high:.1f}], p = {test['p_randomisation']:.4f} "
            f"| {', '.join(f'{each:+.1f}' for each in single)} |",
            flush=True,
        )


def tested(
    plain: str, method: str, figure: Figure, seeds: Sequence[int], folder: Path
) -> dict[str, Any]:
    recipe = manifest.read_json(folder / f"{method}-{seeds[0]}" / "recipe.json")
    trained = config.trained(recipe)
    a, b = (answers(folder, name, figure, seeds, trained) for name in (plain, method))
    found: dict[str, Any] = significance.paired(a, b, figure.metric)[figure.score]
    return found


def answers(
    folder: Path, arm: str, figure: Figure, seeds: Sequence[int], trained: Sequence[Direction]
) -> list[Result]:
    """The answers of all seeds; a source that two of them test counts twice."""
    found: list[Result] = []
    for seed in seeds:
        run = folder / f"{arm}-{seed}"
        given = score.results(run / "evaluate" / config.TUNED / "translation.jsonl")
        if figure.part:
            given = partition.divide(given, trained)[figure.part]
        for each in given:
            sample = replace(each.sample, id=f"{seed}:{each.sample.id}")
            found.append(replace(each, sample=sample))
    return found


if __name__ == "__main__":
    main()
