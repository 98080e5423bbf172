"""The rows of a table in text: what stands between its cells, and how they are quoted."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from bayling.corpus.readers import Unread, _files
from bayling.files import encoding_of

Row = tuple[int, list[str]]

# A cell of more lines than this is a quotation mark that was never closed.
_MOST_LINES = 100
# As many characters of a file say how it is written.
_BEGINNING = 1 << 16
# In the order in which they are believed.
_USUAL = ",;\t"
_DELIMITERS = f"{_USUAL}|"
# Begins a first line that tells Excel the delimiter, as Excel itself and others write it.
_SAYS = "sep="
# A cell as Excel writes it into text with tabs, and one that only quoting explains.
_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|[^"\t\n]*)([\t\n])')
_DOUBLED = re.compile(r'"((?:[^"]|"")*""(?:[^"]|"")*)"')


def rows(path: Path, delimiter: str) -> Iterator[Row | Unread]:
    """(line it begins in, cells) of each row of CSV that is not blank, or why it is none."""
    ahead: deque[tuple[int, str] | Unread] = deque()
    lines = _files.lines(path)

    def take() -> tuple[int, str] | Unread | None:
        return ahead.popleft() if ahead else next(lines, None)

    while (first := take()) is not None:
        if isinstance(first, Unread):
            yield first
            continue
        number, text = first
        if number == 1 and text == f"{_SAYS}{delimiter}":
            continue
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


def tabbed(path: Path) -> Iterator[Row | Unread]:
    """The rows of text with tabs: a line each, but where Excel has quoted its cells.

    A cell in quotation marks, within which there are others, all doubled, is unquoted in any file.
    """
    if is_quoted(path):
        yield from rows(path, "\t")
        return
    for each in _files.lines(path):
        if isinstance(each, Unread):
            yield each
        elif each[1].strip():
            number, line = each
            cells = line.split("\t")
            yield number, list(map(_unquoted, cells)) if '""' in line else cells


def _unquoted(cell: str) -> str:
    found = _DOUBLED.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def is_quoted(path: Path) -> bool:
    """Whether text with tabs has its cells quoted as Excel does it: all that its first lines hold
    of quotation marks fits, and some are doubled, or the file is in UTF-16 or UTF-32 as only
    spreadsheets write it."""
    text = "".join(f"{line}\n" for line in _beginning(path))
    if '"' not in text:
        return False
    at, proven, wide = 0, False, _is_wide(path)
    while at < len(text):
        cell = _CELL.match(text, at)
        if cell is None:
            # A cell that the beginning cuts.
            return proven and len(text) >= _BEGINNING and text.count("\n", at) < _MOST_LINES
        proven = proven or (cell[1] is not None and (wide or '""' in cell[1]))
        at = cell.end()
    return proven


def _is_wide(path: Path) -> bool:
    try:
        with _files.opened(path) as stream:
            return encoding_of(stream.read(4))[0].width > 1
    except _files.Damaged:
        return False


def has_tabs(path: Path) -> bool:
    """Whether the first lines of a text are rows with a tab in each."""
    lines = [line for line in _beginning(path) if line.strip()]
    return bool(lines) and (all("\t" in line for line in lines) or is_quoted(path))


def delimiter(path: Path) -> str:
    """What stands between the cells of a CSV: a comma, unless more of the first rows have one
    number of cells with a semicolon or a tab, or as many, and they are two cells; but what a line
    `sep=;` says."""
    lines = [line.replace("\r", " ") for line in _beginning(path) if line.strip()]
    if lines and len(lines[0]) == len(_SAYS) + 1 and lines[0].startswith(_SAYS):
        return lines[0][-1]

    def best(quoting: Literal[0, 3]) -> tuple[float, bool, int, str]:
        return max((*_fit(lines, each, quoting), -place, each) for place, each in enumerate(_USUAL))

    found = best(csv.QUOTE_MINIMAL)
    # A quotation mark astray may take all that follows for one cell.
    return found[-1] if found[0] else best(csv.QUOTE_NONE)[-1]


def _fit(lines: list[str], delimiter: str, quoting: Literal[0, 3]) -> tuple[float, bool]:
    """The share of rows that have the usual number of cells, and whether that is two."""
    try:
        reader = csv.reader([f"{each}\n" for each in lines], delimiter=delimiter, quoting=quoting)
        counts = Counter(map(len, reader))
    except csv.Error:
        return 0.0, False
    several = [(times, -cells) for cells, times in counts.items() if cells > 1]
    times, cells = max(several, default=(0, 0))
    return times / max(counts.total(), 1), cells == -2


def _beginning(path: Path) -> list[str]:
    found, length = [], 0
    for each in _files.lines(path):
        if isinstance(each, Unread):
            continue
        found.append(each[1])
        length += len(each[1]) + 1
        if length >= _BEGINNING:
            break
    return found


def too_few(cells: list[str], needed: int, delimiter: str) -> str:
    """What is wrong with a row of CSV that has fewer cells than are needed."""
    said = f"has {len(cells)} column{'s' if len(cells) > 1 else ''}; expected at least {needed}"
    others = [each for each in _DELIMITERS if each != delimiter and each in cells[0]]
    return f"{said}. Is the delimiter {others[0]!r}?" if len(cells) == 1 and others else said


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
