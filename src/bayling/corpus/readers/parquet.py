"""Parquet: columns of a table, compressed, as data sets are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bayling.corpus.readers import Unread, _columns, _files, _pairs
from bayling.errors import InputError, MissingError
from bayling.languages import Direction
from bayling.records import Json, Pair

_ROWS = 1024


@dataclass(frozen=True)
class Options:
    """A file and the names of the columns that hold the texts.

    Without names they are the columns `source` and `target`, or those called after the languages
    (`en`, `de_AT`, `German`), which may be the parts of a column `translation`. Where columns such
    as `source_lang` and `target_lang` say the languages of each row, they decide. `meta` is written
    into every pair. `{source_lang}` and `{target_lang}` in path and names stand for the languages'
    codes. Needs the extra `datasets`.
    """

    path: Path
    source: str | None = None
    target: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    asked = []
    for each in directions:
        (path,) = inputs(options, *each)
        if not path.is_file():
            continue
        columns = _table(options, path).columns(
            _names(_opened(path)), (options.source, options.target), each
        )
        if len(columns) == 2:
            asked += [((path, column), side) for column, side in zip(columns, each, strict=True)]
    return _pairs.each_in_one(asked)


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per row, whose number stands where other formats have the line; one whose cells are
    no text is unread.

    Raises `InputError` for what is no Parquet or has no such columns, `MissingError` without
    pyarrow.
    """
    direction = Direction(source_lang, target_lang)
    (path,) = inputs(options, *direction)
    table, file = _table(options, path), _opened(path)
    columns = table.columns(_names(file), (options.source, options.target), direction)
    done = 0
    try:
        for batch in _batches(file, columns):
            yield from table.units(batch, columns, direction, done)
            done += len(batch)
    except _failures() as error:
        problem = f"is damaged ({_first_line(error)}); fetch it again; nothing is read from here on"
        yield _files.Rest(path, problem, done + 1)


def _table(options: Options, path: Path) -> _columns.Table:
    return _columns.Table(path, _pairs.collection(options.path, path), options.meta)


def _batches(file: Any, columns: tuple[str, ...]) -> Iterator[list[Json]]:
    for batch in file.iter_batches(batch_size=_ROWS, columns=list(dict.fromkeys(columns))):
        try:
            yield batch.to_pylist()
        except UnicodeDecodeError:
            yield [_row(batch.slice(number, 1), columns) for number in range(len(batch))]


def _row(one: Any, columns: tuple[str, ...]) -> Json:
    try:
        (row,) = one.to_pylist()
    except UnicodeDecodeError as error:
        # What is declared to be text and is not.
        return dict.fromkeys(columns, error.object)
    return cast(Json, row)


def _opened(path: Path) -> Any:
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingError(
            "Reading Parquet needs pyarrow, which is not installed. Install it with: "
            "pip install 'bayling[datasets]'"
        ) from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except FileNotFoundError:
        raise InputError(path, "no such file") from None
    except _failures() as error:
        raise InputError(
            path, f"is not Parquet, or not a whole file of it ({_first_line(error)})"
        ) from error


def _failures() -> tuple[type[Exception], ...]:
    """What pyarrow raises of files that are broken, which for some is out of memory."""
    import pyarrow

    return (pyarrow.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _names(file: Any) -> list[str]:
    """The columns, and the parts of `translation` as `translation.de`."""
    import pyarrow

    names = []
    for each in file.schema_arrow:
        if each.name == _columns.STRUCT and pyarrow.types.is_struct(each.type):
            names += [f"{each.name}.{part.name}" for part in each.type]
        else:
            names.append(each.name)
    return names
