"""Which columns of a table hold source and target, which say its languages, and the pairs of its
rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

from bayling import languages
from bayling.corpus.readers import Unread, _files, _pairs, _places, _rows, _variants
from bayling.errors import InputError, nearest
from bayling.languages import Direction
from bayling.records import Pair

_ROLES = (
    ("source", "sourcestring", "sourcetext", "src"),
    ("target", "targetstring", "targettext", "tgt"),
)
# Columns that say of each row which languages it is in.
_LANGUAGES = (
    ("sourcelang", "sourcelanguage", "sourcelocale", "srclang", "srclanguage"),
    ("targetlang", "targetlanguage", "targetlocale", "tgtlang", "tgtlanguage"),
)
_CAPITALS = re.compile("[A-Z]{2}(?:[-_][A-Z]{2})?")
# Codes that head columns and are hardly ever words.
_COMMON = re.compile("ar|bg|cs|da|de|el|en|es|fi|fr|he|hi|hr|hu|it|ja|ko|nl|pl|pt|ro|ru|tr|uk|zh")
# `Chinese (Simplified)`
_SCRIPTS = {"simplified)": "zh-Hans", "traditional)": "zh-Hant"}
# `Source (en-US)`
_IN_BRACKETS = re.compile(r"(?:source|target)\s*[(\[](.+)[)\]]", re.IGNORECASE)
# `f_en-de_DE`, `corpus.en-zh`, `wmt19-en-de-clean`, but not `en-de-fr`
_IN_NAME = re.compile(
    r"(?:^|[^A-Za-z0-9-]|[A-Za-z0-9]{4}-|\d-)"
    r"([a-z]{2,3}(?:_[A-Z][A-Za-z]{1,3})?)-([a-z]{2,3}(?:[-_][A-Z0-9][A-Za-z0-9]{1,3})?)"
    r"(?=$|[^A-Za-z0-9-]|-[A-Za-z0-9]{4}|-\d)"
)
# What holds one text for each language in data sets of the Hugging Face hub.
STRUCT = "translation"


def find(names: Sequence[str], direction: Direction) -> tuple[int, int] | None:
    """Which of `names` hold source and target: those called so, else those called after the
    languages (`de`, `de_AT`, `DE`, `German`, `Deutsch`, `translation.de`); None where they are no
    such names.

    Raises `LookupError` with what to tell where a language has no column and others have.
    """
    return _by(names, _ROLES) or _by_language(names, direction)


def languages_in(names: Sequence[str]) -> tuple[int, int] | None:
    """Which of `names` say of each row its two languages (`sourceLang`, `target_language`)."""
    return _by(names, _LANGUAGES)


def _by(names: Sequence[str], wanted: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    plain = [re.sub(r"[\W_]+", "", name).lower() for name in names]
    found = [next((plain.index(each) for each in side if each in plain), None) for side in wanted]
    return None if None in found else cast(tuple[int, int], tuple(found))


def _by_language(names: Sequence[str], direction: Direction) -> tuple[int, int] | None:
    spoken = [_language(name, direction) for name in names]
    places = _variants.choose(spoken, *direction)
    if None not in places:
        return cast(tuple[int, int], places)
    if places == (None, None):
        # Words such as `to` and `zu` happen to be codes.
        if not all(_COMMON.fullmatch(languages.base(each)) for each in spoken):
            return None
    else:
        spoken = [each or _other(name) for name, each in zip(names, spoken, strict=True)]
    if len({each for each in spoken if each}) < 2:
        return None
    there = ", ".join(name for name, each in zip(names, spoken, strict=True) if each)
    missing = next(each for place, each in zip(places, direction, strict=True) if place is None)
    raise LookupError(
        f"has columns for the languages {there} and none for {missing}; if these are no "
        "languages, say which columns hold the texts"
    )


def named(names: Sequence[str], wanted: str) -> int:
    """Where a name stands. Raises `LookupError` with what to tell where it does not."""
    if wanted not in names:
        raise LookupError(f"has no column '{wanted}'.{nearest(wanted, names)}")
    return names.index(wanted)


def _language(name: str, direction: Direction) -> str:
    """The language a column is called after, '' for none."""
    name = name.strip()
    if within := _IN_BRACKETS.fullmatch(name):
        name = within[1].strip()
    if called := _called(name, direction):
        return called
    code = name.rpartition(".")[2]
    if code == "id":
        # A number far more often than Indonesian.
        return code if "id" in map(languages.base, direction) else ""
    if code[:2].islower() and len(code) < 20:
        return _places.of_locale(code) or ""
    # Capitals are a text, unless they are just a language that is asked for.
    asked = any(_variants.distance(name, each) is not None for each in direction)
    return name if _CAPITALS.fullmatch(name) and asked else ""


def _called(name: str, direction: Direction) -> str:
    """The language asked for that this is the name of: `German`, `Deutsch`, `German (Austria)`."""
    names = _names(direction)
    alone, _, kind = name.casefold().partition(" (")
    found = names.get(name.casefold()) or names.get(alone, "")
    return _SCRIPTS.get(kind, found) if languages.base(found) == "zh" else found


def _other(name: str) -> str:
    """The language, of all there are, that a name beside one that is asked for says."""
    name = name.strip()
    if _CAPITALS.fullmatch(name):
        return languages.spelt(name) or ""
    return _english().get(name.casefold(), "")


@lru_cache(maxsize=1)
def _english() -> Mapping[str, str]:
    return {languages.name(each).casefold(): each for each in sorted(languages.known())}


@lru_cache(maxsize=64)
def _names(direction: Direction) -> Mapping[str, str]:
    """The languages by what they are called in English, by themselves and by each other."""
    found: dict[str, str] = {}
    for language in direction:
        for spoken in ("en", *direction):
            for each in (language, languages.base(language)):
                found.setdefault(languages.name(each, spoken).casefold(), language)
    return found


def _in_name(path: Path) -> tuple[str, str] | None:
    """The two languages that a file's name says (`f_en-de_DE.csv`), None where it says none."""
    found = _IN_NAME.findall(_files.stem(path))
    if len(found) != 1:
        return None
    one, other = map(languages.spelt, found[0])
    return (one, other) if one and other else None


