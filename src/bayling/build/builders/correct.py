"""A draft that leaves something out, adds something, or has a wrong word, number or name; the user
says what, or only that something is wrong; then the whole and faithful translation.

Unfaithful translations beside faithful ones are the idea of OverMiss (papers.md §5); here the
unfaithful one is the first answer of a conversation and never learned.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from bayling import checks, languages
from bayling.build.builders import Resources, User, _drafts, dialogue, drafted, translated
from bayling.records import Check, Dialogue, Pair, Span


@dataclass(frozen=True)
class Options:
    """How users name an error, as shares (0–1): `precise` of them name the words, `vague` only say
    of which sort it is, and the others only that there is one."""

    precise: Annotated[float, Field(ge=0, le=1)] = 0.6
    vague: Annotated[float, Field(ge=0, le=1)] = 0.25


@dataclass(frozen=True)
class _Error:
    """A draft, the characters of the target that mend it, and how users speak of it.

    `precise` is the kind of request that names the words, `values` are its placeholders; `vague`
    only names the sort of the error. `wish` is what the mended translation has to satisfy.
    """

    draft: str
    mended: Span | None
    precise: str
    values: dict[str, str]
    vague: str
    wish: Check


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for number, pair in enumerate(pairs):
        # Its words and names are what strays into the draft.
        other = pairs[number - 1]
        sorts = rng.sample(_SORTS, len(_SORTS))
        found = (sort(pair, other, resources, rng) for sort in sorts)
        error = next((each for each in found if each is not None), None)
        if error is None:
            resources.pass_over("nothing in it can be got wrong so that a user could say what")
            continue
        user = resources.user(pair, rng)
        turns = drafted(user.ask("translate"), error.draft, _request(error, user, options))
        spans = (error.mended,) if error.mended else ()
        yield dialogue("correct", pair, (*turns, translated(pair, (error.wish,), spans)))


def _request(error: _Error, user: User, options: Options) -> str:
    drawn = user.rng.random()
    if drawn < options.precise:
        return user.ask(error.precise, **error.values)
    return user.ask(error.vague if drawn < options.precise + options.vague else "inexact")


def _omitted(pair: Pair, other: Pair, resources: Resources, rng: random.Random) -> _Error | None:
    """A part of the text between two marks is left out, with a term in it that a user may name.

    Without a single word a sentence would have a hole, which no translator and hardly a model
    leaves.
    """
    text = pair.target
    # Its last mark stays.
    end_of_text = len(text.rstrip(".!?…。！？"))
    marks = [match.start() for match in _PART.finditer(text)]
    parts = [
        (start, end, term)
        for start, end in pairwise([*marks, end_of_text])
        for term in resources.aligner.terms(pair)
        if start <= term.start and term.end <= end and 3 * (end - start) < 2 * len(text)
    ]
    if not parts:
        return None
    start, end, term = rng.choice(parts)
    draft = text[:start] + text[end:]
    if checks.has_form(term.target, draft):
        return None
    wish = Check("contain", {"phrase": term.target})
    span = Span(start, end, "changed")
    return _Error(draft, span, "omitted", {"term": term.source}, "incomplete", wish)


# What a part that may be missing begins with; sentences are parts too.
_PART = re.compile(r"(?<=\w)(?:, | – | \(|; |，|、|；)|(?<=[.!?])(?= \w)|(?<=[。！？])(?=.)")


def _added(pair: Pair, other: Pair, resources: Resources, rng: random.Random) -> _Error | None:
    """A short sentence of another text follows."""
    added = other.target
    whole = _SENTENCE.search(pair.target) and _SENTENCE.search(added)
    short = len(added) < len(pair.target) and len(added) <= _SHORT
    if not (whole and short) or pair.id == other.id or added in pair.target:
        return None
    space = " " if languages.is_spaced(pair.target_lang) else ""
    said = added.rstrip(".!?…。！？")
    wish = Check("avoid", {"phrase": said})
    draft = f"{pair.target}{space}{added}"
    return _Error(draft, None, "added", {"old": said}, "too_much", wish)


_SENTENCE = re.compile(r"[.!?…。！？]$")
_SHORT = 60  # characters


def _mistranslated(
    pair: Pair, other: Pair, resources: Resources, rng: random.Random
) -> _Error | None:
    """A term has the translation that its word has elsewhere."""
    terms = resources.aligner.terms(pair)
    if not terms:
        return None
    term = rng.choice(terms)
    mistake = _drafts.mistranslated(term, pair, resources, rng)
    if mistake is None or checks.has_form(term.target, mistake.wrong):
        return None
    # What mostly stands for this very word is a synonym, and no error.
    if resources.aligner.means(mistake.wrong) in ("", term.source.lower()):
        return None
    return _Error(
        _drafts.with_mistakes(pair.target, [mistake]),
        Span(term.start, term.end, "changed"),
        "mistranslated",
        {"term": term.source, "old": mistake.wrong},
        "inexact",
        Check("avoid", {"phrase": mistake.wrong}),
    )


def _wrong_number(
    pair: Pair, other: Pair, resources: Resources, rng: random.Random
) -> _Error | None:
    numbers = [item for item in _drafts.items(pair) if _drafts.is_number(item)]
    if not numbers:
        return None
    number = rng.choice(numbers)
    return _replaced(pair, number, _drafts.damaged(number, rng))


def _wrong_name(pair: Pair, other: Pair, resources: Resources, rng: random.Random) -> _Error | None:
    """A name is that of another text."""
    names, strange = _drafts.names(pair), _drafts.names(other)
    strange = [name for name in strange if name not in pair.target]
    if not names or not strange:
        return None
    return _replaced(pair, rng.choice(names), rng.choice(strange))


def _replaced(pair: Pair, right: str, wrong: str) -> _Error | None:
    start = checks.occurrences(right, pair.target)[0][0]
    mistake = _drafts.Mistake(start, start + len(right), wrong)
    return _Error(
        _drafts.with_mistakes(pair.target, [mistake]),
        Span(mistake.start, mistake.end, "changed"),
        "wrong_item",
        {"item": right, "old": wrong},
        "inexact",
        Check("keep", {"items": [right]}),
    )


_SORTS = (_omitted, _added, _mistranslated, _wrong_number, _wrong_name)
