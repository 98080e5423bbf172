"""A first answer of the model that is being tuned, a request for a word it lacks, the reference.

Drafts that a program made teach a model to mend what looks odd, and nothing looks odd to it in what
it wrote itself. So the model answers first, after a first pass of tuning on the other kinds, and
learns on from its own drafts (docs/log.md). They are never learned; the revision is the reference,
so it may differ in more than the word, but only for the better.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayling import checks
from bayling.build.builders import Resources, ask, expected
from bayling.records import Check, Dialogue, Message, Pair, Span

# Tells the pipeline that the model has to answer before this builder can build.
NEEDS_ANSWERS = True


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


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
        if not missing or not draft:
            continue
        term = rng.choice(missing)
        # As the users of the task `revise`: two in three say which word is meant.
        if rng.random() < 2 / 3:
            wish = ask("use_for", pair, resources, rng, word=term.target, term=term.source)
        else:
            wish = ask("use", pair, resources, rng, word=term.target)
        yield Dialogue(
            (
                Message("user", request),
                Message("assistant", draft),
                Message("user", wish),
                Message(
                    "assistant",
                    pair.target,
                    learn=True,
                    spans=(Span(term.start, term.end, "changed"),),
                    checks=(*expected(pair), Check("contain", {"phrase": term.target})),
                ),
            ),
            "revise_own",
            pair.source_lang,
            pair.target_lang,
            pair.id,
            (pair.id,),
        )
