"""What became of the pairs: each filter's count, and the ledger as a table."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bayling import terminal
from bayling.corpus.filters import Verdict
from bayling.languages import Direction
from bayling.records import Json, Pair

EXAMPLES = 10
# Files of an input of which it is told how much of each could not be read.
FILES = 100
_SHOWN = 5
# Sources by their length: up to so many characters, and longer ones.
LENGTHS = (8, 16, 32, 64, 128, 256, 512)
_LANGUAGE = "language"


@dataclass
class Tally:
    """What one filter did.

    `lengths` are those of the sources it dropped, as in `LENGTHS`, `examples` a fair sample of
    these, `first_in` the first reason in each direction, `swapped_in` how many pairs had neither
    side in its language. `seen`, how many pairs came to it, is told by `count_seen` at the end.
    """

    name: str
    seen: int = 0
    dropped: int = 0
    lengths: list[int] = field(default_factory=lambda: no_lengths())
    examples: list[Json] = field(default_factory=list)
    dropped_in: Counter[Direction] = field(default_factory=Counter)
    swapped_in: Counter[Direction] = field(default_factory=Counter)
    first_in: dict[Direction, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def drop(self, pair: Pair, verdict: Verdict, direction: Direction) -> None:
        reason = verdict.reason
        self.dropped += 1
        self.swapped_in[direction] += self.name == _LANGUAGE and verdict.score == 0
        self.lengths[length(pair)] += 1
        self.dropped_in[direction] += 1
        self.first_in.setdefault(direction, reason)
        example = {"source": pair.source, "target": pair.target, "reason": reason}
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)
        elif (place := self.chance.randrange(self.dropped)) < EXAMPLES:
            self.examples[place] = example

    def to_json(self) -> Json:
        return {
            "filter": self.name,
            "seen": self.seen,
            "dropped": self.dropped,
            "lengths": self.lengths,
            "examples": self.examples,
        }


def count_seen(tallies: Sequence[Tally], read: int) -> None:
    """Tell each filter how many pairs it has seen: those that none before it dropped."""
    for tally in tallies:
        tally.seen = read
        read -= tally.dropped


def no_lengths() -> list[int]:
    return [0] * (len(LENGTHS) + 1)


def length(pair: Pair) -> int:
    return bisect_left(LENGTHS, len(pair.source))


def account(direction: Direction, read: int, tallies: Sequence[Tally]) -> Json:
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


def name(account: Json) -> str:
    return str(Direction(account["source_lang"], account["target_lang"]))


def show(ledger: Json) -> None:
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
        table.add_row(Text(f"kept {name(each)}"), f"{each['kept']:,}", lost)
    table.add_row("kept", f"{ledger['kept']:,}", f"{ledger['read'] - ledger['kept']:,}")
    terminal.console().print(table)
    terminal.console().print(_by_length(ledger))
    for count in ledger["inputs"]:
        if not count["unread"]:
            continue
        most = sorted(count["files"].items(), key=lambda each: -each[1])[:_SHOWN]
        told = ", ".join(f"{file} {number:,}" for file, number in most)
        more = ", …" if len(count["files"]) > _SHOWN else ""
        by_file = f" (by file: {told}{more})" if len(count["files"]) > 1 else ""
        terminal.say(
            f"Note: of {count['input']} {count['unread']:,} could not be read{by_file}, the first: "
            f"{count['examples'][0]}"
        )


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
