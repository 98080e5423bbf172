"""A whole run: the stages of a recipe in their order, each skipped where it is whole already.

runs/NAME/recipe.json                             the recipe as it was understood
runs/NAME/corpus  build  train                    one folder a stage, each with a manifest
runs/NAME/first/build  train  answers             the first pass, where a builder needs answers
runs/NAME/evaluate/zero-shot  two-shot  tuned     one folder a system
runs/NAME/report.html
runs/NAME/variants/VARIANT/…                      all of this for each variant, if there are any
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from bayling import config, languages, manifest, parts, processes, terminal
from bayling.backends import GUIDANCE, Backend
from bayling.config import TUNED, VARIANTS, Build, Model, Recipe, Tuning, needs_answers
from bayling.errors import UserError, nearest
from bayling.model import load, tuned

STAGES = ("corpus", "build", "train", "evaluate")
_ECHO = "echo"
_COUNTS = {0: "zero", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}


def run(recipe: Recipe, folder: Path, until: str = "evaluate") -> None:
    """Carry out the recipe in `folder`, up to and with the stage `until`; if it has variants, each
    of them in a folder of its own."""
    if until not in STAGES:
        raise UserError(f"There is no stage '{until}'.{nearest(until, STAGES)}")
    # What a later stage would miss is told now, rather than after hours of other work.
    for each in [recipe.variant(name) for name in recipe.variants] or [recipe]:
        if STAGES.index(until) >= STAGES.index("build"):
            from bayling.build import run as building

            building.check(each.build, each.trained)
        if STAGES.index(until) >= STAGES.index("train"):
            tuned.check(each.model.adapter)
            _check_model(each.model.name)
            _start(each.model, folder)
        if until == STAGES[-1]:
            from bayling.evaluate import run as evaluation

            evaluation.check(each.evaluate, open_model)
    _write_recipe(recipe, folder)
    if recipe.variants:
        _run_variants(recipe, folder, until)
    else:
        _run(recipe, folder, until)
        if until == STAGES[-1] and processes.is_main():
            finish(folder)


def _run_variants(recipe: Recipe, folder: Path, until: str) -> None:
    first: Path | None = None
    for number, name in enumerate(recipe.variants, start=1):
        terminal.heading(f"Variant {number} of {len(recipe.variants)}: {name}")
        variant, target = recipe.variant(name), folder / VARIANTS / name
        _write_recipe(variant, target)
        with processes.main_first():
            if first is not None and not (target / "corpus").exists():
                # Most variants clean the same text; where one does not, the stage begins anew.
                shutil.copytree(first / "corpus", target / "corpus")
        _run(variant, target, until)
        first = first or target
    if until == STAGES[-1] and processes.is_main():
        finish(folder)


def _run(recipe: Recipe, folder: Path, until: str) -> None:
    """The stages in their order. Of several processes, which `accelerate launch` starts, one makes
    the data and asks the model, and all tune."""
    use_threads(recipe.threads)
    for note in recipe.notes():
        terminal.say(f"Note: {note}")
    last = STAGES.index(until)
    first, second = recipe.build.passes()
    with processes.main_first():
        corpus(recipe, folder)
        if first is None:
            # What another recipe of two passes left here is no part of this run.
            shutil.rmtree(folder / "first", ignore_errors=True)
        if last >= 1:
            target = _before_answers(recipe, folder)
            build(recipe, folder, first or second, target, spare=_spare(recipe))
    if last >= 3 and processes.is_main():
        evaluate_untuned(recipe, folder)
    if last >= 2 and first is not None:
        rehearse(recipe, folder)
    if last >= 2:
        train(recipe, folder)
    if last >= 3 and processes.is_main():
        evaluate_tuned(recipe, folder)


def _write_recipe(recipe: Tuning, folder: Path) -> None:
    with processes.main_first():
        if processes.is_main():
            folder.mkdir(parents=True, exist_ok=True)
            manifest.write_json(folder / "recipe.json", recipe.model_dump())


def corpus(recipe: Recipe, folder: Path) -> None:
    """Inputs → clean pairs."""
    from bayling.corpus import run as stage

    directions = recipe.all_directions
    what = f"{len(directions)} directions"
    if len(directions) == 1:
        what = " and ".join(languages.name(each) for each in directions[0])
    count = len(recipe.corpus.inputs)
    terminal.heading(f"Corpus: {what} from {count} {'input' if count == 1 else 'inputs'}")
    stage.run(recipe.corpus, directions, folder / "corpus")


def build(
    recipe: Recipe,
    folder: Path,
    settings: Build,
    target: Path,
    answers: Path | None = None,
    learned: Sequence[Path] = (),
    spare: int = 0,
) -> None:
    """Pairs → dialogues and samples, in `target`."""
    from bayling.build import division
    from bayling.build import run as stage

    terminal.heading(f"Build: {settings.dialogues} dialogues")
    pairs = folder / "corpus" / "pairs.jsonl"
    teacher = settings.teacher
    connect = partial(connect_to, teacher.model) if teacher else None
    roles = division.Roles(recipe.trained, recipe.asked)
    stage.run(settings, pairs, recipe.seed, target, answers, learned, spare, connect, roles)


def rehearse(recipe: Recipe, folder: Path) -> None:
    """The first of two passes: tune on the kinds that need no answers, answer, build the rest."""
    from bayling.build import answers
    from bayling.train import run as stage

    first = folder / "first"
    terminal.heading(f"First pass: {recipe.model.name}")
    stage.run(
        recipe.train,
        recipe.model,
        first / "build" / "train.jsonl",
        _validation(recipe, folder),
        recipe.seed,
        first / "train",
        _start(recipe.model, folder),
    )
    terminal.heading("First pass: what the model answers, to draft from")
    learned = [first / "build" / f"{name}.jsonl" for name in ("train", "validation")]
    with processes.main_first():
        answered = answers.run(
            recipe.build,
            first / "build" / "spare.jsonl",
            {"model": recipe.model.name, **manifest.output_hashes(first / "train", "train")},
            lambda: connect_to(recipe.model.name, first / "train" / "adapter"),
            recipe.seed,
            first / "answers",
        )
        build(recipe, folder, recipe.build.passes()[1], folder / "build", answered, learned)


def _validation(recipe: Recipe, folder: Path) -> Any:
    """What a training of the recipe is watched by."""
    from bayling.evaluate import run as evaluation
    from bayling.train.run import Validation

    built, wanted = _before_answers(recipe, folder), recipe.train.early_stopping
    if wanted is None:
        return Validation(built / "validation.jsonl")
    samples = built / "samples-validation.jsonl"
    return Validation(
        built / "validation.jsonl",
        samples,
        evaluation.judge(wanted, samples, recipe.seed, recipe.trained),
        evaluation.less_is_better(wanted.metric),
    )


def train(recipe: Recipe, folder: Path) -> None:
    """Dialogues → an adapter: that of the first pass or of the run to go on from, tuned on."""
    from bayling.train import run as stage

    terminal.heading(f"Train: {recipe.model.name}")
    first = recipe.build.passes()[0]
    stage.run(
        recipe.train,
        recipe.model,
        folder / "build" / "train.jsonl",
        _validation(recipe, folder),
        recipe.seed,
        folder / "train",
        folder / "first" / "train" / "adapter" if first else _start(recipe.model, folder),
    )


def tune(tuning: Tuning, dialogues: Path, folder: Path) -> None:
    """A file of dialogues → a run folder that can be talked to."""
    from bayling.train import run as stage

    tuned.check(tuning.model.adapter)
    _check_model(tuning.model.name)
    start = _start(tuning.model, folder)
    _write_recipe(tuning, folder)
    use_threads(tuning.threads)
    terminal.heading(f"Train: {tuning.model.name}")
    nothing = stage.Validation()
    stage.run(tuning.train, tuning.model, dialogues, nothing, tuning.seed, folder / "train", start)
    terminal.say(f"\nNext:   bayling chat {folder}")


def estimate_recipe(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Make a recipe's dialogues; what tuning on them will take, of two passes the first."""
    if recipe.variants:
        raise UserError(
            "A recipe with variants is several runs, and --dry-run is about one; add "
            "--set variants={} to estimate the recipe without them."
        )
    tuned.check(recipe.model.adapter)
    _start(recipe.model, folder)
    run(recipe, folder, until="build")
    first, second = recipe.build.passes()
    if first is not None:
        terminal.say(
            f"This is the first of two passes, on {first.dialogues} dialogues; the second one goes "
            f"on with {second.dialogues}, after the model has answered."
        )
    return estimate(recipe, _before_answers(recipe, folder) / "train.jsonl", folder)


