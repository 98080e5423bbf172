"""A folder or an archive (zip, tar) of files in any of the other formats.

Each file goes to the reader that its suffix says, compressed or not: a `.tsv.gz` to `tsv`. Text
files are paired by the languages in their names: `news.en` and `news.de`, `news.en.txt` and
`news.de.txt`, `news.de-en.de` and `news.de-en.en`. Gettext catalogues are read as by `catalogue`,
archives in a folder as folders. A file that cannot be read is told, and the rest is read.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bayling import parts
from bayling.corpus.readers import Unread, _archives, _files, _formats, _places, _variants
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Pair


@dataclass(frozen=True)
class Options:
    """A folder, or a `.zip`, `.tar`, `.tar.gz`, `.tar.xz` or `.tar.zst` archive."""

    path: Path


@dataclass
class _Contents:
    """What a folder holds for a direction: the sources in order, each a reader, its options and the
    file that it begins with; catalogues, archives; what should be a source and is none; and what
    is of no format."""

    root: Path
    sources: list[tuple[str, dict[str, Path], Path]] = field(default_factory=list)
    catalogues: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    strange: list[Unread] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        found = {path for _, values, _ in self.sources for path in values.values()}
        return sorted({*found, *self.catalogues, *self.archives})


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    _require(options.path)
    if options.path.is_file():
        return [options.path]
    return _look(options.path, Direction(source_lang, target_lang)).files


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    _require(options.path)
    with _folder(options.path) as (root, _):
        held = _look(root, directions[0])
        for name, values, _ in held.sources:
            if name == "text":
                continue  # the files' names say their languages
            part = parts.load("reader", name)
            try:
                given = parts.options("reader", name, values)
                if hasattr(part, "serves") and not part.serves(given, directions):
                    return False
            except (UserError, OSError):
                continue  # what cannot be read is in no language
        # Archives in an archive are not read.
        inner = held.archives if root == options.path else []
        return all(_archive_serves(path, directions) for path in inner)


def _archive_serves(path: Path, directions: Sequence[Direction]) -> bool:
    try:
        return serves(Options(path), directions)
    except InputError:
        return True  # it is told when it is read


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """The units of each file in the order of their paths, catalogues first, archives last; in the
    end what is no file of any format, once for each suffix.

    Raises `InputError` where nothing is in a format that is read.
    """
    _require(options.path)
    yield from _units(options.path, Direction(source_lang, target_lang), within=False)


def _require(path: Path) -> None:
    if path.is_file() and not _formats.is_archive(path):
        raise InputError(path, "is neither a folder nor an archive; expected .zip, .tar, .tar.gz …")
    if not path.exists():
        raise InputError(path, "no such folder or archive")


@contextmanager
def _folder(path: Path) -> Iterator[tuple[Path, list[Unread]]]:
    """The folder itself, or one with what is in the archive, and what of it was refused."""
    if path.is_dir():
        yield path, []
        return
    with _archives.workplace() as place:
        # Pairs are told apart by the name of the folder they come from.
        root = place / (_files.stem(path) or "archive")
        yield root, _archives.unpack(path, root, _is_wanted)


def _is_wanted(path: Path) -> bool:
    return _formats.reader_of(path) is not None or _language(path) is not None


def _units(path: Path, direction: Direction, within: bool) -> Iterator[Pair | Unread]:
    """`within` says that the archive or folder is one of a folder, which may go without it."""
    with _folder(path) as (root, refused):
        held = _look(root, direction)
        if not (held.sources or held.catalogues or held.archives or held.unread or refused):
            if not within:
                raise _nothing(path)
            yield Unread(path, "holds no file in a format that is read")
        for unit in _found(held, direction):
            yield unit if root == path else _shown(unit, root, path)
        yield from refused
        for archive in held.archives:
            if root != path:
                inside = Path(f"{path}/{archive.relative_to(root)}")
                yield Unread(inside, "is an archive within an archive; unpack it first")
                continue
            try:
                yield from _units(archive, direction, within=True)
            except InputError as error:
                yield Unread(error.path, error.problem, error.line)
        for each in (*held.unread, *held.strange):
            yield _shown(each, root, path)


def _nothing(path: Path) -> InputError:
    return InputError(
        path,
        "holds no file in a format that is read; expected "
        f"{' '.join(_formats.suffixes())}, or text files as NAME.LANGUAGE",
    )


def _found(held: _Contents, direction: Direction) -> Iterator[Pair | Unread]:
    if held.catalogues:
        yield from _of("catalogue", {"path": str(held.root)}, held.root, direction)
    for name, values, path in held.sources:
        inside = path.relative_to(held.root).as_posix()
        for unit in _of(name, values, path, direction):
            if isinstance(unit, Pair) and inside != path.name:
                # Files of one name in two folders are two.
                origin = unit.origin.replace(f":{path.name}:", f":{inside}:", 1)
                unit = replace(unit, origin=origin)
            yield unit


def _of(
    name: str, values: Mapping[str, Any], path: Path, direction: Direction
) -> Iterator[Pair | Unread]:
    """What a reader yields; what it raises of its file is one more thing that is not read, but for
    a library that is missing."""
    part = parts.load("reader", name)
    try:
        if name == "text":
            _require_as_many(values["source"], values["target"])
        yield from part.read(parts.options("reader", name, values), *direction)
    except InputError as error:
        yield Unread(error.path, error.problem, error.line)
    except OSError as error:
        yield Unread(path, f"cannot be read ({error.strerror or error})")


def _require_as_many(source: Path, target: Path) -> None:
    """Before a pair of them is given: lines that are one too many may be so from the first on."""
    try:
        counts = [_files.count(path) for path in (source, target)]
    except _files.Damaged:
        return  # the reader gives what stands before
    if counts[0] != counts[1]:
        raise InputError(
            source,
            f"has {counts[0]} lines, its partner {target.name} {counts[1]}; expected line-aligned "
            "files",
        )


def _shown(unit: Pair | Unread, root: Path, path: Path) -> Pair | Unread:
    """With the archive's path in place of that of the folder it was unpacked to."""
    at, shown = str(root), str(path)
    if isinstance(unit, Unread):
        place, reason = Path(str(unit.path).replace(at, shown)), unit.reason.replace(at, shown)
        return replace(unit, path=place, reason=reason)
    meta = {
        key: value.replace(at, shown) if isinstance(value, str) else value
        for key, value in unit.meta.items()
    }
    return replace(unit, meta=meta)


