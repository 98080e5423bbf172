"""The text is a list of as many points as asked for, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling.checks import Outcome

# A hyphen, or what is set in its place.
_POINT = re.compile(r"\s*[-–—•*](?![-–—*]).*\w")


@dataclass(frozen=True)
class Options:
    """The number of points, each a line that begins with a hyphen or a bullet."""

    count: Annotated[int, Field(ge=1)]


def holds(options: Options, text: str) -> Outcome:
    lines = [line for line in text.splitlines() if line.strip()]
    points = sum(_POINT.match(line) is not None for line in lines)
    if points < len(lines):
        return Outcome(False, "is not a list: some lines begin with no “-”")
    if points != options.count:
        return Outcome(False, f"has {points} points instead of {options.count}")
    return Outcome(True)
