"""The corpus stage: inputs are read, filters drop pairs one after another, a ledger counts.

    inputs ──pairs──▶ filter ──kept──▶ filter ──kept──▶ … ──▶ pairs.jsonl
      └──unread─────────┴──────dropped───┴──────────────────▶ rejects.jsonl

Everything streams: no step holds more pairs than it needs to judge the next one (`_sieve.py`). The
files are the same, byte for byte, however many processes there are. Of several directions one goes
through after the other, each by filters that have seen none of another's.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import bayling
from bayling import config, jsonl, manifest, parts, processes, terminal
from bayling.corpus import _ledger, _scores, _seen, _sieve, _spoken
from bayling.corpus.filters import Verdict
from bayling.corpus.readers import Unread
from bayling.corpus.readers._formats import guess as guess
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Json, Pair

if TYPE_CHECKING:
    from bayling.config import Corpus

# Units after which the bar is moved.
_STEP = 2000
# Readers of whatever lies in a folder, pairs of ours too.
_TAKES_ALL = ("folder", "dataset")
_OUTPUTS = ("pairs.jsonl", "rejects.jsonl", "ledger.json")


def run(settings: Corpus, directions: Sequence[Direction], folder: Path) -> Json:
    """Write `pairs.jsonl`, `rejects.jsonl` and `ledger.json` to `folder` and return the ledger.

    A folder that is whole and made from the same inputs and settings is left as it is. Raises
    `InputError` for what cannot be read and `UserError` where no pair of a direction is left.
    """
    began = time.monotonic()
    _require_apart(settings, folder)
    readers = [_reader(spec, directions) for spec in settings.inputs]
    filters = [_filter(spec) for spec in settings.filters]
    plan = manifest.Plan(
        stage="corpus",
        settings={
            **settings.model_dump(mode="json", exclude={"workers", "engine"}),
            **_told(directions),
        },
        inputs=_hashes(readers, filters),
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"The pairs in {folder} are up to date; the corpus stage is skipped.")
        stored: Json = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
        return stored
    # Beside the folder first: a broken input costs nothing that was whole.
    work = folder.resolve().with_name(folder.resolve().name + ".partial")
    _make(work, folder)
    tallies = [_ledger.Tally(part.label) for part in filters]
    share = _engine(settings)
    # What the net gives may be something else the next time.
    is_fixed = all(_files(reader, each) for reader in readers for each in reader.directions)
    read = settings.model_dump(mode="json")["inputs"]
    made_from = [bayling.__version__, plan.inputs, read, _told(directions)]
    measuring = _sieve.measuring(filters, made_from) if is_fixed else {}
    with _scores.Scores(folder, work, measuring) as scores:
        sieve = _sieve.Sieve(filters, tallies, share, scores)
        ledger = _write(readers, sieve, directions, work)
    for direction in directions:
        _require_some(ledger, direction, tallies, work)
    manifest.write_json(work / "ledger.json", ledger)
    manifest.begin(folder)
    scores.move()
    for name in _OUTPUTS:
        os.replace(work / name, folder / name)
    with suppress(OSError):  # something else lies in it
        work.rmdir()
    counts = {"read": ledger["read"], "kept": ledger["kept"]}
    if len(directions) > 1:
        counts["kept_by_direction"] = {
            _ledger.name(each): each["kept"] for each in ledger["directions"]
        }
    manifest.write(folder, plan, _OUTPUTS, counts, time.monotonic() - began)
    _ledger.show(ledger)
    _spoken.say(folder / "pairs.jsonl")
    terminal.say(f"Written: {', '.join(str(folder / name) for name in _OUTPUTS)}")
    return ledger


def _make(work: Path, folder: Path) -> None:
    """An empty folder to work in. Raises `UserError` where `folder` cannot be one."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder to write to.")
    try:
        work.mkdir(parents=True, exist_ok=True)
        _clear(work)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        problem = error.strerror or str(error)
        raise UserError(f"{folder} cannot be made ({problem}); name another folder.") from error


def _clear(work: Path) -> None:
    """Take away what a run left there that was killed, and nothing else."""
    for path in work.iterdir():
        ours = path.name in _OUTPUTS or path.suffix == ".partial" or _scores.is_one(path)
        if ours and not path.is_dir():
            path.unlink()


def pairs(settings: Corpus, directions: Sequence[Direction]) -> Iterator[Pair]:
    """The pairs of the inputs, before any filter, direction by direction. Raises `InputError` for
    what cannot be read."""
    readers = [_reader(spec, directions) for spec in settings.inputs]
    counts = [_no_count(reader) for reader in readers]
    with terminal.bar("Reading", total=sum(len(each.directions) for each in readers)) as bar:
        for direction in directions:
            for unit in _read(readers, direction, directions, counts, bar):
                if isinstance(unit, Pair):
                    yield unit


