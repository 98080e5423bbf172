"""Sentence after sentence of a document; then, perhaps, all of it as one paragraph.

Readers say which pairs follow each other (`document` and `place` in a pair's `meta`); pairs of a
catalogue or of a shuffled corpus do not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Annotated

from pydantic import Field

from bayling import languages
from bayling.build.builders import Resources, dialogue, expected, translated
from bayling.records import Dialogue, Message, Pair

# The end of a sentence, in any script.
_ENDS = re.compile(r"[.!?…。！？؟][\"'”’»)」』]*$")


@dataclass(frozen=True)
class Options:
    """At most `most` sentences of at most `longest` characters together; a share `paragraph` (0–1)
    of the dialogues asks for all at last."""

    most: Annotated[int, Field(ge=2)] = 4
    longest: Annotated[int, Field(ge=1)] = 600
    paragraph: Annotated[float, Field(ge=0, le=1)] = 0.5


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        following = resources.memory.following(pair, rng.randint(1, options.most - 1))
        # A headline, or a line before a listing, is not continued by what comes next.
        whole = list(takewhile(lambda each: _ENDS.search(each.target), (pair, *following)))
        lengths = accumulate(len(each.target) for each in whole)
        following = [
            each
            for each, length in zip(whole, lengths, strict=True)
            if length <= options.longest and each.source != pair.source
        ]
        if not following:
            resources.pass_over("nothing says which sentence follows it (running, document_column)")
            continue
        user = resources.user(pair, rng)
        turns = [Message("user", user.ask("translate")), translated(pair)]
        for each in following:
            turns += [Message("user", user.ask("next", source=each.source)), translated(each)]
        if rng.random() < options.paragraph:
            turns += [Message("user", user.ask("as_paragraph")), _paragraph((pair, *following))]
        yield dialogue("continue", pair, turns, *following)


def _paragraph(pairs: Sequence[Pair]) -> Message:
    """All translations in one; it has to hold what each of them has to."""
    space = " " if languages.is_spaced(pairs[0].target_lang) else ""
    checks = tuple(
        check for pair in pairs for check in expected(pair) if check.kind in ("language", "keep")
    )
    text = space.join(pair.target for pair in pairs)
    return Message("assistant", text, True, (), checks)
