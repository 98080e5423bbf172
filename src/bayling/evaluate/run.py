"""The evaluation stage: one system's answers to every task, and their scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bayling import jsonl, manifest, parts, terminal
from bayling.backends import Backend
from bayling.config import TUNED, VARIANTS, EarlyStopping, Evaluate
from bayling.errors import InputError, UserError
from bayling.evaluate import generate, partition
from bayling.evaluate import place as users
from bayling.evaluate.person import Person
from bayling.journal import Journal
from bayling.languages import Direction
from bayling.records import Message, Result, Sample, Score, read_dialogues

# The kinds of dialogue that are a source text and its translation.
_PLAIN = ("translate", "contrast")

# What a manifest says of a model, and how to connect to it; this, by the model's name.
_Opened = tuple[dict[str, Any], Callable[[], Backend]]
OpenModel = Callable[[str], _Opened]


def _no_model(name: str) -> _Opened:
    raise UserError(
        f"user: {name}: nothing was given that connects to models; from Python, pass open_model, "
        "such as bayling.pipeline.open_model."
    )


def run(
    settings: Evaluate,
    samples_file: Path | None,
    system: dict[str, Any],
    connect: Callable[[], Backend],
    seed: int,
    folder: Path,
    before: Sequence[Message] = (),
    trained: Sequence[Direction] = (),
    open_model: OpenModel = _no_model,
) -> dict[str, dict[str, Any]]:
    """Fill `folder` with `<task>.jsonl` and scores.json; returns the scores by task and name.

    Where samples are in directions that are not `trained`, each task over them has scores by
    partition too, under names such as `translation, unseen`.

    Tasks with questions of their own need no `samples_file`. `system` describes who answers, for
    the manifest; `connect` is called only if the folder is not whole, and what was answered before
    a run was killed is not asked again. `before` are solved examples put in front (see `examples`).
    `open_model` opens a model that takes the user's place in a task.
    Raises `InputError` for a file that holds no samples; a folder that was whole is so still.
    """
    # What can be wrong shows here, before anything is lost or asked.
    tasks = _Task.all(settings.tasks)
    told: dict[str, Any] = {"seed": seed, "system": system}
    told |= {"trained": list(map(str, trained))} if trained else {}
    models = _models(tasks, open_model)
    told |= {"users": [described for described, _ in models.values()]} if models else {}
    plan = _plan_of(settings, tasks, samples_file, told, before)
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return scores(folder)
    check_metrics(settings.metrics)
    _check_persons(tasks)
    started = time.monotonic()
    samples = _samples(samples_file, settings.samples) if samples_file else []
    backend, opened = connect(), {name: model() for name, (_, model) in models.items()}
    manifest.begin(folder)
    for old in folder.glob("*.jsonl"):
        old.unlink()
    journal = Journal(backend, folder / "answers.journal", plan.key())
    places = [_place(task, opened, folder, plan, len(task.asked(samples))) for task in tasks]
    table: dict[str, dict[str, Any]] = {}
    outputs = ["scores.json"]
    seconds: dict[str, list[float]] = {}
    for task, user in zip(tasks, places, strict=True):
        results, seconds[task.name] = _ask(task, samples, journal, seed, before, user)
        jsonl.write(folder / f"{task.name}.jsonl", (result.to_json() for result in results))
        outputs.append(f"{task.name}.jsonl")
        metrics = metrics_of(task.name, settings.metrics)
        table |= _scored(task, metrics, results, trained)
    manifest.write_json(folder / "scores.json", table)
    counts = {"samples": len(samples), "seconds_per_answer_by_turn": seconds}
    manifest.write(folder, plan, outputs, counts, time.monotonic() - started)
    journal.close()
    for place in filter(None, places):
        place.close()
    return table


def _ask(
    task: _Task,
    samples: Sequence[Sample],
    journal: Journal,
    seed: int,
    before: Sequence[Message],
    user: users.Place | None,
) -> tuple[list[Result], list[float]]:
    """A task's results, and the seconds per answer of each turn."""
    earlier = len(journal.seconds)
    # Solved translations are no examples of anything else.
    shown = before if task.metrics is None else ()
    asked = task.asked(samples)
    results = generate.results(task.name, task.options, asked, journal, seed, shown, user)
    return results, _by_turn(journal.seconds[earlier:], results, user)


def _models(tasks: Sequence[_Task], open_model: OpenModel) -> dict[str, _Opened]:
    """The models that take a user's place, by name. Raises what `open_model` raises."""
    names = {task.user for task in tasks} - {users.SIMULATED, users.PERSON}
    return {name: open_model(name) for name in sorted(names)}


def _place(
    task: _Task,
    opened: Mapping[str, Backend],
    folder: Path,
    plan: manifest.Plan,
    conversations: int,
) -> users.Place | None:
    """Whoever takes the simulated user's place in a task, if somebody does."""
    if task.user == users.SIMULATED:
        return None
    if task.user == users.PERSON:
        return Person(folder / f"{task.name}-person.journal", conversations)
    journal = folder / f"{task.name}-user.journal"
    return users.Model(Journal(opened[task.user], journal, plan.key()))


