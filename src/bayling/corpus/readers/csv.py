"""CSV: columns between commas or the like, quoted where they hold commas or line ends."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bayling.corpus.readers import Unread, _columns, _files, _pairs
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair

# A cell of more lines than this is a quotation mark that was never closed.
_MOST_LINES = 100
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Options:
    """A file (UTF-8, or UTF-16 with a byte-order mark) and which of its columns hold source and
    target, by their number from 1 or by the name that the first line gives them.

    Without either they are the columns called `source` and `target`, or those called after the
    languages (`en`, `de_AT`), else the only two. Rows with the same `document_column` are running
    text. `header` says that the first line names the columns, which names imply. `meta` is written
    into every pair. `{source_lang}` and `{target_lang}` in path and names stand for the languages'
    codes.
    """

    path: Path
    source_column: Annotated[int, Field(ge=1)] | str | None = None
    target_column: Annotated[int, Field(ge=1)] | str | None = None
    document_column: Annotated[int, Field(ge=1)] | str | None = None
    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n]$')] = ","
    header: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    asked = []
    for each in directions:
        (path,) = inputs(options, *each)
        first = _first(path, options) if path.is_file() else []
        columns, _ = _found(path, options, 1, first, each)
        asked += [((path, column), side) for column, side in zip(columns[:2], each, strict=True)]
    return _pairs.each_in_one(asked)


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per row; blank rows are left out, one with too few columns or with quotation marks
    that do not fit is unread.

    Raises `InputError` where a column that is asked for by its name is not there.
    """
    direction = Direction(source_lang, target_lang)
    (path,) = inputs(options, *direction)
    collection = _pairs.collection(options.path, path)
    columns: list[int] = []
    for each in _rows(path, options.delimiter):
        if isinstance(each, Unread):
            if not columns:
                # The line behind a header that cannot be read is none.
                options = replace(options, header=False)
            yield each
            continue
        number, cells = each
        if not columns:
            columns, names_them = _found(path, options, number, cells, direction)
            if names_them:
                continue
        if len(cells) <= max(columns):
            yield Unread(path, _too_few(cells, max(columns) + 1, options.delimiter), number)
            continue
        document = cells[columns[2]].strip() if len(columns) > 2 else ""
        unit = _pairs.unit(
            (cells[columns[0]], cells[columns[1]]),
            direction,
            f"{collection}:{path.name}:{number}",
            (path, number),
            {**options.meta, **_pairs.place(f"{path}:{document}", number, bool(document))},
        )
        if unit is not None:
            yield unit


def _found(
    path: Path, options: Options, number: int, first: Sequence[str], direction: Direction
) -> tuple[list[int], bool]:
    """The columns of source, target and perhaps document, from 0, and whether the first row names
    them. Raises `InputError` where one is not there."""
    asked: list[int | str | None] = [options.source_column, options.target_column]
    if options.document_column is not None:
        asked.append(options.document_column)
    try:
        usual = _columns.find(first, direction) if asked[:2] == [None, None] else None
        if usual is None and None in asked[:2] and len(first) > 2:
            raise LookupError(
                f"has {len(first)} columns, of which none is called source or target or after the "
                "languages; say which hold the texts: 'source_column: 1, target_column: 2'"
            )
        columns = [
            _columns.named(first, _pairs.filled(each, *direction))
            if isinstance(each, str)
            else place
            if each is None
            else each - 1
            for each, place in zip(asked, (*(usual or (0, 1)), 0), strict=False)
        ]
    except LookupError as error:
        raise InputError(path, error.args[0], number) from None
    return columns, options.header or bool(usual) or any(isinstance(each, str) for each in asked)


def _too_few(cells: Sequence[str], needed: int, delimiter: str) -> str:
    said = f"has {len(cells)} column{'s' if len(cells) > 1 else ''}; expected at least {needed}"
    others = [each for each in _DELIMITERS if each != delimiter and each in cells[0]]
    return f"{said}. Is the delimiter {others[0]!r}?" if len(cells) == 1 and others else said


def _first(path: Path, options: Options) -> list[str]:
    rows = _rows(path, options.delimiter)
    return next((each[1] for each in rows if not isinstance(each, Unread)), [])


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]] | Unread]:
    """(line it begins in, cells) of each row that is not blank, or why it is none."""
    ahead: deque[tuple[int, str] | Unread] = deque()
    lines = _files.lines(path)

    def take() -> tuple[int, str] | Unread | None:
        return ahead.popleft() if ahead else next(lines, None)

    while (first := take()) is not None:
        if isinstance(first, Unread):
            yield first
            continue
        number, text = first
        cells: list[str] | str
        if '"' in text or "\r" in text:
            cells, taken = _quoted(text, take, delimiter)
            if isinstance(cells, str):
                # What was taken for the rest of a cell may be sound by itself.
                ahead.extendleft(reversed(taken))
                yield Unread(path, cells, number)
                continue
        else:
            cells = text.split(delimiter)
        if any(map(str.strip, cells)):
            yield number, cells


def _quoted(
    first: str, take: Callable[[], tuple[int, str] | Unread | None], delimiter: str
) -> tuple[list[str] | str, list[tuple[int, str] | Unread]]:
    """The cells of the row that begins with a line, or why it is none; and the lines that were
    taken for the rest of it."""
    taken: list[tuple[int, str] | Unread] = []

    def fed() -> Iterator[str]:
        yield f"{first}\n"
        while len(taken) < _MOST_LINES and (following := take()) is not None:
            taken.append(following)
            if isinstance(following, Unread):
                return
            yield f"{following[1]}\n"

    try:
        return next(csv.reader(fed(), delimiter=delimiter, strict=True)), taken
    except csv.Error as error:
        return _problem(str(error)), taken


def _problem(said: str) -> str:
    if "unexpected end" in said or "field limit" in said:
        return "a quotation mark begins a cell that never ends; expected another one behind it"
    if "new-line" in said:
        return "holds a carriage return outside quotation marks; expected lines that end in LF"
    return f"its quotation marks do not fit ({said}); expected those within a cell to be doubled"
