"""Tab-separated columns, without quoting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bayling.corpus.readers import Unread, _files, _pairs
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """A file (UTF-8, or UTF-16 with a byte-order mark) and which of its columns, counted from 1,
    hold source and target.

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


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per line; blank lines are counted and left out, one with too few columns is
    unread."""
    path = _pairs.of_direction(options.path, source_lang, target_lang)
    collection = _pairs.collection(options.path, path)
    document = options.document_column
    needed = max(options.source_column, options.target_column, document or 1)
    for each in _files.lines(path):
        if isinstance(each, Unread):
            yield each
            continue
        number, line = each
        if not line.strip() or (options.header and number == 1):
            continue
        columns = line.split("\t")
        if len(columns) < needed:
            reason = f"has {len(columns)} tab-separated columns; expected at least {needed}"
            yield Unread(path, reason, number)
            continue
        unit = _pairs.unit(
            (columns[options.source_column - 1], columns[options.target_column - 1]),
            (source_lang, target_lang),
            f"{collection}:{path.name}:{number}",
            (path, number),
            {
                **options.meta,
                **_place(path, columns[document - 1] if document else "", number),
            },
        )
        if unit is not None:
            yield unit


def _place(path: Path, document: str, number: int) -> dict[str, Any]:
    """The place in a document of this file; a blank cell says that the text stands alone."""
    return _pairs.place(f"{path}:{document.strip()}", number, running=bool(document.strip()))
