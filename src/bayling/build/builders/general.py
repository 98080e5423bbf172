"""General instructions from a file, passed through with all their turns.

BayLing was tuned on general instructions in English beside its translations (papers.md §1.2). The
file is in Alpaca's, ShareGPT's or the `messages` form.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayling import terminal
from bayling.build.builders import Resources, _instructions
from bayling.records import Dialogue, Pair

# Tells the stage that one lot is enough, and that it need hold nothing.
NEEDS_PAIRS = False


@dataclass(frozen=True)
class Options:
    """The file; its dialogues are taken in random order, each once."""

    path: Path


def inputs(options: Options) -> list[Path]:
    return [options.path]


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `InputError` with the line (the place in a list) of what is no dialogue."""
    read = _instructions.read(options.path)
    usable = [(number, messages) for number, messages in read if messages]
    if len(usable) < len(read):
        terminal.say(
            f"{options.path}: {len(read) - len(usable)} of {len(read)} conversations left out, in "
            "which nobody answers, an answer is empty, or others speak than a user and an assistant"
        )
    rng.shuffle(usable)
    for number, messages in usable:
        yield Dialogue(messages, "general", "und", "und", f"general-{options.path.stem}-{number}")
