"""Tab-separated columns, without quoting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bayling import jsonl
from bayling.corpus.readers import _pairs
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """A UTF-8 file and which of its columns, counted from 1, hold source and target.

    Lines with the same `document_column` are running text, each goes on where the last one ended.
    `header` says that the first line names the columns. `meta` is written into every pair, e.g.
    `{register: formal}`. `{source_lang}` and `{target_lang}` in the path stand for the languages'
    codes, so that one input serves files of every direction.
    """

    path: Path
    source_column: Annotated[int, Field(ge=1)] = 1
    target_column: Annotated[int, Field(ge=1)] = 2
    document_column: Annotated[int, Field(ge=1)] | None = None
    header: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    columns = (options.source_column, options.target_column)
    return _pairs.each_in_one(
        ((path, column), language)
        for each in directions
        for path in inputs(options, *each)
        for column, language in zip(columns, each, strict=True)
    )


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]:
    """One pair per line; blank lines are counted and left out.

    Raises `InputError` for a line with too few columns.
    """
    path = _pairs.of_direction(options.path, source_lang, target_lang)
    collection = _pairs.collection(options.path, path)
    document = options.document_column
    needed = max(options.source_column, options.target_column, document or 1)
    for number, line in jsonl.lines(path):
        if not line.strip() or (options.header and number == 1):
            continue
        columns = line.split("\t")
        if len(columns) < needed:
            raise InputError(
                path,
                f"has {len(columns)} tab-separated columns; expected at least {needed}",
                number,
            )
        pair = _pairs.make(
            (columns[options.source_column - 1], columns[options.target_column - 1]),
            (source_lang, target_lang),
            f"{collection}:{path.name}:{number}",
            {
                **options.meta,
                **_place(path, columns[document - 1] if document else "", number),
            },
        )
        if pair is not None:
            yield pair


def _place(path: Path, document: str, number: int) -> dict[str, Any]:
    """The place in a document of this file; a blank cell says that the text stands alone."""
    return _pairs.place(f"{path}:{document.strip()}", number, running=bool(document.strip()))
