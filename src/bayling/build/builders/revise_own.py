"""A first answer of the model that is being tuned, a request for a word it lacks, the reference.

Drafts that a program made teach a model to mend what looks odd, and nothing looks odd to it in what
it wrote itself. So the model answers first, after a first pass of tuning on the other kinds, and
learns on from its own drafts. They are never learned; the revision is the reference, so it may
differ in more than the word, but only for the better. How to change a word and nothing else is what
`revise` teaches; each of the two needs the other (docs/log.md).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from bayling import checks, wording
from bayling.build.align import Term
from bayling.build.builders import Resources, User, dialogue, drafted, translated
from bayling.records import Check, Dialogue, Pair, Span

# Tells the pipeline that the model has to answer before this builder can build.
NEEDS_ANSWERS = True


@dataclass(frozen=True)
class Options:
    """At most `most` words are asked for of one answer, each in a dialogue of its own."""

    most: Annotated[int, Field(ge=1)] = 2


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    answered = [pair for pair in pairs if pair.id in resources.answers]
    wishes = {pair.id: _missing(pair, resources, rng)[: options.most] for pair in answered}
    # Every answer once before any of them twice, since no more may be wanted.
    for number in range(options.most):
        for pair in answered:
            if number < len(wishes[pair.id]):
                term = wishes[pair.id][number]
                language, asked, draft = resources.answers[pair.id]
                address = wording.address_of(asked.removesuffix(pair.source), language)
                user = replace(resources.user(pair, rng), language=language, address=address)
                wish = Check("contain", {"phrase": term.target})
                answer = translated(pair, (wish,), (Span(term.start, term.end, "changed"),))
                turns = (*drafted(asked, draft, _wish(term, user)), answer)
                yield dialogue("revise_own", pair, turns, number=number + 1)


def _missing(pair: Pair, resources: Resources, rng: random.Random) -> list[Term]:
    """The terms that the answer lacks in whatever form, shuffled; none where there is no answer."""
    *_, draft = resources.answers[pair.id]
    terms = resources.aligner.terms(pair) if draft else []
    missing = [term for term in terms if not checks.has_form(term.target, draft)]
    if not missing:
        resources.pass_over("its answer lacks no word that can be asked for")
    rng.shuffle(missing)
    return missing


def _wish(term: Term, user: User) -> str:
    # As the users of the task `revise`: two in three say which word is meant.
    if user.rng.random() < 2 / 3:
        return user.ask("use_for", word=term.target, term=term.source)
    return user.ask("use", word=term.target)