def estimate(tuning: Tuning, dialogues: Path, folder: Path) -> dict[str, Any]:
    """What tuning on a file of dialogues into `folder` would take (see `loop.estimate`)."""
    from bayling.train import run as stage

    use_threads(tuning.threads)
    start = _start(tuning.model, folder)
    return stage.estimate(tuning.train, tuning.model, dialogues, tuning.seed, start)


def evaluate_untuned(recipe: Recipe, folder: Path) -> None:
    """What the model answers before it is tuned, with some solved examples or none."""
    from bayling.evaluate import run as stage

    shots = recipe.evaluate.shots if recipe.evaluate.before else []
    names = {each: f"{_COUNTS.get(each, str(each))}-shot" for each in shots}
    for old in (folder / "evaluate").glob("*-shot"):
        # What another recipe had asked is no part of this run.
        if old.name not in names.values():
            shutil.rmtree(old)
    # The model is loaded once, and only if some answer is missing. It never learned to stop, so
    # the end of a line ends its answer; the examples in front of it are of one line each.
    settings = recipe.evaluate.model_copy(update={"tasks": recipe.evaluate.before})
    model, guidance = recipe.model.name, recipe.model.guidance
    connect = cache(lambda: connect_to(model, stop=("\n",), guidance=guidance))
    for count, name in names.items():
        terminal.heading(f"Evaluate: {name}, before tuning")
        stage.run(
            settings,
            _samples(recipe, folder),
            {"model": model, "guidance": guidance, "shots": count, **load.fingerprint(model)},
            connect,
            recipe.seed,
            folder / "evaluate" / name,
            stage.examples(_before_answers(recipe, folder) / "train.jsonl", count),
            recipe.trained,
            open_model,
        )


