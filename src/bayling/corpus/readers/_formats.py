"""Which reader a file is for, by its suffix."""

from __future__ import annotations

from pathlib import Path

from bayling import parts
from bayling.corpus.readers import _files, _places, _rows
from bayling.errors import InputError, UserError

_READERS = {
    **dict.fromkeys(_places.SUFFIXES, "catalogue"),
    ".tsv": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".tmx": "tmx",
    **dict.fromkeys((".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff"), "xliff"),
    **dict.fromkeys((".sgm", ".xml"), "sgm"),
}
# What the reader `folder` unpacks; `.tar.gz` is a `.tar` that is compressed.
_ARCHIVES = (".zip", ".tar", ".tgz", ".txz")
# What translators have and no reader reads, and what to do with it.
_ELSEWHERE = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "is a spreadsheet; save it there as .csv"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif"), "is a picture, which holds no text to read"),
    ".sdltm": "is a memory of Trados Studio; export it there as TMX",
    **dict.fromkeys(
        (".docx", ".doc", ".odt", ".pdf"),
        "is a document, which holds one language; align it with its translation in a translation "
        "tool and export TMX",
    ),
}
# What `save_to_disk` of the library `datasets` leaves.
_SAVED = (("dataset_dict.json",), ("state.json", "dataset_info.json"))


def suffixes() -> dict[str, str]:
    """The suffixes of files, without those of compression, and the reader of each."""
    there = parts.names("reader")
    return {suffix: reader for suffix, reader in _READERS.items() if reader in there}


def reader_of(path: Path) -> str | None:
    """The reader for a file of this name; None where its suffix says none."""
    return suffixes().get(_files.suffix(path))


def is_archive(path: Path) -> bool:
    return _files.suffix(path) in _ARCHIVES


def guess(text: str) -> dict[str, dict[str, str]]:
    """The reader for an INPUT of the command line, as recipes spell it.

    A file of any format, a `.txt` with a tab in each of its first lines, an archive or a folder of
    such, an installed package with catalogues, or two text files with a comma between them.
    Raises `UserError` for anything else.
    """
    path = Path(text)
    if path.is_file():
        return {_of_file(path): {"path": text}}
    if path.is_dir():
        return {_of_folder(path): {"path": text}}
    if "," in text:
        files = text.split(",")
        missing = [each for each in files if not Path(each).is_file()]
        if len(files) != 2 or missing:
            problem = f"there is no file '{missing[0]}'" if missing else f"found {len(files)} files"
            raise UserError(f"{text}: expected two text files as SOURCE,TARGET; {problem}.")
        return {"text": {"source": files[0], "target": files[1]}}
    if _places.package_folder(text) is None:
        raise _places.unknown(text)
    return {"catalogue": {"path": text}}


def _of_file(path: Path) -> str:
    reader = "folder" if is_archive(path) else reader_of(path)
    if reader is not None:
        return reader
    suffix = _files.suffix(path)
    if suffix == ".tbx":
        raise InputError(
            path,
            "is a glossary, which holds terms and no translations; give it to the dialogues: "
            f"bayling build … --set 'build.mix.glossary={{share: 0.1, file: {path}}}'",
        )
    if suffix in _ELSEWHERE:
        raise InputError(path, _ELSEWHERE[suffix])
    no_table = ""
    if suffix == ".txt":
        # What Excel calls Unicode Text.
        if _rows.has_tabs(path):
            return "tsv"
        no_table = ", and not every one of its first lines holds a tab between source and target"
    raise InputError(
        path,
        f"cannot tell its format from '{suffix}'{no_table}; expected "
        f"{' '.join((*suffixes(), *_ARCHIVES))}, or two line-aligned text files as SOURCE,TARGET",
    )


def _of_folder(path: Path) -> str:
    if any(all((path / name).is_file() for name in names) for names in _SAVED):
        return "dataset"
    found = {reader_of(each) for each in path.rglob("*") if each.is_file()} - {None}
    return "catalogue" if found == {"catalogue"} else "folder"