def _by_turn(
    seconds: Sequence[float], results: Sequence[Result], user: users.Place | None
) -> list[float]:
    """Seconds per answer in each turn, from those of each call of the backend."""
    found = [[each] for each in seconds]
    if user is not None and user.one_at_a_time:
        # Call by call, one conversation after the other.
        found = [[] for _ in range(max((len(result.outputs) for result in results), default=0))]
        turns = (turn for result in results for turn in range(len(result.outputs)))
        for turn, each in zip(turns, seconds, strict=True):
            found[turn].append(each)
    return [round(sum(each) / len(each), 4) for each in found]


def _scored(
    task: _Task, metrics: Sequence[Any], results: Sequence[Result], trained: Sequence[Direction]
) -> dict[str, dict[str, Any]]:
    """The task's scores over all results, and over those of each partition."""
    groups = {task.name: results}
    # Where answers are no translations, neither are their languages a direction.
    if task.samples is None and task.metrics is None:
        for label, some in partition.divide(results, trained).items():
            groups[partition.key(task.name, label)] = some
    return {
        name: {score.name: score.to_json() for score in measure(metrics, some)}
        for name, some in groups.items()
    }


def _samples(path: Path, count: int | None = None) -> list[Sample]:
    """The first `count` of each direction, or all."""
    found: dict[str, Sample] = {}
    taken, total = Counter[Direction](), 0
    for number, row in jsonl.numbered(path):
        total += 1
        try:
            sample = Sample.from_json(row)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                path, "is not a sample; expected a line such as samples-test.jsonl has", number
            ) from error
        if taken[sample.direction] == count:
            continue
        if sample.id in found:
            raise InputError(path, f"the sample '{sample.id}' is there twice", number)
        found[sample.id] = sample
        taken[sample.direction] += 1
    if not found:
        raise InputError(path, "holds no samples; raise build.test or add text to the corpus")
    if len(found) < total:
        each = f", {count} of each direction at most" if len(taken) > 1 else ""
        terminal.say(f"{path}: the first {len(found)} of {total} samples are asked{each}.")
    return list(found.values())


def _plan_of(
    settings: Evaluate,
    tasks: Sequence[_Task],
    samples: Path | None,
    told: dict[str, Any],
    before: Sequence[Message],
) -> manifest.Plan:
    examples = [[message.role, message.text] for message in before]
    inputs = {
        f"{task.name}/{path}": manifest.sha256(path) for task in tasks for path in task.inputs
    }
    if samples is not None:
        inputs["samples"] = manifest.sha256(samples)
    return manifest.Plan(
        "evaluate", {**settings.model_dump(), **told, "examples": examples}, inputs
    )