def evaluate_tuned(recipe: Recipe, folder: Path) -> None:
    """What the tuned model answers to the same requests."""
    from bayling.evaluate import run as stage

    terminal.heading("Evaluate: tuned")
    adapter = folder / "train" / "adapter"
    model, guidance = recipe.model.name, recipe.model.guidance
    stage.run(
        recipe.evaluate,
        _samples(recipe, folder),
        {"model": model, "guidance": guidance, **manifest.output_hashes(folder / "train", "train")},
        lambda: connect_to(model, adapter, guidance=guidance),
        recipe.seed,
        folder / "evaluate" / TUNED,
        trained=recipe.trained,
        open_model=open_model,
    )


def ask(
    target: str,
    tasks: Sequence[Any],
    samples: Path | None,
    folder: Path,
    most: int | None = None,
) -> tuple[Path, dict[str, Any]]:
    """A run or a model asked `tasks` (as recipes write them; a run's own ones if there are none)
    over the first `most` of a file of samples; where in `folder` the answers are, and their scores.

    Raises `UserError` where there are no samples to ask about.
    """
    from bayling.evaluate import run as stage

    connect, recipe = open_run(target)
    use_threads(recipe.get("threads"))
    settings = config.evaluation(recipe.get("evaluate", {}), tasks)
    if most:
        settings = settings.model_copy(update={"samples": most})
    names = [parts.split(each)[0] for each in settings.tasks]
    asked = [] if samples is None else [samples.stem]
    if samples is None and not all(map(stage.has_own_samples, names)):
        samples = Path(target) / "build" / f"samples-{settings.split}.jsonl"
        if not samples.is_file():
            raise UserError(f"'{target}' has no test set of its own; name one: --samples FILE")
    # Another model's answers, and those to other samples and tasks, stay where they are.
    name = "-".join([re.sub(r"\W+", "-", Path(target).name), *asked, *map(_task_folder, tasks)])
    answers = folder / "evaluate" / name
    system = {
        "target": target,
        "recipe": recipe,
        "guidance": _guidance(recipe),
        **weights(Path(target), recipe),
    }
    scores = stage.run(
        settings,
        samples,
        system,
        connect,
        recipe.get("seed", 1),
        answers,
        trained=config.trained(recipe),
        open_model=open_model,
    )
    return answers, scores


def _task_folder(spec: Any) -> str:
    """A task's part of a folder's name; the same task with other options asks something else."""
    name, values = parts.split(spec)
    told = json.dumps(values, sort_keys=True, default=str).encode()
    return f"{name}-{hashlib.sha256(told).hexdigest()[:6]}" if values else name


def finish(folder: Path) -> None:
    """The report, the figures before and after, some conversations, and what to do next."""
    from bayling.evaluate import report, show
    from bayling.evaluate import run as stage

    page = report.write(folder)
    show.scores(folder)
    tuned = [path for path in stage.systems(folder).values() if path.name == TUNED]
    show.conversations(tuned[-1], count=3)
    terminal.say(f"\nReport: {page}\nNext:   bayling chat {tuned[-1].parents[1]}")


def connect_to(
    model: str,
    adapter: Path | None = None,
    *,
    stop: tuple[str, ...] = (),
    guidance: float = GUIDANCE,
) -> Backend:
    """A backend by the name of its model; `echo` is the one that needs no weights."""
    if model == _ECHO:
        echo: Backend = parts.load("backend", _ECHO).connect(parts.options("backend", _ECHO))
        return echo
    terminal.say(f"Loading {model}" + (f" with {adapter}" if adapter else ""))
    options = {"model": model, "adapter": adapter, "stop": stop, "guidance": guidance}
    backend: Backend = parts.load("backend", "hf").connect(parts.options("backend", "hf", options))
    return backend


