"""The evaluation stage: one system's answers to every task, and their scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from bayling import jsonl, manifest, parts, terminal
from bayling.backends import Backend
from bayling.config import Evaluate
from bayling.errors import UserError
from bayling.evaluate import generate
from bayling.records import Dialogue, Message, Result, Sample, Score


def run(
    settings: Evaluate,
    samples_file: Path,
    system: dict[str, Any],
    connect: Callable[[], Backend],
    seed: int,
    folder: Path,
    before: Sequence[Message] = (),
) -> dict[str, dict[str, Any]]:
    """Fill `folder` with `<task>.jsonl` and scores.json; returns the scores by task and name.

    `system` describes who answers, for the manifest; `connect` is called only if anything is to
    be asked. `before` are solved examples put in front (see `examples`).
    """
    plan = manifest.Plan(
        "evaluate",
        {
            **settings.model_dump(),
            "seed": seed,
            "system": system,
            "before": [[message.role, message.text] for message in before],
        },
        {"samples": manifest.sha256(samples_file)},
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return scores(folder)
    started = time.monotonic()
    manifest.begin(folder)
    samples = [Sample.from_json(row) for row in islice(jsonl.read(samples_file), settings.samples)]
    if not samples:
        raise UserError(f"{samples_file} holds no samples; raise build.test in the recipe.")
    backend = connect()
    table: dict[str, dict[str, Any]] = {}
    outputs = ["scores.json"]
    for spec in settings.tasks:
        name, values = parts.split(spec)
        options = parts.options("task", name, values)
        results = generate.results(name, options, samples, backend, seed, before)
        jsonl.write(folder / f"{name}.jsonl", (result.to_json() for result in results))
        outputs.append(f"{name}.jsonl")
        table[name] = {score.name: score.to_json() for score in measure(settings, results)}
    manifest.write_json(folder / "scores.json", table)
    manifest.write(folder, plan, outputs, {"samples": len(samples)}, time.monotonic() - started)
    return table


def measure(settings: Evaluate, results: Sequence[Result]) -> list[Score]:
    """Every figure of every metric that applies to these results."""
    found: list[Score] = []
    for spec in settings.metrics:
        name, values = parts.split(spec)
        options = parts.options("metric", name, values)
        found += parts.load("metric", name).score(results, options)
    return found


def scores(folder: Path) -> dict[str, dict[str, Any]]:
    """The scores of an evaluation that came to its end."""
    manifest.require(folder, "evaluate")
    return manifest.read_json(folder / "scores.json")


def examples(dialogues: Path, count: int) -> list[Message]:
    """The first `count` translations of a file of dialogues, as turns to be put in front."""
    found: list[Message] = []
    for row in jsonl.read(dialogues):
        dialogue = Dialogue.from_json(row)
        if dialogue.kind == "translate" and len(found) < 2 * count:
            found += dialogue.messages
    return found
