"""Scores and conversations for the terminal."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from bayling import checks, jsonl, manifest, terminal
from bayling.evaluate import place
from bayling.evaluate.run import systems
from bayling.records import Result

_BESIDE = 3
# Details that stand in a row of their own under their figure.
_BELOW = ("floor", "policy", "post_edit")


def scores(folder: Path) -> None:
    """A table of every system of a run folder: a task, then a row per figure.

    Three systems fit a terminal of 80 columns, so there is a table for every three. Under a figure
    stands what it is to be read beside: a floor (off-target answers: the references' own), the
    words to be typed without any request or edit.
    """
    every = [
        (name, manifest.read_json(each / "scores.json")) for name, each in systems(folder).items()
    ]
    for start in range(0, len(every), _BESIDE):
        _table(dict(every[start : start + _BESIDE]))


def _table(found: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Scores (95 % intervals)", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(no_wrap=True)
    for system in found:
        table.add_column(system)
    for task in dict.fromkeys(task for tasks in found.values() for task in tasks):
        asked = [tasks.get(task, {}) for tasks in found.values()]
        table.add_row(f"[bold]{task}[/bold]")
        if users := place.told(asked):
            table.add_row("  … user", *map(escape, users))
        for name in dict.fromkeys(name for figures in asked for name in figures):
            each = [figures.get(name) for figures in asked]
            table.add_row(f"  {name}", *map(_cell, each))
            for detail in _BELOW:
                below = [(score or {}).get("details", {}).get(detail) for score in each]
                if any(value is not None for value in below):
                    table.add_row(f"  … {detail}", *map(_below, below))
    terminal.console().print(table)


def _below(value: float | str | None) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.1f}"


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
    if result.user:
        text.append(f"\n{result.user.name} {place.outcome(result.user)}", style="dim")
    terminal.console().print(Panel(text, expand=False))


def _cell(score: dict[str, Any] | None) -> str:
    if score is None:
        return "–"
    interval = score.get("interval")
    spread = f" [{interval[0]:.1f}, {interval[1]:.1f}]" if interval else ""
    return f"{score['score']:.1f}{spread}"