def open_run(name: str) -> tuple[Callable[[], Backend], dict[str, Any]]:
    """RUN or MODEL as (how to connect, the run's recipe; empty for a model).

    Raises `UserError` for a run that is not tuned yet.
    """
    folder = Path(name)
    if (folder / "recipe.json").is_file():
        recipe, tuned = _tuned(folder)
        # Not the recipe's model, which may be that of a later attempt which did not get this far.
        model, adapter = tuned["name"], folder / "train" / "adapter"
        return lambda: connect_to(model, adapter, guidance=_guidance(recipe)), recipe
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise UserError(
            f"{folder} is neither a run (it has no recipe.json) nor a model (no config.json)."
        )
    if not folder.exists() and Path(name).parts[:1] in (("runs",), (".",), ("..",), ("/",)):
        raise UserError(f"There is no folder {folder}; make a run of it first: bayling run RECIPE")
    _check_model(name)
    return lambda: connect_to(name), {}


def _guidance(recipe: dict[str, Any]) -> float:
    """How a run answers, or a model, which has no recipe."""
    guidance: float = recipe.get("model", {}).get("guidance", GUIDANCE)
    return guidance


def open_model(name: str) -> tuple[dict[str, Any], Callable[[], Backend]]:
    """RUN or MODEL as (what a manifest says of it, how to connect), to judge or to take a user's
    place. Raises as `open_run` does."""
    connect, recipe = open_run(name)
    return {"name": name, **load.fingerprint(name), **weights(Path(name), recipe)}, connect


def _check_model(name: str) -> None:
    if name != _ECHO:
        load.check(name)


def _tuned(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The recipe of a run, and what its training says of the model. Raises `UserError` for a run
    that is not tuned yet, and for several runs."""
    recipe = manifest.read_json(folder / "recipe.json")
    if recipe.get("variants"):
        names = ", ".join(str(folder / VARIANTS / each) for each in recipe["variants"])
        raise UserError(f"{folder} holds several runs; name one of them: {names}")
    return recipe, manifest.require(folder / "train", "train")["settings"]["model"]


def _start(model: Model, folder: Path) -> Path | None:
    """The adapter of the run that the one in `folder` goes on from, if it goes on from any.

    Raises `UserError` for what is no run that was tuned, and for one of another model or adapter.
    """
    if model.start is None:
        return None
    first = Path(model.start)
    if not (first / "recipe.json").is_file():
        raise UserError(
            f"model.start: {first} is no run (it has no recipe.json); "
            "make it first: bayling run RECIPE"
        )
    if first.resolve() == folder.resolve():
        raise UserError(
            f"model.start: {first} is the run itself; put this one elsewhere with --out."
        )
    _, tuned = _tuned(first)
    if not _is_same_model(tuned["name"], model.name):
        raise UserError(
            f"model.start: {first} was tuned from {tuned['name']}, not from {model.name} "
            "(model.name); go on with the same model."
        )
    if _adapter(tuned["adapter"]) != _adapter(model.adapter):
        raise UserError(
            f"model.start: {first} has the adapter {tuned['adapter']}, not {model.adapter} "
            "(model.adapter); write the same one, as it is this that is tuned on."
        )
    return first / "train" / "adapter"


def _is_same_model(one: str, other: str) -> bool:
    return one == other or (
        Path(one).is_dir() and Path(other).is_dir() and Path(one).samefile(other)
    )


def _adapter(spec: Any) -> tuple[str, Any]:
    name, values = parts.split(spec)
    return name, parts.options("adapter", name, values)


def weights(folder: Path, recipe: dict[str, Any]) -> dict[str, str]:
    """The hashes of a run's adapter, since a run that was tuned anew is another system."""
    return manifest.output_hashes(folder / "train", "train") if recipe else {}


def use_threads(count: int | None) -> None:
    """Compute with `count` threads. More threads than cores wait for each other."""
    if count is not None:
        os.environ["OMP_NUM_THREADS"] = str(count)
        import torch

        torch.set_num_threads(count)


def _samples(recipe: Recipe, folder: Path) -> Path:
    return _before_answers(recipe, folder) / f"samples-{recipe.evaluate.split}.jsonl"


def _before_answers(recipe: Recipe, folder: Path) -> Path:
    """The folder of what was built before any answer: the only one where no builder needs any."""
    return folder / "first" / "build" if recipe.build.passes()[0] else folder / "build"


def _spare(recipe: Recipe) -> int:
    """How many pairs are answered: five answers make four dialogues, and some are in reserve.

    A little more than half of them lack a word that can be asked for, and many of these lack two.
    """
    first, second = recipe.build.passes()
    shares = {name: share for name, (share, _) in second.builders().items()}
    needing = sum(share for name, share in shares.items() if needs_answers(name))
    return round(1.4 * second.dialogues * needing / sum(shares.values())) if first else 0