@dataclass(frozen=True)
class _Task:
    """A task as it is asked; `samples` are its own questions, `metrics` its own, if it has any;
    `user` is whose place nobody takes (`simulated`), or who does."""

    name: str
    options: Any
    samples: Sequence[Sample] | None
    metrics: Sequence[str] | None
    inputs: Sequence[Path]
    user: str

    @classmethod
    def all(cls, specs: Sequence[Any]) -> list[_Task]:
        """Raises `UserError` for a wrong option, `InputError` for a file that cannot be asked."""
        found = []
        for name, values in map(parts.split, specs):
            part, options = parts.load("task", name), parts.options("task", name, values)
            own = part.samples(options, ()) if hasattr(part, "samples") else None
            inputs = part.inputs(options) if hasattr(part, "inputs") else []
            user = part.user(options) if hasattr(part, "user") else users.SIMULATED
            found.append(cls(name, options, own, getattr(part, "METRICS", None), inputs, user))
        return found

    def asked(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        return samples if self.samples is None else self.samples


def check(settings: Evaluate, open_model: OpenModel = _no_model) -> None:
    """Raises what asking and scoring would raise of files and prerequisites that are not there."""
    tasks = _Task.all([*settings.tasks, *settings.before])
    _models(tasks, open_model)
    _check_persons(tasks)
    check_metrics(settings.metrics)


def _check_persons(tasks: Sequence[_Task]) -> None:
    if any(task.user == users.PERSON for task in tasks):
        users.check_person()


def check_metrics(metrics: Sequence[Any]) -> None:
    """Raises `MissingError` where one of them needs something that is not installed."""
    for name, values in map(parts.split, metrics):
        part = parts.load("metric", name)
        if hasattr(part, "ready"):
            part.ready(parts.options("metric", name, values))


def has_own_samples(task: str) -> bool:
    """Whether a task asks questions of its own."""
    return hasattr(parts.load("task", task), "samples")


def metrics_of(task: str, usual: Sequence[Any]) -> Sequence[Any]:
    """The task's own metrics, with the options that the recipe gives them, or else the usual."""
    own = getattr(parts.load("task", task), "METRICS", None)
    given = {parts.split(spec)[0]: spec for spec in usual}
    return usual if own is None else [given.get(name, name) for name in own]


def measure(metrics: Sequence[Any], results: Sequence[Result]) -> list[Score]:
    """Every figure of those of the `metrics` (as recipes write them) that apply."""
    found: list[Score] = []
    for spec in metrics:
        name, values = parts.split(spec)
        options = parts.options("metric", name, values)
        found += parts.load("metric", name).score(results, options)
    return found


def judge(
    settings: EarlyStopping, samples_file: Path, seed: int, trained: Sequence[Direction] = ()
) -> Callable[[Backend], float]:
    """What scores a model while it is tuned: the metric's first figure of the task's answers, over
    samples in directions that are `trained`, or in all, where none of these is asked.

    Raises `InputError` for a file without samples, `UserError` where the metric does not apply.
    """
    check_metrics([settings.metric])
    (task,) = _Task.all([settings.task])
    if task.user != users.SIMULATED:
        raise UserError(
            f"train.early_stopping: the user of {task.name} is {task.user}; while a model is tuned "
            "nobody but the simulated user is asked. Leave `user` out."
        )
    given = _watched(samples_file, settings.samples, trained)

    def score(backend: Backend) -> float:
        results = generate.results(task.name, task.options, task.asked(given), backend, seed)
        found = measure([settings.metric], results)
        if not found:
            raise UserError(
                f"train.early_stopping: {settings.metric} gives no figure for {settings.task}; "
                "name another metric, or a task in which something is wished for."
            )
        return found[0].value

    return score


def _watched(path: Path, count: int, trained: Sequence[Direction]) -> list[Sample]:
    """The first `count` samples in trained directions (in all, if there are none), as evenly from
    each as their numbers allow."""
    every = _samples(path)
    given = [each for each in every if each.direction.within(trained)] or every
    turns, seen = [], Counter[Direction]()
    for sample in given:
        turns.append(seen[sample.direction])
        seen[sample.direction] += 1
    chosen = sorted(range(len(given)), key=turns.__getitem__)[:count]
    return [given[place] for place in sorted(chosen)]


def less_is_better(metric: Any) -> bool:
    """Whether a lower score of it is the better one."""
    return getattr(parts.load("metric", parts.split(metric)[0]), "LESS_IS_BETTER", False)


def scores(folder: Path) -> dict[str, dict[str, Any]]:
    """The scores of an evaluation that came to its end."""
    manifest.require(folder, "evaluate")
    return manifest.read_json(folder / "scores.json")


def systems(folder: Path) -> dict[str, Path]:
    """The folders of a run's whole evaluations by name: zero-shot first, the tuned model last.

    Of a run of variants those of all: the tuned models have the variants' names, an untuned one
    that of its model, and is there once where several variants asked it the same.
    """
    recipe = manifest.read_json(folder / "recipe.json") if (folder / "recipe.json").exists() else {}
    if not recipe.get("variants"):
        return {each.name: each for each in _whole(folder)}
    found: dict[str, Path] = {}
    for name in recipe["variants"]:
        variant = folder / VARIANTS / name
        for each in _whole(variant):
            model = manifest.read_json(variant / "recipe.json")["model"]["name"]
            label = f"{model.rsplit(':', 1)[-1].rsplit('/', 1)[-1]} {each.name}"
            if each.name == TUNED:
                label = name
            elif label in found and _plan(found[label]) != _plan(each):
                label = f"{name} {each.name}"
            found.setdefault(label, each)
    return found


def _plan(folder: Path) -> list[Any]:
    """What was asked of whom, and the scores; two variants may have asked the same, and trained on
    other directions by which it is told apart, or not."""
    made = manifest.require(folder, "evaluate")
    settings = {key: value for key, value in made["settings"].items() if key != "trained"}
    return [settings, made["inputs"], scores(folder)]


def _whole(folder: Path) -> list[Path]:
    whole = [each.parent for each in (folder / "evaluate").glob(f"*/{manifest.NAME}")]
    last = ("zero-shot", "", TUNED)
    return sorted(whole, key=lambda each: (last.index(each.name) if each.name in last else 1, each))


def examples(dialogues: Path, count: int) -> list[Message]:
    """The first `count` translations of one line in a file of dialogues, to be put in front; those
    of `contrast` are as plain as those of `translate`.

    Raises `UserError` where the file has fewer.
    """
    plain = (each for each in read_dialogues(dialogues) if each.kind in _PLAIN)
    found = list(islice((each for each in plain if "\n" not in each.messages[-1].text), count))
    if len(found) < count:
        raise UserError(
            f"{dialogues} holds {len(found)} plain translations to show as examples, of {count}; "
            "lower evaluate.shots or raise build.mix.translate."
        )
    return [message for each in found for message in each.messages]