def _no_count(reader: _sieve.Part) -> Json:
    return {"input": reader.label, "read": 0, "unread": 0, "files": {}, "examples": []}


def _told(directions: Sequence[Direction]) -> Json:
    """The directions as manifest and ledger say them; one alone by its two languages."""
    if len(directions) == 1:
        return {"source_lang": directions[0].source, "target_lang": directions[0].target}
    return {"directions": list(map(str, directions))}


def _reader(spec: config.Spec, directions: Sequence[Direction]) -> _sieve.Part:
    """An input, to be read in the directions that it names, or else in all. Raises `UserError`
    where it cannot."""
    name, values, own = config.reader(spec)
    module, options = parts.load("reader", name), parts.options("reader", name, values)
    label = " ".join(map(str, values.values())) or name
    try:
        label.encode()
    except UnicodeEncodeError as error:
        shown = label.encode(errors="replace").decode()
        raise UserError(f"corpus.inputs, {shown}: its name is not UTF-8; rename it.") from error
    listed = ", ".join(map(str, directions))
    if strange := [str(each) for each in own if each not in directions]:
        raise UserError(
            f"corpus.inputs, {label}: is for {', '.join(strange)}; the recipe's directions are "
            f"{listed}."
        )
    asked = own or tuple(directions)
    if len(asked) > 1 and hasattr(module, "serves") and not module.serves(options, asked):
        raise UserError(
            f"corpus.inputs, {label}: cannot be read in all of {', '.join(map(str, asked))}; the "
            "same text would be in two languages. Say which directions it is for, as in "
            "'directions: [en>de]', or let {source_lang} and {target_lang} stand for the languages "
            "(bayling explain reader)."
        )
    return _sieve.Part(label, module, options, asked, bool(own))


def _require_apart(settings: Corpus, folder: Path) -> None:
    """Raises `UserError` where what is written would be read, and so would never end."""
    for spec in settings.inputs:
        name, values, _ = config.reader(spec)
        path = Path(str(values.get("path")))
        if name in _TAKES_ALL and folder.resolve().is_relative_to(path.resolve()):
            raise UserError(
                f"corpus.inputs, {path}: {folder} lies in it, and what is written there would be "
                "read again; write elsewhere with --out."
            )


def _filter(spec: config.Spec) -> _sieve.Part:
    name, values = parts.split(spec)
    return _sieve.Part(name, parts.load("filter", name), parts.options("filter", name, values))


def _hashes(readers: Sequence[_sieve.Part], filters: Sequence[_sieve.Part]) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for path in _opened(readers, filters):
        if not path.is_file():
            is_what = "is a folder; expected a file" if path.is_dir() else "no such file"
            raise InputError(path, is_what)
        if str(path) not in hashes:
            hashes[str(path)] = manifest.sha256(path)
    return hashes


def _opened(readers: Sequence[_sieve.Part], filters: Sequence[_sieve.Part]) -> Iterator[Path]:
    """The files that are read."""
    for reader in readers:
        for direction in reader.directions:
            yield from _files(reader, direction)
    for part in filters:
        if hasattr(part.module, "inputs"):
            yield from part.module.inputs(part.options)


def _files(reader: _sieve.Part, direction: Direction) -> list[Path]:
    with _asked_for(reader, direction):
        found: list[Path] = reader.module.inputs(reader.options, *direction)
    return found


@contextmanager
def _asked_for(reader: _sieve.Part, direction: Direction) -> Iterator[None]:
    """Tells who reads an input in all directions of a recipe that it may be for some of them."""
    try:
        yield
    except InputError as error:
        if reader.names or len(reader.directions) == 1:
            raise
        raise UserError(
            f"{str(error).rstrip('.')}. The recipe has the direction {direction}; if this input is "
            "for others only, name them: 'directions: [en>de]' beside its options."
        ) from error


def _write(
    readers: list[_sieve.Part], sieve: _sieve.Sieve, directions: Sequence[Direction], folder: Path
) -> Json:
    counts = [_no_count(reader) for reader in readers]
    by_direction: list[Json] = []
    lengths = _ledger.no_lengths()
    seen = _seen.Numbers()
    with (
        open(folder / "rejects.jsonl", "w", encoding="utf-8", newline="\n") as rejects,
        terminal.bar("Cleaning", total=sum(len(each.directions) for each in readers)) as bar,
    ):

        def reject(pair: Pair, name: str, verdict: Verdict) -> None:
            said = {"filter": name, "reason": verdict.reason, "score": verdict.score}
            rejects.write(f"{pair.to_line()[:-1]}, {jsonl.line(said)[1:]}\n")

        def leave(unit: Unread) -> None:
            row = {
                "source": "",
                "target": "",
                "origin": unit.place,
                "filter": "",
                "reason": unit.reason,
            }
            rejects.write(jsonl.line(row) + "\n")

        def kept() -> Iterator[Pair]:
            for direction in directions:
                before = _read_so_far(counts)
                units = _unique(_read(readers, direction, directions, counts, bar), seen)
                for pair in sieve.through(units, direction, leave, reject):
                    lengths[_ledger.length(pair)] += 1
                    yield pair
                read = _read_so_far(counts) - before
                by_direction.append(_ledger.account(direction, read, sieve.tallies))

        count = jsonl.write_lines(folder / "pairs.jsonl", (pair.to_line() for pair in kept()))
    _ledger.count_seen(sieve.tallies, _read_so_far(counts))
    told = _told(directions) if len(directions) == 1 else {"directions": by_direction}
    return {
        **told,
        "inputs": counts,
        "filters": [tally.to_json() for tally in sieve.tallies],
        "read": _read_so_far(counts),
        "kept": count,
        "lengths": {"up_to": list(_ledger.LENGTHS), "kept": lengths},
    }