def _is_swapped(path: Path, direction: Direction) -> bool:
    """Whether a file's name says the direction's languages the other way round. Raises
    `InputError` where it says others."""
    said = _in_name(path)
    if said is None or (places := _variants.choose(said, *direction)) == (0, 1):
        return False
    if places == (1, 0):
        return True
    # `pt-br` may be one language, and words of three letters are often none.
    if _is_one(*said) or (places == (None, None) and max(map(len, map(languages.base, said))) == 3):
        return False
    raise InputError(
        path,
        f"its name says {said[0]} and {said[1]}; expected {direction.source} and "
        f"{direction.target}. If it does not mean that, say which columns hold the texts: "
        "'source_column: 1, target_column: 2'",
    )


def _is_one(language: str, region: str) -> bool:
    from babel.languages import get_official_languages

    official = get_official_languages(region.upper(), regional=True, de_facto=True)
    return languages.base(language) in official


def _turned(
    texts: tuple[str, str], spoken: tuple[str, str], direction: Direction
) -> tuple[str, str] | str:
    """The texts of a row that says its languages, in the direction asked for; or why there are
    none."""
    codes = [_called(each.strip(), direction) or each.strip() for each in spoken]
    places = _variants.choose(codes, *direction)
    if None not in places:
        return texts if places == (0, 1) else (texts[1], texts[0])
    said = [each.strip()[:40] or "(nothing)" for each in spoken]
    return (
        f"the row is from {said[0]} to {said[1]}; expected {direction.source} and "
        f"{direction.target}"
    )


class Asked(Protocol):
    """The options of a reader of tables in text: columns by their number from 1 or by name."""

    @property
    def path(self) -> Path: ...
    @property
    def source_column(self) -> int | str | None: ...
    @property
    def target_column(self) -> int | str | None: ...
    @property
    def document_column(self) -> int | str | None: ...
    @property
    def header(self) -> bool: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Given:
    """Whether the first row is told to name the columns, and whether of many columns the first two
    are taken where it does not."""

    header: bool
    first_two: bool


