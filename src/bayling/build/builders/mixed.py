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
        # Most pairs allow one: of each it would be one nearly always.
        if len(corrections) < min(wished, 2):
            resources.pass_over("too little in it can be got wrong so that a user could say what")
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
    """Of codes, numbers, names and words, in any order; no two in one place."""
    found = [*_of_items(pair, resources, rng), *_of_words(pair, resources, rng)]
    rng.shuffle(found)
    taken: list[_drafts.Mistake] = []
    for mistake, kind, values, wish in found:
        if not any(mistake.start < each.end and each.start < mistake.end for each in taken):
            taken.append(mistake)
            yield mistake, user.ask(kind, **values), wish


# The mistake, the kind of request and its placeholders, what the final answer must satisfy.
_Possible = tuple[_drafts.Mistake, str, dict[str, str], Check]


def _of_items(pair: Pair, resources: Resources, rng: random.Random) -> Iterator[_Possible]:
    """A code or a number, and a name or an amount."""
    for found in (
        _drafts.code_or_number(pair, 0, rng),
        _drafts.name_or_amount(pair, resources, rng),
    ):
        if found is not None:
            item, mistake = found
            kind = "wrong_item" if mistake.wrong else "lost"
            values = {"item": item, "old": mistake.wrong}
            yield mistake, kind, values, Check("keep", {"items": [item]})


def _of_words(pair: Pair, resources: Resources, rng: random.Random) -> Iterator[_Possible]:
    """Words that are taken for others, or have another translation."""
    for term in resources.aligner.terms(pair):
        if mistake := _other_words.confused(term, pair, resources, rng):
            values = {"term": term.source, "old": mistake.wrong}
            yield mistake, "mistranslated", values, Check("avoid", {"phrase": mistake.wrong})
            continue
        found = _other_words.mistranslated(term, pair, resources, rng)
        if found is None and rng.random() < _UNTRANSLATED:
            found = _other_words.untranslated(term, pair, resources)
        contain = Check("contain", {"phrase": term.target})
        if found is None:
            continue
        if not checks.holds(contain, _drafts.with_mistakes(pair.target, [found])).ok:
            left = _other_words.is_left(term, found)
            kind = "use_for" if left else rng.choice(("use_for", "use_instead"))
            values = {"word": term.target, "term": term.source, "old": found.wrong}
            yield found, kind, values, contain


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