def _look(root: Path, direction: Direction) -> _Contents:
    held = _Contents(root)
    unknown: dict[str, list[str]] = {}
    texts: dict[tuple[Path, str], list[tuple[str, Path]]] = {}
    for path in _walk(held):
        reader = _formats.reader_of(path)
        if reader == "catalogue":
            held.catalogues.append(path)
        elif reader is not None:
            held.sources.append((reader, {"path": path}, path))
        elif _formats.is_archive(path):
            held.archives.append(path)
        elif spoken := _language(path):
            stem, language = spoken
            texts.setdefault((path.parent, stem), []).append((language, path))
        else:
            unknown.setdefault(_files.suffix(path), []).append(path.name)
    for group in texts.values():
        _pair_up(group, direction, held, unknown)
    held.sources.sort(key=lambda source: source[2])
    if held.catalogues:
        named = {each.path for each in _places.locate(str(root)).catalogues}
        held.unread += [
            Unread(path, "its name says no language; expected LANGUAGE.po, or give it by itself")
            for path in held.catalogues
            if path not in named
        ]
        held.catalogues = [path for path in held.catalogues if path in named]
    for suffix, names in sorted(unknown.items()):
        some = (
            f"{len(names)} file{'s' if len(names) > 1 else ''} {f'in {suffix}' if suffix else ''}"
        )
        reason = f"{some.strip()} of no format that is read, such as {names[0]}"
        held.strange.append(Unread(root, reason))
    return held


def _walk(held: _Contents) -> Iterator[Path]:
    """The files of a folder and those below it, in order; hidden ones are left out and counted."""
    hidden: Counter[str] = Counter()

    def fail(error: OSError) -> None:
        held.unread.append(Unread(Path(error.filename), f"cannot be read ({error.strerror})"))

    for at, folders, names in os.walk(held.root, onerror=fail):
        hidden.update(each for each in (*folders, *names) if each.startswith((".", "__MACOSX")))
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__MACOSX")))
        for link in (path for each in folders if (path := Path(at) / each).is_symlink()):
            held.unread.append(Unread(link, "is a link to a folder, which is not followed"))
        for name in sorted(each for each in names if not each.startswith(".")):
            path = Path(at) / name
            if _unprintable(str(path)):
                shown = Path(os.fsencode(path).decode("utf-8", "replace"))
                held.unread.append(Unread(shown, "its name is not UTF-8; rename it"))
            elif os.path.isfile(path):
                yield path
            else:
                held.unread.append(Unread(path, "is no file, or a link to none"))
    if hidden:
        some = f"hidden files or folders left out: {hidden.total()}, such as {min(hidden)}"
        held.strange.append(Unread(held.root, some))


def _unprintable(text: str) -> bool:
    return any("\ud800" <= each <= "\udfff" for each in text)


def _language(path: Path) -> tuple[str, str] | None:
    """The language that a text file's name says, and the rest of its name."""
    name = path.name.removesuffix(path.suffix) if path.suffix in _files.COMPRESSED else path.name
    steps = name.split(".")
    ending = [steps.pop()] if len(steps) > 1 and steps[-1].lower() == "txt" else []
    if not ending and len(steps) < 2:
        return None
    language = _places.of_locale(steps[-1])
    return (".".join([*steps[:-1], "*", *ending]), language) if language else None


def _pair_up(
    group: list[tuple[str, Path]],
    direction: Direction,
    held: _Contents,
    unknown: dict[str, list[str]],
) -> None:
    """Of texts whose names differ in the language alone the two nearest to those asked for."""
    places = _variants.choose([language for language, _ in group], *direction)
    sides = zip(("source", "target"), places, strict=True)
    found = {side: group[place][1] for side, place in sides if place is not None}
    if len(found) == 2:
        held.sources.append(("text", found, found["source"]))
    elif found:
        side, path = found.popitem()
        language = direction.target if side == "source" else direction.source
        held.unread.append(Unread(path, f"has no partner in {language} beside it"))
    elif len(group) == 1:
        path = group[0][1]
        unknown.setdefault(_files.suffix(path), []).append(path.name)
    else:
        spoken = ", ".join(language for language, _ in group)
        asked = " and ".join(direction)
        reason = f"and what is beside it are texts in {spoken}; asked for: {asked}"
        held.unread.append(Unread(group[0][1], reason))