@dataclass(frozen=True)
class Places:
    """The columns of a table in text, from 0, and whether its first row names them."""

    texts: tuple[int, int]
    document: int | None
    languages: tuple[int, int] | None
    named: bool

    @property
    def needed(self) -> int:
        """How many columns a row must have."""
        some = [each for each in (self.document,) if each is not None]
        return 1 + max(*self.texts, *some, *(self.languages or ()))


def _places_in(
    options: Asked, path: Path, first: Sequence[str], direction: Direction, given: Given
) -> Places:
    """The columns that are asked for, else those that the first row says, else the first two.

    Raises `LookupError` with what to tell where one is not there or there is no telling, and
    `InputError` where the file's name says other languages.
    """
    asked = (options.source_column, options.target_column)
    spoken = languages_in(first)
    if asked == (None, None):
        texts, names_them = _usual(path, first, direction, given, spoken is None)
    else:
        one, other = (_place(first, each, direction, place) for place, each in enumerate(asked))
        texts, names_them = (one, other), _is_header(first, (one, other), direction)
    document = options.document_column
    where = None if document is None else _place(first, document, direction, 0)
    names_them = names_them or given.header or spoken is not None
    by_name = any(isinstance(each, str) for each in (*asked, document))
    return Places(texts, where, spoken, names_them or by_name)


def _usual(
    path: Path, first: Sequence[str], direction: Direction, given: Given, by_name: bool
) -> tuple[tuple[int, int], bool]:
    """The columns where none are asked for, of which the file's name may say the order; and
    whether the first row names them."""
    roles = _by(first, _ROLES)
    spoken = None if roles else _by_language(first, direction)
    swapped = by_name and not spoken and _is_swapped(path, direction)
    found = roles or spoken
    if found is None and len(first) > 2 and not given.first_two:
        raise LookupError(
            f"has {len(first)} columns, of which none is called source or target or after the "
            "languages; say which hold the texts: 'source_column: 1, target_column: 2'"
        )
    texts = found or (0, 1)
    return (texts[1], texts[0]) if swapped else texts, found is not None


def _place(first: Sequence[str], asked: int | str | None, direction: Direction, usual: int) -> int:
    if isinstance(asked, str):
        return named(first, _pairs.filled(asked, *direction))
    return usual if asked is None else asked - 1


def _is_header(first: Sequence[str], texts: tuple[int, int], direction: Direction) -> bool:
    """Whether a first row plainly names the columns that hold the texts."""
    if len(first) <= max(texts):
        return False
    names = [first[each] for each in texts]
    if _by(names, _ROLES) or _by(names[::-1], _ROLES):
        return True
    return None not in _variants.choose([_language(each, direction) for each in names], *direction)


def in_one(
    options: Asked,
    rows: Callable[[Path], Iterator[_rows.Row | Unread]],
    directions: Sequence[Direction],
    first_two: bool = False,
) -> bool:
    """Whether no text of these rows is read in two languages, as a reader's `serves` says it."""
    asked = []
    for each in directions:
        path = _pairs.of_direction(options.path, *each)
        found = rows(path) if path.is_file() else iter(())
        first = next((row for row in found if not isinstance(row, Unread)), (1, []))
        columns = _found(options, path, first, each, Given(options.header, first_two))
        if columns.languages is None:
            sides = zip(columns.texts, each, strict=True)
            asked += [((path, column), side) for column, side in sides]
    return _pairs.each_in_one(asked)


def _found(
    options: Asked, path: Path, row: _rows.Row, direction: Direction, given: Given
) -> Places:
    try:
        return _places_in(options, path, row[1], direction, given)
    except LookupError as error:
        raise InputError(path, error.args[0], row[0]) from None


