"""What can go wrong that a user can mend.

    UserError               one message, exit code 2, never a traceback
    ├── InputError          a file, and a line in it where there is one
    └── MissingError        a package, program or model that has to be installed

A message says what is wrong, where, what was expected and what to do. Anything that is not a
`UserError` is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class UserError(Exception):
    """A mistake the user can mend; `str(error)` is the whole message."""


class InputError(UserError):
    """Something is wrong with a file, named together with the line (counted from 1)."""

    def __init__(self, path: Path | str, problem: str, line: int | None = None) -> None:
        place = str(path) if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {problem}")
        self.path, self.problem, self.line = Path(path), problem, line

    def __reduce__(self) -> tuple[Any, ...]:
        # So that it comes whole out of another process.
        return type(self), (self.path, self.problem, self.line)


class MissingError(UserError):
    """A prerequisite is not installed; the message says how to get it."""


def nearest(word: str, known: Iterable[str], within: str = "") -> str:
    """' Did you mean X?' for the closest known name, else ' Known: a, b, c.' if they are few.

    `within` is what stands in front of the name where it is to be used, such as `train.`.
    """
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1)
    if close:
        return f" Did you mean '{within}{close[0]}'?"
    return f" Known: {', '.join(choices)}." if 0 < len(choices) <= 20 else ""
