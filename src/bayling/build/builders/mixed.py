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
    _errors,
    _other_words,
    _questions,
    dialogue,
    translated,
)
from bayling.records import Check, Dialogue, Message, Pair

# The share of conversations that end in the source's language, where there is room.
_BACK = 0.3
# The share of the words that are always translated alike which a draft leaves untranslated.
_UNTRANSLATED = 0.04
# The share of users who name what is missing or too much; the others only say that something is.
_PRECISE = 0.6
# The share used of the pairs in which one thing alone can be put right. They are most pairs, and
# of each a conversation would have one correction nearly always.
_ALONE = 0.25
# So many numbers and names of a pair are tried beside what else is drawn. A code is drawn once: who
# damages several of a text knows none.
_DRAWS = 2


@dataclass(frozen=True)
class Options:
    """At most `most` requests after the first, between which corrections are at most `wishes`."""

    most: Annotated[int, Field(ge=2)] = 5
    wishes: Annotated[int, Field(ge=1)] = 3


@dataclass(frozen=True)
class _Correction:
    """What is put right: the mistake, the kind of request for it and its placeholders, and what the
    final answer has to satisfy."""

    mistake: _drafts.Mistake
    kind: str
    values: dict[str, str]
    wish: Check


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        wishes = min(options.wishes, options.most)
        several = min(2, wishes)
        found = _corrections(pair, resources, rng.randint(several, wishes), rng)
        if not found or (len(found) < several and rng.random() >= _ALONE):
            resources.pass_over("too little in it can be got wrong so that a user could say what")
            continue
        user = resources.user(pair, rng)
        turns = [Message("user", user.ask("translate")), *_corrected(pair, found, user)]
        left = rng.randint(2, options.most) - len(found)
        told = {each.values["term"] for each in found if "term" in each.values}
        questions = list(islice(_questions.about(pair, resources, user, rng, told), max(left, 0)))
        # The way back comes last: after it, "your translation" would be another text.
        may_go_back = left > 0 and (len(questions) < left or rng.random() < _BACK)
        if may_go_back and (back := _questions.back(pair, resources, user)):
            questions = [*questions[: left - 1], back]
        if len(found) + len(questions) < 2:
            resources.pass_over("it allows fewer than two requests")
            continue
        for exchange in questions:
            turns += exchange
        yield dialogue("mixed", pair, turns)


def _corrections(
    pair: Pair, resources: Resources, most: int, rng: random.Random
) -> list[_Correction]:
    """At most so many, of anything that can be got wrong, in any order."""
    found = [
        *_of_items(pair, resources, rng),
        *_of_parts(pair, resources, rng),
        *_of_words(pair, resources, rng),
    ]
    rng.shuffle(found)
    taken: list[_Correction] = []
    for each in found:
        if _go_together([*taken, each], pair):
            taken.append(each)
        if len(taken) == most:
            break
    return taken


def _go_together(corrections: Sequence[_Correction], pair: Pair) -> bool:
    """Whether no two are in one place, each is called for until it is made and no longer, and what
    it is to replace stands in the draft once."""
    last = corrections[-1].mistake
    for each in corrections[:-1]:
        if last.start < each.mistake.end and each.mistake.start < last.end:
            return False
    drafts = [*_drafts_of(pair, corrections), pair.target]
    return not any(
        checks.holds(each.wish, draft).ok
        or not checks.holds(each.wish, better).ok
        or (each.mistake.wrong and len(checks.occurrences(each.mistake.wrong.strip(), draft)) > 1)
        for each, draft, better in zip(corrections, drafts, drafts[1:], strict=False)
    )


def _drafts_of(pair: Pair, corrections: Sequence[_Correction]) -> Iterator[str]:
    """Each with a mistake less than the one before."""
    mistakes = [each.mistake for each in corrections]
    for made in range(len(mistakes)):
        yield _drafts.with_mistakes(pair.target, mistakes[made:])


def _of_items(pair: Pair, resources: Resources, rng: random.Random) -> Iterator[_Correction]:
    """Codes and numbers, names and amounts."""
    for found in (
        _drafts.code_or_number(pair, 0, rng),
        _drafts.name_or_amount(pair, resources, rng),
    ):
        if found is not None:
            item, mistake = found
            kind = "wrong_item" if mistake.wrong else "lost"
            values = {"item": item, "old": mistake.wrong}
            yield _Correction(mistake, kind, values, Check("keep", {"items": [item]}))
    for errors in (_errors.wrong_numbers(pair, rng), _errors.wrong_names(pair, resources, rng)):
        for error in islice(errors, _DRAWS):
            yield _Correction(error.mistake, error.precise, error.values, error.wish)


def _of_parts(pair: Pair, resources: Resources, rng: random.Random) -> Iterator[_Correction]:
    """A part that is missing, or too much."""
    for find in (_errors.omitted, _errors.added):
        if error := find(pair, resources, rng):
            named = error.precise and rng.random() < _PRECISE
            kind = error.precise if named else error.vague
            yield _Correction(error.mistake, kind, error.values, error.wish)


def _of_words(pair: Pair, resources: Resources, rng: random.Random) -> Iterator[_Correction]:
    """Words that are taken for others, or have another translation."""
    for term in resources.aligner.terms(pair):
        if mistake := _other_words.confused(term, pair, resources, rng):
            error = _errors.confused(term, mistake)
            yield _Correction(error.mistake, error.precise, error.values, error.wish)
            continue
        found = _other_words.mistranslated(term, pair, resources, rng)
        if found is None and rng.random() < _UNTRANSLATED:
            found = _other_words.untranslated(term, pair, resources)
        if found is not None:
            left = _other_words.is_left(term, found)
            kind = "use_for" if left else rng.choice(("use_for", "use_instead"))
            values = {"word": term.target, "term": term.source, "old": found.wrong}
            yield _Correction(found, kind, values, Check("contain", {"phrase": term.target}))


def _corrected(pair: Pair, corrections: Sequence[_Correction], user: User) -> Iterator[Message]:
    """The drafts, and the requests between them; at last the translation, learned."""
    for each, draft in zip(corrections, _drafts_of(pair, corrections), strict=True):
        yield Message("assistant", draft)
        yield Message("user", user.ask(each.kind, **each.values))
    # What the last request asked for is what the learned answer changes.
    changed = corrections[-1].mistake.changed
    yield translated(pair, [each.wish for each in corrections], changed)
