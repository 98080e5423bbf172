"""Do the methods do what their papers say? Each beside the plain way, at as many learned tokens, on
the same test sets, some seeds each.

    python benchmarks/methods.py language-aware runs/methods --seeds 1 2 3

The experiments are below, their recipes in recipes/; `--times 4` gives each arm four times the
dialogues (and steps, where they are counted), `--test 48` asks 48 strings of each direction. What
is whole is not done again. The figures are of all seeds together, the tests draw samples from all
of them, and the difference within each seed stands beside it. docs/methods.md has the tables.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bayling import config, jsonl, manifest, pipeline
from bayling.evaluate import partition, score, significance
from bayling.languages import Direction
from bayling.records import Result, Sample

# The untuned model is not asked.
UNTUNED = ("evaluate.before=[]",)
TURKISH = ("target_lang=tr", "build.ask_in=[de]", "build.max_words=12", "build.test=60")
JOINED = "samples-joined.jsonl"
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
    method's partition, all of them if there is none; `joined`, over those to longer texts."""

    name: str
    metric: Any
    score: str
    part: str | None = None
    joined: bool = False


@dataclass(frozen=True)
class Experiment:
    """`arms` by name in the order in which they are run; the pairs to test, (plain, method); how
    many strings of the test set make one of the longer texts that are asked too, if any are."""

    arms: dict[str, Arm]
    pairs: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    joined: int = 0


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


def _on_faithfulness(joined: bool) -> tuple[Figure, ...]:
    """Left out is what a third of the reference's words, repeated or added what half of them more
    would hold."""
    share, what = {"least": 2 / 3, "most": 1.5}, ", joined" if joined else ""
    return tuple(
        Figure(f"{name}{what}", metric, score, joined=joined)
        for name, metric, score in (
            ("left out, %", {"errors": {**share, "only": ["under"]}}, "errors"),
            ("added, %", {"errors": {**share, "only": ["over", "repetition"]}}, "errors"),
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
        {
            "two": Arm("mfti", ("directions=[en>de, de>en]", *UNTUNED)),
            "six": Arm("mfti", UNTUNED),
        },
        (("two", "six"),),
        _on_translations(("unseen", "reversed", "seen"), ("en", "de", "fr", "es", "it")),
    ),
    # The way by English against none, in a language that the model is weak in (papers.md §4). A
    # chain is about twice as long, so there are that many more translations without.
    "chain": Experiment(
        {
            "direct": Arm(
                "chain", (*TURKISH, "build.mix={translate: 1}", "build.dialogues=870", *UNTUNED)
            ),
            "chain": Arm("chain", (*TURKISH, "build.dialogues=360", *UNTUNED)),
        },
        (("direct", "chain"),),
        _on_translations((None,), ("en", "de", "tr")),
    ),
    # Less is left out of long texts (papers.md §5). A correction is learned in more tokens than a
    # translation, so there are more dialogues without.
    "segment": Experiment(
        {
            "plain": Arm(
                "segment",
                (
                    "model.adapter={lora: {rank: 16, alpha: 32}}",
                    "build.mix={translate: 1}",
                    "build.dialogues=310",
                    *UNTUNED,
                ),
            ),
            "both": Arm("segment", ("build.dialogues=280", *UNTUNED)),
        },
        (("plain", "both"),),
        (*_on_faithfulness(joined=False), *_on_faithfulness(joined=True)),
        joined=4,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=sorted(EXPERIMENTS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--times", type=int, default=1, help="as many dialogues")
    parser.add_argument("--test", type=int, help="strings of each direction asked")
    options = parser.parse_args()
    experiment = EXPERIMENTS[options.experiment]
    folder = options.folder / options.experiment
    for seed in options.seeds:
        for name in experiment.arms:
            target = folder / f"{name}-{seed}"
            recipe = planned(experiment, name, seed, folder, options.times, options.test)
            share_corpus(folder, target)
            pipeline.run(recipe, target)
            if experiment.joined:
                ask_joined(target, experiment.joined)
            print(f"{name}, seed {seed}: {learned(target):,} learned tokens", flush=True)
    for plain, method in experiment.pairs:
        show(experiment, plain, method, options.seeds, folder)


def planned(
    experiment: Experiment, name: str, seed: int, folder: Path, times: int, test: int | None
) -> config.Recipe:
    arm = experiment.arms[name]
    changes = [*arm.changes, f"seed={seed}"]
    if arm.after:
        changes.append(f"model.start={folder / f'{arm.after}-{seed}'}")
    if test:
        changes.append(f"build.test={test}")
    path = RECIPES / f"{arm.recipe}.yaml"
    recipe = config.read(path, changes)
    if times == 1:
        return recipe
    changes.append(f"build.dialogues={times * recipe.build.dialogues}")
    if recipe.train.max_steps:
        changes.append(f"train.max_steps={times * recipe.train.max_steps}")
    return config.read(path, changes)


def share_corpus(folder: Path, target: Path) -> None:
    """Where an arm cleans other text, the stage begins anew."""
    whole = next(folder.glob(f"*/corpus/{manifest.NAME}"), None)
    if whole and not target.exists():
        shutil.copytree(whole.parent, target / "corpus")


def ask_joined(folder: Path, size: int) -> None:
    """Ask what was tuned for its test set once more, `size` strings after each other as one."""
    samples = [*map(Sample.from_json, jsonl.read(folder / "build" / "samples-test.jsonl"))]
    groups = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    file = folder / JOINED
    jsonl.write(file, (joined(group).to_json() for group in groups))
    pipeline.ask(str(folder), [], file, folder)


def joined(samples: Sequence[Sample]) -> Sample:
    return replace(
        samples[0],
        source=" ".join(each.source for each in samples),
        reference=" ".join(each.reference for each in samples),
    )


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
        system = f"{run.name}-{Path(JOINED).stem}" if figure.joined else config.TUNED
        given = score.results(run / "evaluate" / system / "translation.jsonl")
        if figure.part:
            given = partition.divide(given, trained)[figure.part]
        for each in given:
            sample = replace(each.sample, id=f"{seed}:{each.sample.id}")
            found.append(replace(each, sample=sample))
    return found


if __name__ == "__main__":
    main()
