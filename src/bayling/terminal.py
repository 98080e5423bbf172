"""What the user sees while something runs: on standard error, so that output can be piped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from bayling import processes

if TYPE_CHECKING:
    from rich.console import Console


class Bar(Protocol):
    """A progress bar under way: `advance` by units, `note` shows a short text behind it."""

    def advance(self, units: float = 1, note: str = "") -> None: ...


@cache
def console() -> Console:
    """The one console for everything that is not a result. Of several processes that tune
    together, the first one speaks for all."""
    from rich.console import Console

    quiet = not processes.is_main()
    return Console(stderr=True, highlight=False, emoji=False, quiet=quiet)


def say(text: str) -> None:
    """A line about what happens, never broken; no markup is interpreted, so any text is safe."""
    console().print(text, markup=False, soft_wrap=True)


def heading(text: str) -> None:
    """The beginning of a stage; any text is safe."""
    from rich.text import Text

    console().rule(Text(text, style="bold"), align="left")


@contextmanager
def bar(description: str, total: float) -> Iterator[Bar]:
    """A bar that says how far it is and how long is left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=console()) as progress:
        task = progress.add_task(description, total=total, note="")

        class Running:
            def advance(self, units: float = 1, note: str = "") -> None:
                progress.update(task, advance=units, note=note)

        yield Running()