def units(
    options: Asked,
    rows: Callable[[Path], Iterable[_rows.Row | Unread]],
    direction: Direction,
    too_few: Callable[[list[str], int], str],
    first_two: bool = False,
) -> Iterator[Pair | Unread]:
    """One unit per row; one that is blank on both sides is left out, one with `too_few` columns or
    in other languages is unread. `first_two` columns are the usual ones whatever follows.

    Raises `InputError` where the columns are not those asked for, or there is no telling which.
    """
    path = _pairs.of_direction(options.path, *direction)
    collection = _pairs.collection(options.path, path)
    columns: Places | None = None
    given = Given(options.header, first_two)
    for row in rows(path):
        if isinstance(row, Unread):
            # The line behind a header that cannot be read is none.
            given = Given(False, first_two)
            yield row
            continue
        number, cells = row
        if columns is None:
            columns = _found(options, path, row, direction, given)
            if columns.named:
                continue
        if len(cells) < columns.needed:
            yield Unread(path, too_few(cells, columns.needed), number)
            continue
        document = "" if columns.document is None else cells[columns.document].strip()
        unit = _unit(
            _two(cells, columns.texts),
            columns.languages and _two(cells, columns.languages),
            direction,
            f"{collection}:{path.name}:{number}",
            (path, number),
            {**options.meta, **_pairs.place(f"{path}:{document}", number, bool(document))},
        )
        if unit is not None:
            yield unit


def _two(cells: Sequence[str], places: tuple[int, int]) -> tuple[str, str]:
    return cells[places[0]], cells[places[1]]


def _unit(
    texts: tuple[str, str],
    spoken: tuple[str, str] | None,
    direction: Direction,
    origin: str,
    place: tuple[Path, int],
    meta: Mapping[str, Any],
) -> Pair | Unread | None:
    """The unit of a row that may say its languages."""
    if spoken and any(map(_pairs.tidy, texts)):
        turned = _turned(texts, spoken, direction)
        if isinstance(turned, str):
            return Unread(place[0], turned, place[1])
        texts = turned
    return _pairs.unit(texts, direction, origin, place, meta)


@dataclass(frozen=True)
class Table:
    """Where rows come from: the file or data set, the first part of its pairs' origins, and what is
    written into every pair."""

    path: Path
    collection: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    def columns(
        self, names: Sequence[str], wanted: Sequence[str | None], direction: Direction
    ) -> tuple[str, ...]:
        """The names of the columns of source and target: those `wanted`, else the usual ones; and
        of the two that say the languages of each row, where there are such. Raises `InputError`
        where it has none of the first."""
        try:
            usual = None if all(wanted) else find(names, direction)
            if usual is None and not all(wanted):
                raise LookupError(
                    f"has the columns {', '.join(names) or '(none)'}; expected source and target, "
                    "or columns called after the languages, or say which: "
                    "'source: NAME, target: NAME'"
                )
            found = [
                names[place]
                if each is None
                else names[named(names, _pairs.filled(each, *direction))]
                for each, place in zip(wanted, usual or (0, 0), strict=True)
            ]
        except LookupError as error:
            raise InputError(self.path, error.args[0]) from None
        return (*found, *(names[place] for place in languages_in(names) or ()))

    def units(
        self,
        rows: Iterable[Mapping[str, Any]],
        columns: Sequence[str],
        direction: Direction,
        done: int = 0,
    ) -> Iterator[Pair | Unread]:
        """One unit per row, the first of which follows `done` others; a row that is blank on both
        sides is left out."""
        for number, row in enumerate(rows, start=done + 1):
            values = [value(row, name) for name in columns]
            problems = filter(None, map(_pairs.no_text, columns, values))
            if problem := next(problems, ""):
                yield Unread(self.path, problem, number)
                continue
            texts = [each or "" for each in values]
            unit = _unit(
                (texts[0], texts[1]),
                (texts[2], texts[3]) if len(texts) > 2 else None,
                direction,
                f"{self.collection}:{self.path.name}:{number}",
                (self.path, number),
                self.meta,
            )
            if unit is not None:
                yield unit


def value(row: Mapping[str, Any], name: str) -> Any:
    """What a row holds under a name, or inside a structure under `structure.name`."""
    if name in row:
        return row[name]
    outer, _, inner = name.partition(".")
    inside = row.get(outer)
    return inside.get(inner) if isinstance(inside, Mapping) else None
