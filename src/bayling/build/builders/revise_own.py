"""A first answer of the model that is being tuned, a request for a word it lacks, the reference.

Drafts that a program made teach a model to mend what looks odd, and nothing looks odd to it in what
it wrote itself. So the model answers first, after a first pass of tuning on the other kinds, and
learns on from its own drafts (docs/log.md). They are never learned; the revision is the reference,
so it differs in more than the word, for the better, but unasked: where it does is marked, so that
what is learned is to change what was asked for and to leave the rest.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Annotated

from pydantic import Field

from bayling import checks
from bayling.build.align import Term
from bayling.build.builders import Resources, ask, expected
from bayling.records import Check, Dialogue, Message, Pair, Span

_WORD = re.compile(r"\w+|[^\w\s]")

# Tells the pipeline that the model has to answer before this builder can build.
NEEDS_ANSWERS = True


@dataclass(frozen=True)
class Options:
    """At most `most` words are asked for of one answer, each in a dialogue of its own."""

    most: Annotated[int, Field(ge=1)] = 2


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        if pair.id not in resources.answers:
            continue
        request, draft = resources.answers[pair.id]
        missing = [
            term
            for term in resources.aligner.terms(pair)
            if not checks.has_form(term.target, draft)
        ]
        if not draft:
            continue
        chosen = rng.sample(missing, min(options.most, len(missing)))
        for number, term in enumerate(chosen, 1):
            turns = _turns(pair, request, draft, term, resources, rng)
            yield Dialogue(
                turns,
                "revise_own",
                pair.source_lang,
                pair.target_lang,
                f"{pair.id}-{number}",
                (pair.id,),
            )


def _turns(
    pair: Pair, request: str, draft: str, term: Term, resources: Resources, rng: random.Random
) -> tuple[Message, ...]:
    # As the users of the task `revise`: two in three say which word is meant.
    if rng.random() < 2 / 3:
        wish = ask("use_for", pair, resources, rng, word=term.target, term=term.source)
    else:
        wish = ask("use", pair, resources, rng, word=term.target)
    return (
        Message("user", request),
        Message("assistant", draft),
        Message("user", wish),
        Message(
            "assistant",
            pair.target,
            learn=True,
            spans=(Span(term.start, term.end, "changed"), *_unasked(pair.target, draft, term)),
            checks=(*expected(pair), Check("contain", {"phrase": term.target})),
        ),
    )


def _unasked(reference: str, draft: str, term: Term) -> Iterator[Span]:
    """Where the reference has other words than the draft, the term apart."""
    words = list(_WORD.finditer(reference))
    kept = SequenceMatcher(
        None, [word.group() for word in words], _WORD.findall(draft), autojunk=False
    ).get_matching_blocks()
    places = {place for block in kept for place in range(block.a, block.a + block.size)}
    for place, word in enumerate(words):
        if place not in places and not (word.start() < term.end and term.start < word.end()):
            yield Span(*word.span(), "unasked")
