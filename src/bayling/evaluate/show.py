"""Scores and conversations for the terminal."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from bayling import checks, jsonl, manifest, terminal
from bayling.evaluate.run import systems
from bayling.records import Result


def scores(folder: Path) -> None:
    """A table of every system of a run folder, one row per figure."""
    from rich.table import Table

    found = {each.name: manifest.read_json(each / "scores.json") for each in systems(folder)}
    table = Table("task", "figure", *found, title="Before and after (95 % intervals)")
    rows = dict.fromkeys(
        (task, name)
        for tasks in found.values()
        for task, figures in tasks.items()
        for name in figures
    )
    for task, name in rows:
        cells = (_cell(tasks.get(task, {}).get(name)) for tasks in found.values())
        table.add_row(task, name, *cells)
    terminal.console().print(table)


def conversations(folder: Path, count: int) -> None:
    """Some conversations of a system with the wishes' outcome, of `revise` if that was asked."""
    files = sorted(folder.glob("*.jsonl"), key=lambda file: file.stem != "revise")
    for file in files[:1]:
        rows = (row for row in jsonl.read(file) if len(row["outputs"]) > 1 or file.stem != "revise")
        for row in islice(rows, count):
            _conversation(Result.from_json(row))


def _conversation(result: Result) -> None:
    from rich.panel import Panel
    from rich.text import Text

    text = Text()
    for message in result.messages:
        style = "bold" if message.role == "assistant" else ""
        text.append(f"{message.role}: ", style="dim").append(f"{message.text}\n", style=style)
    text.append(f"reference: {result.sample.reference}", style="dim")
    for wish in result.wishes:
        outcome = checks.holds(wish, result.outputs[-1])
        said = "the wish is fulfilled" if outcome.ok else outcome.reason
        text.append(
            f"\n{'✓' if outcome.ok else '✗'} {said}", style="green" if outcome.ok else "red"
        )
    terminal.console().print(Panel(text, expand=False))


def _cell(score: dict[str, Any] | None) -> str:
    if score is None:
        return "–"
    interval = score.get("interval")
    spread = f" [{interval[0]:.1f}, {interval[1]:.1f}]" if interval else ""
    return f"{score['score']:.1f}{spread}"
