"""JSON lines: one object a line, with the texts under two of its keys.

A line that `Pair.to_json` wrote (so also `pairs.jsonl` and `rejects.jsonl` of another run) keeps
its id, origin, languages and meta; one in another direction is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bayling.corpus.readers import Unread, _files, _pairs
from bayling.errors import InputError, nearest
from bayling.languages import Direction
from bayling.records import Json, Pair

# What is nested deeper can be read, but not always be written again or given to another process.
_DEEPEST = 100
_PAIR_KEYS = tuple(field.name for field in fields(Pair))


@dataclass(frozen=True)
class Options:
    """A file (UTF-8, or UTF-16 with a byte-order mark) and the keys that hold the texts.

    `{source_lang}` and `{target_lang}` in the path or the keys stand for the languages' codes, so
    that one input serves every direction: `source: "{source_lang}", target: "{target_lang}"`.
    """

    path: Path
    source: str = "source"
    target: str = "target"


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    return [_pairs.of_direction(options.path, source_lang, target_lang)]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    files = {path for each in directions for path in inputs(options, *each)}
    # Pairs of ours say themselves which direction they are in.
    if any(path.is_file() and _is_own(_first(path)) for path in files):
        return True
    return _pairs.each_in_one(
        ((path, _pairs.filled(key, *each)), language)
        for each in directions
        for path in inputs(options, *each)
        for key, language in zip((options.source, options.target), each, strict=True)
    )


def _first(path: Path) -> Json:
    return next((each[1] for each in _rows(path) if not isinstance(each, Unread)), {})


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per object; a line that is no object with two texts is unread.

    Raises `InputError` where all pairs of ours are in other directions.
    """
    direction = Direction(source_lang, target_lang)
    (path,) = inputs(options, *direction)
    collection = _pairs.collection(options.path, path)
    keys = [_pairs.filled(key, *direction) for key in (options.source, options.target)]
    some, other = False, None
    for each in _rows(path):
        if isinstance(each, Unread):
            some = True
            yield each
            continue
        number, row = each
        unit = _unit(path, collection, number, row, keys, direction)
        if isinstance(unit, Pair) and _is_own(row) and not unit.direction.within([direction]):
            other = other or (number, unit)
        elif unit is not None:
            some = True
            yield unit
    if other and not some:
        raise _of_others(path, *other, direction)


def _rows(path: Path) -> Iterator[tuple[int, Json] | Unread]:
    """(line, object) of each line that is not blank, or why it is none."""
    for each in _files.lines(path):
        if isinstance(each, Unread):
            yield each
            continue
        number, line = each
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            # Not JSON, a number too long for Python to read, or brackets in brackets in brackets.
            problem = getattr(error, "msg", error)
            yield Unread(path, f"not valid JSON ({problem}); expected one object a line", number)
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield Unread(path, f"expected a JSON object, found {type(row).__name__}", number)


def _unit(
    path: Path, collection: str, number: int, row: Json, keys: Sequence[str], direction: Direction
) -> Pair | Unread | None:
    texts = []
    for key in keys:
        if key not in row:
            # What cannot be shown may be no character.
            known = filter(str.isprintable, row)
            return Unread(path, f"the object has no key '{key}'.{nearest(key, known)}", number)
        if problem := _pairs.no_text(key, row[key]):
            return Unread(path, problem, number)
        texts.append(row[key] or "")
    origin = f"{collection}:{path.name}:{number}"
    unit = _pairs.unit((texts[0], texts[1]), direction, origin, (path, number))
    return _own(path, number, row) if isinstance(unit, Pair) and _is_own(row) else unit


def _is_own(row: Json) -> bool:
    return all(key in row for key in _PAIR_KEYS)


def _own(path: Path, number: int, row: Json) -> Pair | Unread:
    for key in _PAIR_KEYS:
        kind: type = dict if key == "meta" else str
        if not isinstance(row[key], kind):
            what = "text" if kind is str else "an object"
            return Unread(path, f"'{key}' of a pair of ours has to be {what}", number)
    if _depth(row["meta"]) > _DEEPEST:
        return Unread(path, f"'meta' is nested more than {_DEEPEST} deep", number)
    pair = Pair.from_json(
        {
            **{key: row[key] for key in _PAIR_KEYS},
            "source": _pairs.tidy(row["source"]),
            "target": _pairs.tidy(row["target"]),
        }
    )
    try:
        json.dumps(pair.to_json(), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return Unread(path, "holds half a character (a lone surrogate)", number)
    return pair


def _depth(value: Any) -> int:
    """How deep objects and lists lie in each other."""
    depth, inside = 0, [value]
    while inside := [each for each in inside if isinstance(each, (dict, list))]:
        depth += 1
        inside = [
            each
            for outer in inside
            for each in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _of_others(path: Path, number: int, pair: Pair, direction: Direction) -> InputError:
    return InputError(
        path,
        f"is a pair from {pair.source_lang} to {pair.target_lang}; expected {direction.source} to "
        f"{direction.target}, as the recipe or --from and --to say, and no line is",
        number,
    )