def _read_so_far(counts: Sequence[Json]) -> int:
    return sum(count["read"] for count in counts)


def _read(
    readers: Sequence[_sieve.Part],
    direction: Direction,
    directions: Sequence[Direction],
    counts: Sequence[Json],
    bar: terminal.Bar,
) -> Iterator[Pair | Unread]:
    """The units of all inputs, counted. Raises `InputError` where an input holds nothing that could
    be read."""

    def note() -> str:
        return f"{_read_so_far(counts):,} pairs"

    # A hostile file may invent languages without end.
    @lru_cache(maxsize=4096)
    def belongs(source_lang: str, target_lang: str) -> bool:
        return Direction(source_lang, target_lang).within(directions) in (direction, None)

    for reader, count in zip(readers, counts, strict=True):
        if direction not in reader.directions:
            continue
        before, unread = count["read"], None
        with _asked_for(reader, direction):
            for unit in reader.module.read(reader.options, *direction):
                if isinstance(unit, Unread):
                    unread = unread or unit
                    count["unread"] += 1
                    file = str(unit.path)
                    if file in count["files"] or len(count["files"]) < _ledger.FILES:
                        count["files"][file] = count["files"].get(file, 0) + 1
                    if len(count["examples"]) < _ledger.EXAMPLES:
                        count["examples"].append(f"{unit.place}: {unit.reason}")
                # One that says itself that it is in another of the directions comes with that.
                elif belongs(unit.source_lang, unit.target_lang):
                    count["read"] += 1
                    if count["read"] % _STEP == 0:
                        bar.advance(0, note())
                else:
                    continue
                yield unit
            if unread is not None and count["read"] == before:
                raise InputError(unread.path, unread.reason, unread.line)
        bar.advance(1, note())


def _unique(units: Iterator[Pair | Unread], seen: _seen.Numbers) -> Iterator[Pair | Unread]:
    """The same units, an id of a pair that was `seen` told apart by -2, -3 …"""
    for unit in units:
        if isinstance(unit, Unread):
            yield unit
            continue
        key = _seen.key(unit.id)
        if not (times := seen.setdefault(key, 1)):
            yield unit
            continue
        while (other := _seen.key(f"{unit.id}-{times + 1}")) in seen:
            times += 1
        seen.put(key, times + 1)
        seen.put(other, 1)
        yield replace(unit, id=f"{unit.id}-{times + 1}")


def _engine(settings: Corpus) -> _sieve.Share:
    """What asks a function about lots of pairs, many at a time, and gives the answers in order."""
    workers = settings.workers or processes.cores()
    if settings.engine == "ray":
        from bayling.corpus import _ray

        return partial(_ray.in_order, workers=workers)
    return partial(processes.in_order, workers=workers)


def _require_some(
    ledger: Json, direction: Direction, tallies: Sequence[_ledger.Tally], folder: Path
) -> None:
    accounts = {_ledger.name(each): each for each in ledger.get("directions", ())}
    account = accounts.get(str(direction), ledger)
    swapped = sum(each.swapped_in[direction] for each in tallies)
    if 2 * swapped > account["read"]:
        raise UserError(
            f"Of {account['read']:,} pairs from {direction.source} to {direction.target} "
            f"{swapped:,} have neither side in its language: the two sides seem to stand the other "
            "way round. Exchange the languages, the files or the columns. See "
            f"{folder / 'rejects.jsonl'}."
        )
    if account["kept"]:
        return
    languages = f"{direction.source} to {direction.target}"
    if not account["read"]:
        raise UserError(f"The inputs hold no pair from {languages}; nothing was read.")
    most = max(tallies, key=lambda each: each.dropped_in[direction])
    raise UserError(
        f"No pair from {languages} is left of {account['read']} read. The filter "
        f"'{most.name}' dropped most, {most.dropped_in[direction]}, for example because "
        f"{most.first_in[direction]}. See {folder / 'rejects.jsonl'}."
    )
