"""The corpus stage: inputs are read, filters drop pairs one after another, a ledger counts.

    inputs ──pairs──▶ filter ──kept──▶ filter ──kept──▶ … ──▶ pairs.jsonl
                        └──────dropped───┴──────────────────▶ rejects.jsonl

Everything streams: no step holds more pairs than it needs to judge the next one. Of several
directions one goes through after the other, each by filters that have seen none of another's.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bayling import config, jsonl, manifest, parts, terminal
from bayling.corpus.filters import Verdict
from bayling.corpus.readers import Unread
from bayling.corpus.readers._formats import guess as guess
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Json, Pair

if TYPE_CHECKING:
    from bayling.config import Corpus

_EXAMPLES = 10
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


@dataclass
class _Tally:
    """What one filter did. `examples` is a fair sample of what it dropped, `first_in` the first
    reason in each direction."""

    name: str
    seen: int = 0
    dropped: int = 0
    examples: list[Json] = field(default_factory=list)
    dropped_in: Counter[Direction] = field(default_factory=Counter)
    first_in: dict[Direction, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def drop(self, pair: Pair, reason: str, direction: Direction) -> None:
        self.dropped += 1
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
            "examples": self.examples,
        }


def run(settings: Corpus, directions: Sequence[Direction], folder: Path) -> Json:
    """Write `pairs.jsonl`, `rejects.jsonl` and `ledger.json` to `folder` and return the ledger.

    A folder that is whole and made from the same inputs and settings is left as it is. Raises
    `InputError` for what cannot be read and `UserError` where no pair of a direction is left.
    """
    began = time.monotonic()
    readers = [_reader(spec, directions) for spec in settings.inputs]
    filters = [_filter(spec) for spec in settings.filters]
    plan = manifest.Plan(
        stage="corpus",
        settings={**settings.model_dump(mode="json"), **_told(directions)},
        inputs=_hashes(readers),
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"The pairs in {folder} are up to date; the corpus stage is skipped.")
        stored: Json = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
        return stored
    # Beside the folder first: a broken input costs nothing that was whole.
    work = folder.resolve().with_name(folder.resolve().name + ".partial")
    folder.mkdir(parents=True, exist_ok=True)
    work.mkdir(exist_ok=True)
    tallies = [_Tally(part.label) for part in filters]
    ledger = _write(readers, filters, tallies, directions, work)
    for direction in directions:
        _require_some(ledger, direction, tallies, work)
    manifest.write_json(work / "ledger.json", ledger)
    manifest.begin(folder)
    for name in _OUTPUTS:
        os.replace(work / name, folder / name)
    work.rmdir()
    counts = {"read": ledger["read"], "kept": ledger["kept"]}
    if len(directions) > 1:
        counts["kept_by_direction"] = {_name(each): each["kept"] for each in ledger["directions"]}
    manifest.write(folder, plan, _OUTPUTS, counts, time.monotonic() - began)
    _show(ledger)
    return ledger


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


def _filter(spec: config.Spec) -> _Part:
    name, values = parts.split(spec)
    return _Part(name, parts.load("filter", name), parts.options("filter", name, values))


def _hashes(readers: Sequence[_Part]) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for reader in readers:
        for path in (path for each in reader.directions for path in _files(reader, each)):
            if not path.is_file():
                is_what = "is a folder; expected a file" if path.is_dir() else "no such file"
                raise InputError(path, is_what)
            if str(path) not in hashes:
                hashes[str(path)] = manifest.sha256(path)
    return hashes


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
    readers: list[_Part],
    filters: list[_Part],
    tallies: list[_Tally],
    directions: Sequence[Direction],
    folder: Path,
) -> Json:
    counts: list[Json] = [
        {"input": reader.label, "read": 0, "unread": 0, "examples": []} for reader in readers
    ]
    by_direction: list[Json] = []
    seen: dict[str, int] = {}
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
            row = {"origin": unit.place, "filter": "", "reason": unit.reason}
            rejects.write(json.dumps(row, ensure_ascii=False) + "\n")

        def kept() -> Iterator[Pair]:
            for direction in directions:
                before = _read_so_far(counts)
                units = _read(readers, direction, directions, counts, leave, bar)
                pairs = _unique(units, seen)
                for part, tally in zip(filters, tallies, strict=True):
                    pairs = _filtered(pairs, part, tally, direction, reject)
                yield from pairs
                read = _read_so_far(counts) - before
                by_direction.append(_account(direction, read, tallies))

        count = jsonl.write(folder / "pairs.jsonl", (pair.to_json() for pair in kept()))
    told = _told(directions) if len(directions) == 1 else {"directions": by_direction}
    return {
        **told,
        "inputs": counts,
        "filters": [tally.to_json() for tally in tallies],
        "read": _read_so_far(counts),
        "kept": count,
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
    leave: Callable[[Unread], None],
    bar: terminal.Bar,
) -> Iterator[Pair]:
    """The pairs of all inputs; what could not be read is counted and left to `leave`. Raises
    `InputError` where an input holds nothing that could be read."""

    def note() -> str:
        return f"{_read_so_far(counts):,} pairs"

    for reader, count in zip(readers, counts, strict=True):
        if direction not in reader.directions:
            continue
        before = count["read"]
        unread: Unread | None = None
        with _asked_for(reader, direction):
            for pair in reader.module.read(reader.options, *direction):
                if isinstance(pair, Unread):
                    unread = unread or pair
                    count["unread"] += 1
                    if len(count["examples"]) < _EXAMPLES:
                        count["examples"].append(f"{pair.place}: {pair.reason}")
                    leave(pair)
                    continue
                # One that says itself that it is in another of the directions comes with that.
                if pair.direction.within(directions) not in (direction, None):
                    continue
                count["read"] += 1
                if count["read"] % 200 == 0:
                    bar.advance(0, note())
                yield pair
            if unread is not None and count["read"] == before:
                raise InputError(unread.path, unread.reason, unread.line)
        bar.advance(1, note())


def _unique(pairs: Iterator[Pair], seen: dict[str, int]) -> Iterator[Pair]:
    """The same pairs, an id that was `seen` told apart by -2, -3 …"""
    for pair in pairs:
        id = pair.id
        while id in seen:
            seen[pair.id] += 1
            id = f"{pair.id}-{seen[pair.id]}"
        seen[id] = 1
        yield replace(pair, id=id)


def _filtered(
    pairs: Iterator[Pair],
    part: _Part,
    tally: _Tally,
    direction: Direction,
    reject: Callable[[Pair, str, Verdict], None],
) -> Iterator[Pair]:
    # The filter consumes one copy of the stream; tee holds what it has read ahead.
    pairs, judged = itertools.tee(pairs)
    verdicts: Iterator[Verdict] = part.module.judge(judged, part.options)
    for pair, verdict in zip(pairs, verdicts, strict=True):
        tally.seen += 1
        if verdict.keep:
            yield pair
        else:
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
