"""Two to five requests in one conversation: corrections one after the other until the translation
is right, then questions about it. This is the shape of BayLing's own data (papers.md §1.2).

The first answer has a mistake or several, each correction mends one. Only the answer in which all
are mended is learned, and what follows it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from pydantic import Field

from bayling import checks
from bayling.build.builders import (
    Resources,
    User,
    _drafts,
    _other_words,
    _questions,
    dialogue,
    translated,
)
from bayling.records import Check, Dialogue, Message, Pair, Span

# What is put right: the mistake, the request for it, what the final answer must satisfy.
_Correction = tuple[_drafts.Mistake, str, Check]

# The share of conversations that end in the source's language, where there is room.
_BACK = 0.3
# The share of the words that are always translated alike which a draft leaves untranslated.
_UNTRANSLATED = 0.04


@dataclass(frozen=True)
class Options:
    """At most `most` requests after the first, between which corrections are at most `wishes`."""

    most: Annotated[int, Field(ge=2)] = 5
    wishes: Annotated[int, Field(ge=1)] = 3


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        user = resources.user(pair, rng)
        asked = user.ask("translate")
        wanted = rng.randint(2, options.most)
        wished = rng.randint(1, min(options.wishes, wanted))
        corrections = list(islice(_corrections(pair, resources, user, rng), wished))
        if not corrections:
            resources.pass_over("nothing in it can be got wrong so that a user could say what")
            continue
        left = wanted - len(corrections)
        told = {wish.options["phrase"] for *_, wish in corrections if "phrase" in wish.options}
        questions = list(islice(_questions.about(pair, resources, user, rng, told), left))
        # The way back comes last: after it, "your translation" would be another text.
        if left and (len(questions) < left or rng.random() < _BACK):
            questions = [*questions[: left - 1], _questions.back(pair, user)]
        if len(corrections) + len(questions) < 2:
            resources.pass_over("it allows fewer than two requests")
            continue
        turns = [Message("user", asked), *_corrected(pair, corrections)]
        for exchange in questions:
            turns += exchange
        yield dialogue("mixed", pair, turns)


def _corrections(
    pair: Pair, resources: Resources, user: User, rng: random.Random
) -> Iterator[_Correction]:
    """First of a code or a number, if there is one, then of words; no two about the same."""
    damaged = _drafts.code_or_number(pair, 0, rng)
    if damaged is not None:
        item, mistake = damaged
        kind = "wrong_item" if mistake.wrong else "lost"
        said = user.ask(kind, item=item, old=mistake.wrong)
        yield mistake, said, Check("keep", {"items": [item]})
    terms = resources.aligner.terms(pair)
    rng.shuffle(terms)
    for term in terms:
        found = _other_words.mistranslated(term, pair, resources, rng)
        if found is None and rng.random() < _UNTRANSLATED:
            found = _other_words.untranslated(term, pair, resources)
        contain = Check("contain", {"phrase": term.target})
        if found is None:
            continue
        draft = _drafts.with_mistakes(pair.target, [found])
        if not checks.holds(contain, draft).ok:
            kind = rng.choice(("use_for", "use_instead"))
            said = user.ask(kind, word=term.target, term=term.source, old=found.wrong)
            yield found, said, contain


def _corrected(pair: Pair, corrections: Sequence[_Correction]) -> Iterator[Message]:
    """The drafts, each with a mistake less than the one before, and the requests between them; at
    last the translation, learned."""
    for number, (_, said, _) in enumerate(corrections):
        left = [mistake for mistake, _, _ in corrections[number:]]
        yield Message("assistant", _drafts.with_mistakes(pair.target, left))
        yield Message("user", said)
    # What the last request asked for is what the learned answer changes.
    spans = [Span(each.start, each.end, "changed") for each, _, _ in corrections[-1:]]
    yield translated(pair, [wish for *_, wish in corrections], spans)
