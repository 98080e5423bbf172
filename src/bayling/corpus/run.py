"""The corpus stage: inputs are read, filters drop pairs one after another, a ledger counts.

    inputs ──pairs──▶ filter ──kept──▶ filter ──kept──▶ … ──▶ pairs.jsonl
      └──unread─────────┴──────dropped───┴──────────────────▶ rejects.jsonl

Everything streams: no step holds more pairs than it needs to judge the next one. What a filter that
does not look back says of a pair depends on that pair alone, so some processes say it of some
thousand pairs each; the filters that look back then see, in order, what the ones before them left.
The files are the same, byte for byte, however many processes there are. Of several directions one
goes through after the other, each by filters that have seen none of another's.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import bayling
from bayling import config, jsonl, manifest, parts, processes, terminal
from bayling.corpus import _scores
from bayling.corpus.filters import Verdict, _seen
from bayling.corpus.readers import Unread
from bayling.corpus.readers._formats import guess as guess
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Json, Pair

if TYPE_CHECKING:
    from bayling.config import Corpus

_EXAMPLES = 10
# Units that one process judges at a time, and characters of theirs from which on they are enough: a
# line may have a million, and each process has several lots before it.
_LOT, _MUCH = 2000, 2_000_000
# Sources by their length: up to so many characters, and longer ones.
_LENGTHS = (8, 16, 32, 64, 128, 256, 512)
# Readers of whatever lies in a folder, pairs of ours too.
_TAKES_ALL = ("folder", "dataset")
_OUTPUTS = ("pairs.jsonl", "rejects.jsonl", "ledger.json")


@dataclass(frozen=True)
class _Part:
    """A reader or filter with its options; `label` is what the ledger calls it, `directions` are
    those that a reader is asked for, and whether its input `names` them itself."""

    label: str
    module: ModuleType
    options: Any
    directions: tuple[Direction, ...] = ()
    names: bool = False


class _Drop(NamedTuple):
    """What the first of the filters that do not look back says which drops a pair."""

    filter: int
    verdict: Verdict


# A pair and what is known of it before the filters that look back have seen it.
_Judged = tuple[Pair, _Drop | None]
# Pairs, and scores of theirs that are known; who is dropped, by place, and the scores.
_Lot = tuple[list[Pair], _scores.Known]
_Answer = tuple[dict[int, _Drop], _scores.Known]
_Share = Callable[[Callable[[_Lot], _Answer], Iterable[_Lot]], Iterator[_Answer]]


@dataclass
class _Tally:
    """What one filter did. `lengths` are those of the sources it dropped, as in `_LENGTHS`,
    `examples` a fair sample of these, `first_in` the first reason in each direction."""

    name: str
    seen: int = 0
    dropped: int = 0
    lengths: list[int] = field(default_factory=lambda: _no_lengths())
    examples: list[Json] = field(default_factory=list)
    dropped_in: Counter[Direction] = field(default_factory=Counter)
    first_in: dict[Direction, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def drop(self, pair: Pair, reason: str, direction: Direction) -> None:
        self.dropped += 1
        self.lengths[_length(pair)] += 1
        self.dropped_in[direction] += 1
        self.first_in.setdefault(direction, reason)
        example = {"source": pair.source, "target": pair.target, "reason": reason}
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)
        elif (place := self.chance.randrange(self.dropped)) < _EXAMPLES:
            self.examples[place] = example

    def to_json(self) -> Json:
        return {
            "filter": self.name,
            "seen": self.seen,
            "dropped": self.dropped,
            "lengths": self.lengths,
            "examples": self.examples,
        }


def _no_lengths() -> list[int]:
    return [0] * (len(_LENGTHS) + 1)


def _length(pair: Pair) -> int:
    return bisect_left(_LENGTHS, len(pair.source))


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
    folder.mkdir(parents=True, exist_ok=True)
    # What a run left that was killed.
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    tallies = [_Tally(part.label) for part in filters]
    share = _engine(settings)
    # What the net gives may be something else the next time.
    is_fixed = all(_files(reader, each) for reader in readers for each in reader.directions)
    read = settings.model_dump(mode="json")["inputs"]
    made_from = [bayling.__version__, plan.inputs, read, _told(directions)]
    measuring = _measuring(filters, made_from) if is_fixed else {}
    with _scores.Scores(folder, work, measuring) as scores:
        sieve = _Sieve(filters, tallies, share, scores)
        ledger = _write(readers, sieve, directions, work)
    for direction in directions:
        _require_some(ledger, direction, tallies, work)
    manifest.write_json(work / "ledger.json", ledger)
    manifest.begin(folder)
    scores.move()
    for name in _OUTPUTS:
        os.replace(work / name, folder / name)
    work.rmdir()
    counts = {"read": ledger["read"], "kept": ledger["kept"]}
    if len(directions) > 1:
        counts["kept_by_direction"] = {_name(each): each["kept"] for each in ledger["directions"]}
    manifest.write(folder, plan, _OUTPUTS, counts, time.monotonic() - began)
    _show(ledger)
    return ledger


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


def _no_count(reader: _Part) -> Json:
    return {"input": reader.label, "read": 0, "unread": 0, "examples": []}


def _told(directions: Sequence[Direction]) -> Json:
    """The directions as manifest and ledger say them; one alone by its two languages."""
    if len(directions) == 1:
        return {"source_lang": directions[0].source, "target_lang": directions[0].target}
    return {"directions": list(map(str, directions))}


def _reader(spec: config.Spec, directions: Sequence[Direction]) -> _Part:
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
    return _Part(label, module, options, asked, bool(own))


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


def _filter(spec: config.Spec) -> _Part:
    name, values = parts.split(spec)
    return _Part(name, parts.load("filter", name), parts.options("filter", name, values))


def _hashes(readers: Sequence[_Part], filters: Sequence[_Part]) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for path in _opened(readers, filters):
        if not path.is_file():
            is_what = "is a folder; expected a file" if path.is_dir() else "no such file"
            raise InputError(path, is_what)
        if str(path) not in hashes:
            hashes[str(path)] = manifest.sha256(path)
    return hashes


def _opened(readers: Sequence[_Part], filters: Sequence[_Part]) -> Iterator[Path]:
    """The files that are read."""
    for reader in readers:
        for direction in reader.directions:
            yield from _files(reader, direction)
    for part in filters:
        if hasattr(part.module, "inputs"):
            yield from part.module.inputs(part.options)


def _files(reader: _Part, direction: Direction) -> list[Path]:
    with _asked_for(reader, direction):
        found: list[Path] = reader.module.inputs(reader.options, *direction)
    return found


@contextmanager
def _asked_for(reader: _Part, direction: Direction) -> Iterator[None]:
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
    readers: list[_Part], sieve: _Sieve, directions: Sequence[Direction], folder: Path
) -> Json:
    counts = [_no_count(reader) for reader in readers]
    by_direction: list[Json] = []
    lengths = _no_lengths()
    seen = _seen.Numbers()
    with (
        open(folder / "rejects.jsonl", "w", encoding="utf-8", newline="\n") as rejects,
        terminal.bar("Cleaning", total=sum(len(each.directions) for each in readers)) as bar,
    ):

        def reject(pair: Pair, name: str, verdict: Verdict) -> None:
            row = {
                **pair.to_json(),
                "filter": name,
                "reason": verdict.reason,
                "score": verdict.score,
            }
            rejects.write(json.dumps(row, ensure_ascii=False) + "\n")

        def leave(unit: Unread) -> None:
            row = {
                "source": "",
                "target": "",
                "origin": unit.place,
                "filter": "",
                "reason": unit.reason,
            }
            rejects.write(json.dumps(row, ensure_ascii=False) + "\n")

        def kept() -> Iterator[Pair]:
            for direction in directions:
                before = _read_so_far(counts)
                units = _unique(_read(readers, direction, directions, counts, bar), seen)
                judged = _judged(units, sieve, leave)
                for number, (part, tally) in enumerate(sieve.steps()):
                    drop = partial(_drop, tally, direction, reject)
                    if _looks_back(part):
                        judged = _looked_back(judged, part, drop, tally)
                    else:
                        judged = _passed(judged, number, drop, tally)
                for pair, _ in judged:
                    lengths[_length(pair)] += 1
                    yield pair
                read = _read_so_far(counts) - before
                by_direction.append(_account(direction, read, sieve.tallies))

        count = jsonl.write(folder / "pairs.jsonl", (pair.to_json() for pair in kept()))
    told = _told(directions) if len(directions) == 1 else {"directions": by_direction}
    return {
        **told,
        "inputs": counts,
        "filters": [tally.to_json() for tally in sieve.tallies],
        "read": _read_so_far(counts),
        "kept": count,
        "lengths": {"up_to": list(_LENGTHS), "kept": lengths},
    }


def _account(direction: Direction, read: int, tallies: Sequence[_Tally]) -> Json:
    dropped: Counter[str] = Counter()
    for tally in tallies:
        dropped[tally.name] += tally.dropped_in[direction]
    return {
        "source_lang": direction.source,
        "target_lang": direction.target,
        "read": read,
        "dropped": dict(dropped),
        "kept": read - dropped.total(),
    }


def _name(account: Json) -> str:
    return str(Direction(account["source_lang"], account["target_lang"]))


def _read_so_far(counts: Sequence[Json]) -> int:
    return sum(count["read"] for count in counts)


def _read(
    readers: Sequence[_Part],
    direction: Direction,
    directions: Sequence[Direction],
    counts: Sequence[Json],
    bar: terminal.Bar,
) -> Iterator[Pair | Unread]:
    """The units of all inputs, counted. Raises `InputError` where an input holds nothing that could
    be read."""

    def note() -> str:
        return f"{_read_so_far(counts):,} pairs"

    for reader, count in zip(readers, counts, strict=True):
        if direction not in reader.directions:
            continue
        before, unread = count["read"], None
        with _asked_for(reader, direction):
            for unit in reader.module.read(reader.options, *direction):
                if isinstance(unit, Unread):
                    unread = unread or unit
                    count["unread"] += 1
                    if len(count["examples"]) < _EXAMPLES:
                        count["examples"].append(f"{unit.place}: {unit.reason}")
                # One that says itself that it is in another of the directions comes with that.
                elif unit.direction.within(directions) in (direction, None):
                    count["read"] += 1
                    if count["read"] % _LOT == 0:
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
        if not (times := seen.get(key)):
            seen.put(key, 1)
            yield unit
            continue
        while (other := _seen.key(f"{unit.id}-{times + 1}")) in seen:
            times += 1
        seen.put(key, times + 1)
        seen.put(other, 1)
        yield replace(unit, id=f"{unit.id}-{times + 1}")


def _engine(settings: Corpus) -> _Share:
    """What asks a function about lots of pairs, many at a time, and gives the answers in order."""
    workers = settings.workers or processes.cores()
    if settings.engine == "ray":
        from bayling.corpus import _ray

        return partial(_ray.in_order, workers=workers)
    return partial(processes.in_order, workers=workers)


@dataclass(frozen=True)
class _Sieve:
    """The filters, what each did, who judges lots of pairs, and what is known of their scores."""

    filters: Sequence[_Part]
    tallies: Sequence[_Tally]
    share: _Share
    scores: _scores.Scores

    def steps(self) -> Iterator[tuple[_Part, _Tally]]:
        return zip(self.filters, self.tallies, strict=True)


def _judged(
    units: Iterable[Pair | Unread], sieve: _Sieve, leave: Callable[[Unread], None]
) -> Iterator[_Judged]:
    """Each pair with what the filters that do not look back say; the rest is left to `leave`."""
    ahead: deque[list[Pair | Unread]] = deque()

    def lots() -> Iterator[_Lot]:
        for lot in _lots(units):
            ahead.append(lot)
            pairs = [unit for unit in lot if isinstance(unit, Pair)]
            yield pairs, sieve.scores.known(len(pairs))

    for drops, scores in sieve.share(partial(_judge, sieve.filters), lots()):
        sieve.scores.keep(scores)
        number = 0
        for unit in ahead.popleft():
            if isinstance(unit, Unread):
                leave(unit)
            else:
                yield unit, drops.get(number)
                number += 1


def _lots(units: Iterable[Pair | Unread]) -> Iterator[list[Pair | Unread]]:
    lot: list[Pair | Unread] = []
    size = 0
    for unit in units:
        lot.append(unit)
        if isinstance(unit, Pair):
            size += len(unit.source) + len(unit.target)
            size += len(repr(unit.meta)) if unit.meta else 0
        if len(lot) == _LOT or size >= _MUCH:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _judge(filters: Sequence[_Part], lot: _Lot) -> _Answer:
    """Of those pairs of a lot (by their place) that filters drop which do not look back: the first;
    and what was measured."""
    pairs, known = lot
    drops: dict[int, _Drop] = {}
    measured: _scores.Known = {}
    left = list(range(len(pairs)))
    for number, part in enumerate(filters):
        if _looks_back(part):
            continue
        scores = known.get(number, _scores.none(len(pairs)))
        limit = _limit(part)
        asked = left
        if limit is not None:
            measured[number] = scores
            # What is kept needs no reason.
            asked = [place for place in left if not _scores.within(scores[place], *limit)]
        verdicts = part.module.judge((pairs[place] for place in asked), part.options)
        for place, verdict in zip(asked, verdicts, strict=True):
            scores[place] = verdict.score
            if not verdict.keep:
                drops[place] = _Drop(number, verdict)
        left = [place for place in left if place not in drops]
    return drops, measured


def _limit(part: _Part) -> tuple[float, str] | None:
    """The threshold of a filter that has one, and whether it is the "most" or the "least"."""
    named: tuple[str, str] | None = getattr(part.module, "THRESHOLD", None)
    return named and (getattr(part.options, named[0]), named[1])


def _measuring(filters: Sequence[_Part], made_from: Any) -> dict[int, tuple[str, str]]:
    """The filters whose scores are kept, with what these depend on."""
    found = {}
    for number, part in enumerate(filters):
        if _limit(part) is None or _looks_back(part):
            continue
        options = dict(vars(part.options))
        del options[part.module.THRESHOLD[0]]
        found[number] = (part.label, _scores.key([made_from, part.label], options))
    return found


def _looks_back(part: _Part) -> bool:
    return bool(getattr(part.module, "LOOKS_BACK", False))


def _passed(
    judged: Iterator[_Judged], number: int, drop: Callable[[Pair, Verdict], None], tally: _Tally
) -> Iterator[_Judged]:
    """Without the pairs that filter `number`, which does not look back, drops."""
    for pair, found in judged:
        tally.seen += 1
        if found is None or found.filter != number:
            yield pair, found
        else:
            drop(pair, found.verdict)


def _looked_back(
    judged: Iterator[_Judged], part: _Part, drop: Callable[[Pair, Verdict], None], tally: _Tally
) -> Iterator[_Judged]:
    """Without the pairs that a filter drops which looks back."""
    # The filter consumes one copy of the stream; tee holds what it has read ahead.
    judged, copy = itertools.tee(judged)
    verdicts: Iterator[Verdict] = part.module.judge((pair for pair, _ in copy), part.options)
    for (pair, found), verdict in zip(judged, verdicts, strict=True):
        tally.seen += 1
        if verdict.keep:
            yield pair, found
        else:
            drop(pair, verdict)


def _drop(
    tally: _Tally,
    direction: Direction,
    reject: Callable[[Pair, str, Verdict], None],
    pair: Pair,
    verdict: Verdict,
) -> None:
    tally.drop(pair, verdict.reason, direction)
    reject(pair, tally.name, verdict)


def _require_some(
    ledger: Json, direction: Direction, tallies: Sequence[_Tally], folder: Path
) -> None:
    accounts = {_name(each): each for each in ledger.get("directions", ())}
    account = accounts.get(str(direction), ledger)
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


def _show(ledger: Json) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Where the corpus went", title_justify="left")
    table.add_column("step")
    table.add_column("pairs", justify="right", no_wrap=True)
    table.add_column("dropped", justify="right", no_wrap=True)
    table.add_column("for example")
    for count in ledger["inputs"]:
        unread = f"{count['unread']:,} unread" if count["unread"] else ""
        reason = count["examples"][0] if count["examples"] else ""
        table.add_row(Text(f"read {count['input']}"), f"{count['read']:,}", unread, Text(reason))
    table.add_section()
    for each in ledger["filters"]:
        share = f"{each['dropped']:,} ({each['dropped'] / max(each['seen'], 1):.1%})"
        reason = each["examples"][0]["reason"] if each["examples"] else ""
        left = each["seen"] - each["dropped"]
        table.add_row(Text(each["filter"]), f"{left:,}", share, Text(reason))
    table.add_section()
    for each in ledger.get("directions", ()):
        lost = f"{each['read'] - each['kept']:,}"
        table.add_row(Text(f"kept {_name(each)}"), f"{each['kept']:,}", lost)
    table.add_row("kept", f"{ledger['kept']:,}", f"{ledger['read'] - ledger['kept']:,}")
    terminal.console().print(table)
    terminal.console().print(_by_length(ledger))


def _by_length(ledger: Json) -> Any:
    """What the filters did to the distribution of lengths, as a table."""
    from rich.table import Table

    bounds, kept = ledger["lengths"]["up_to"], ledger["lengths"]["kept"]
    dropped = [each["lengths"] for each in ledger["filters"]]
    read = [sum(counts) for counts in zip(kept, *dropped, strict=True)]
    table = Table(title="Pairs by the length of the source, in characters", title_justify="left")
    table.add_column("")
    for head in (*(f"to {each}" for each in bounds), "more"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, counts in (("read", read), ("kept", kept)):
        total = max(sum(counts), 1)
        table.add_row(name, *(f"{count / total:.1%}" for count in counts))
    return table
