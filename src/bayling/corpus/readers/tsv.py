"""Columns with tabs between them, a row a line, quoted where Excel wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bayling.corpus.readers import Unread, _columns, _pairs, _rows
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """A file (UTF-8, or UTF-16 with a byte-order mark) and which of its columns hold source and
    target, by their number from 1 or by the name that the first line gives them.

    Without either they are the columns called `source` and `target`, or those called after the
    languages (`en`, `de_AT`, `German`), else the first two, in the order that the file's name says
    (`memory.en-de.tsv`). Where columns such as `sourceLang` and `targetLang` say the languages of
    each row, they decide. Lines with the same `document_column` are running text, each goes on
    where the last one ended. `header` says that the first line names the columns, which names
    imply. `meta` is written into every pair, e.g. `{register: formal}`. `{source_lang}` and
    `{target_lang}` in path and names stand for the languages' codes, so that one input serves
    files of every direction.
    """

    path: Path
    source_column: Annotated[int, Field(ge=1)] | str | None = None
    target_column: Annotated[int, Field(ge=1)] | str | None = None
    document_column: Annotated[int, Field(ge=1)] | str | None = None
    header: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    return _columns.in_one(options, _rows.tabbed, directions, first_two=True)


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per line; blank lines are counted and left out, one with too few columns or in
    other languages is unread.

    Raises `InputError` where a column that is asked for by its name is not there, and where the
    file's name says other languages.
    """
    direction = Direction(source_lang, target_lang)
    yield from _columns.units(options, _rows.tabbed, direction, _too_few, first_two=True)


def _too_few(cells: Sequence[str], needed: int) -> str:
    columns = "column" if len(cells) == 1 else "columns"
    return f"has {len(cells)} tab-separated {columns}; expected at least {needed}"
