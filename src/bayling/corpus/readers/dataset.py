"""A data set of the Hugging Face hub, or of a folder in its form, by the library `datasets`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bayling.corpus.readers import Unread, _columns, _files, _pairs
from bayling.errors import InputError, MissingError, UserError
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """The name on the hub (`wmt/wmt19`) or a folder, of files or as `save_to_disk` leaves it; which
    `config` and `split` of it, and which `revision` of the hub's.

    `source` and `target` are columns as in the reader `parquet`. `streaming` reads as it loads; a
    data set that is to be kept, to be read again without the net, is loaded without it.
    `{source_lang}` and `{target_lang}` in config and names stand for the languages' codes. Needs
    the extra `datasets`.
    """

    path: str
    config: str | None = None
    split: str = "train"
    source: str | None = None
    target: str | None = None
    revision: str | None = None
    streaming: bool = True
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    """The files of a folder. What stands on the hub is not hashed: say the `revision`."""
    folder = Path(options.path)
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    # Texts called after their languages are found, any others may be in one language alone.
    asked = []
    for each in directions:
        columns = _columns_of(options, _loaded(options, each), each)
        where = _filled(options.config, each)
        if len(columns) == 2:
            asked += [((where, column), side) for column, side in zip(columns, each, strict=True)]
    return _pairs.each_in_one(asked)


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per row, whose number stands where files have the line; one whose cells are no text
    is unread.

    Raises `InputError` where there is no such data set, config, split or column, and `MissingError`
    without the library.
    """
    direction = Direction(source_lang, target_lang)
    data = _loaded(options, direction)
    columns = _columns_of(options, data, direction)
    done = 0
    rows = iter(data)
    while True:
        try:
            row = next(rows, None)
        # Whatever the library, its file formats and the net raise.
        except Exception as error:
            reason = f"cannot be read ({_first_line(error)}); nothing is read from here on"
            yield _files.Rest(Path(options.path), reason, done + 1)
            return
        if row is None:
            return
        yield from _table(options).units([row], columns, direction, done)
        done += 1


def _table(options: Options) -> _columns.Table:
    return _columns.Table(Path(options.path), Path(options.path).name, options.meta)


def _columns_of(options: Options, data: Any, direction: Direction) -> tuple[str, ...]:
    names = []
    for name, kind in (data.features or {}).items():
        inner = getattr(kind, "languages", None) if name == _columns.STRUCT else None
        if name == _columns.STRUCT and isinstance(kind, Mapping):
            inner = list(kind)
        names += [f"{name}.{part}" for part in inner] if inner else [name]
    return _table(options).columns(names, (options.source, options.target), direction)


def _filled(text: str | None, direction: Direction) -> str | None:
    return None if text is None else _pairs.filled(text, *direction)


def _loaded(options: Options, direction: Direction) -> Any:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise MissingError(
            "Reading data sets needs the library datasets, which is not installed. Install it "
            "with: pip install 'bayling[datasets]'"
        ) from error
    folder = Path(options.path)
    if folder.is_file():
        raise InputError(folder, "is a file; give it to the reader of its format")
    try:
        if (folder / "state.json").is_file():
            return _sound(datasets.load_from_disk(options.path))
        if (folder / "dataset_dict.json").is_file():
            return _sound(datasets.load_from_disk(options.path)[options.split])
        data = datasets.load_dataset(
            options.path,
            _filled(options.config, direction),
            split=options.split,
            revision=options.revision,
            streaming=options.streaming,
        )
        # Of some formats the columns show in the first rows alone.
        return data if data.features else data._resolve_features()
    # The library raises what its parts do: of files, the net, a hub's answers.
    except Exception as error:
        raise UserError(_not_there(options, error)) from error


def _sound(data: Any) -> Any:
    """The same data set, mapped into memory, which the library takes on trust: places in a damaged
    file that lie outside it would end the process."""
    data.data.table.validate(full=True)
    return data


def _not_there(options: Options, error: Exception) -> str:
    said = f"The data set {options.path} cannot be read: {_first_line(error)}."
    if Path(options.path).is_dir():
        return f"{said} Expected a folder of JSONL, CSV or Parquet files, or one by save_to_disk."
    return (
        f"{said} There is no such folder, so it was looked for on the Hugging Face hub; is the "
        "name right, and is the hub in reach? Without the net give a folder that holds the files."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
