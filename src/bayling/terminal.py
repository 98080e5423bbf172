"""What the user sees while something runs: on standard error, so that output can be piped; and what
he types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Protocol

from bayling import processes
from bayling.errors import InputError

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


def is_interactive() -> bool:
    """Whether somebody can type."""
    return sys.stdin.isatty()


def edit_lines() -> None:
    """Let `read` edit lines, remember them, and take a paste of several as one."""
    # Windows has no readline. It prints escape sequences, hence only where both ends are terminals.
    if is_interactive() and sys.stdout.isatty():
        with suppress(ImportError):
            import readline

            readline.parse_and_bind("set enable-bracketed-paste on")


def read(prompt: str) -> str | None:
    """The next line, None at the end. Raises `InputError` for what is not text."""
    try:
        if not is_interactive():
            return input()
        if sys.stdout.isatty():
            console().print()
            return input(prompt)
        console().print(prompt, end="", markup=False)
        return input()
    except EOFError:
        return None
    except UnicodeDecodeError as error:
        raise InputError(
            "standard input",
            f"byte {error.start} is not UTF-8; convert it first, e.g. iconv -f latin1 -t utf-8",
        ) from error


@contextmanager
def bar(description: str, total: float, lasting: bool = True) -> Iterator[Bar]:
    """A bar that says how far it is and how long is left; at the end it stays, if it is `lasting`,
    or is gone."""
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
    with Progress(*columns, console=console(), transient=not lasting) as progress:
        task = progress.add_task(description, total=total, note="")

        class Running:
            def advance(self, units: float = 1, note: str = "") -> None:
                progress.update(task, advance=units, note=note)

        yield Running()
