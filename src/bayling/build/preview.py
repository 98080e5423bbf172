"""Dialogues as a person would read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from pathlib import Path

from bayling.records import Dialogue, read_dialogues

_WHO = {"user": "User", "assistant": "Assistant"}


def text(path: Path, count: int) -> str:
    """The first `count` dialogues of a file, one of each kind before a second of any."""
    by_kind: dict[str, list[Dialogue]] = defaultdict(list)
    for dialogue in read_dialogues(path):
        if len(by_kind[dialogue.kind]) < count:
            by_kind[dialogue.kind].append(dialogue)
    rounds = zip_longest(*(by_kind[kind] for kind in sorted(by_kind)))
    some = islice((each for each in chain.from_iterable(rounds) if each), count)
    return "\n\n".join("\n".join(_lines(dialogue)) for dialogue in some)


def _lines(dialogue: Dialogue) -> Iterator[str]:
    """A turn a paragraph; what is learned and what it was checked for is said beside it."""
    yield f"── {dialogue.kind} ({dialogue.source_lang} → {dialogue.target_lang}) ──"
    for message in dialogue.messages:
        what = ""
        if message.role == "assistant":
            names = ", ".join(dict.fromkeys(check.kind for check in message.checks))
            what = f" (learned; checked: {names})" if message.learn else " (draft, not learned)"
        yield f"{_WHO.get(message.role, message.role)}{what}:"
        yield from (f"    {line}" for line in message.text.split("\n"))
