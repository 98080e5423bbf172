"""CSV: columns between commas or the like, quoted where they hold commas or line ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bayling.corpus.readers import Unread, _columns, _pairs, _rows
from bayling.languages import Direction
from bayling.records import Pair

# As YAML in single quotes has it.
_TAB = r"\t"


@dataclass(frozen=True)
class Options:
    """A file (UTF-8, or UTF-16 with a byte-order mark) and which of its columns hold source and
    target, by their number from 1 or by the name that the first line gives them.

    Without either they are the columns called `source` and `target`, or those called after the
    languages (`en`, `de_AT`, `German`), else the only two, in the order that the file's name says
    (`memory.en-de.csv`). Where columns such as `sourceLang` and `targetLang` say the languages of
    each row, they decide. Rows with the same `document_column` are running text. Without a
    `delimiter` it is the comma, semicolon or tab that the first rows fit. `header` says that the
    first line names the columns, which names imply. `meta` is written into every pair.
    `{source_lang}` and `{target_lang}` in path and names stand for the languages' codes.
    """

    path: Path
    source_column: Annotated[int, Field(ge=1)] | str | None = None
    target_column: Annotated[int, Field(ge=1)] | str | None = None
    document_column: Annotated[int, Field(ge=1)] | str | None = None
    delimiter: Annotated[str, Field(pattern=r'^([^"\r\n]|\\t)$')] | None = None
    header: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    def rows(path: Path) -> Iterator[_rows.Row | Unread]:
        return _rows.rows(path, _delimiter(options, path))

    return _columns.in_one(options, rows, directions)


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per row; blank rows are left out, one with too few columns, with quotation marks
    that do not fit or in other languages is unread.

    Raises `InputError` where a column that is asked for by its name is not there, and where the
    file's name says other languages.
    """
    direction = Direction(source_lang, target_lang)
    (path,) = inputs(options, *direction)
    delimiter = _delimiter(options, path)
    rows = partial(_rows.rows, delimiter=delimiter)
    yield from _columns.units(options, rows, direction, partial(_rows.too_few, delimiter=delimiter))


def _delimiter(options: Options, path: Path) -> str:
    if options.delimiter is None:
        return _rows.delimiter(path)
    return "\t" if options.delimiter == _TAB else options.delimiter
