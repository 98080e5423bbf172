"""Tab-separated columns, without quoting and without a header line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bayling import jsonl
from bayling.corpus.readers import _pairs
from bayling.errors import InputError
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """A UTF-8 file and which of its columns, counted from 1, hold source and target."""

    path: Path
    source_column: Annotated[int, Field(ge=1)] = 1
    target_column: Annotated[int, Field(ge=1)] = 2


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [options.path]


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]:
    """One pair per line; blank lines are counted and left out.

    Raises `InputError` for a line with too few columns.
    """
    needed = max(options.source_column, options.target_column)
    for number, line in jsonl.lines(options.path):
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) < needed:
            raise InputError(
                options.path,
                f"has {len(columns)} tab-separated columns; expected at least {needed}",
                number,
            )
        pair = _pairs.make(
            (columns[options.source_column - 1], columns[options.target_column - 1]),
            (source_lang, target_lang),
            f"{options.path.stem}:{options.path.name}:{number}",
        )
        if pair is not None:
            yield pair
