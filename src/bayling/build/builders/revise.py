"""A draft without the right word, a request for it in plain words, then the revision.

The draft is the reference with a phrase replaced by another translation that the same source
phrase has elsewhere in the corpus, or by the source phrase itself. It is never learned. The
revision is the reference, the characters that were asked for marked, since they are a few tokens
among many that are merely copied.

A draft has other mistakes too, as first answers have, which nobody asks about. Where the one wrong
word is the only thing odd about a draft, a model learns to mend what is odd, and goes on to copy
its own first answers, in which nothing looks odd to it, whatever is asked (docs/log.md).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import checks
from bayling.build.align import Term
from bayling.build.builders import Resources, ask, revision
from bayling.records import Check, Dialogue, Pair

# A corpus offers many rare translations of a word; the frequent ones are what a model would write.
_LIKELY = 4


@dataclass(frozen=True)
class Options:
    """How drafts go wrong, all as shares (0–1).

    `untranslated` of the wrong phrases are the source's own, `others` of the terms that nobody
    asks about are wrong as well, `dropped` of the words around are missing.
    """

    untranslated: Annotated[float, Field(ge=0, le=1)] = 0.2
    others: Annotated[float, Field(ge=0, le=1)] = 0.5
    dropped: Annotated[float, Field(ge=0, le=1)] = 0.1


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        drafts = [
            (term, wrong)
            for term in resources.aligner.terms(pair)
            for wrong in _wrong(term, pair, resources, options, rng)
        ]
        if not drafts:
            continue
        term, wrong = rng.choice(drafts)
        draft = _draft(pair.target, term, wrong, drafts, options, rng)
        contain = Check("contain", {"phrase": term.target})
        # "PDF file" for "PDF" is wrong, but holds what would be asked for.
        if checks.holds(contain, draft).ok:
            continue
        avoid, request = _request(pair, term, wrong, resources, rng)
        asked = ask("translate", pair, resources, rng)
        turns, place = (asked, draft, request), (term.start, term.end)
        yield revision("revise", pair, turns, place, (contain, *avoid))


def _wrong(
    term: Term, pair: Pair, resources: Resources, options: Options, rng: random.Random
) -> list[str]:
    """At most one wrong phrase for the term's place, so that every term is as likely."""
    if rng.random() < options.untranslated:
        return [term.source]
    likely = resources.aligner.alternatives(term, pair)[:_LIKELY]
    if not likely:
        return []
    wrong = rng.choice(likely)
    # At the beginning of a sentence even a verb is written with a capital.
    return [wrong[0].upper() + wrong[1:] if term.start == 0 else wrong]


def _draft(
    text: str,
    term: Term,
    wrong: str,
    drafts: Sequence[tuple[Term, str]],
    options: Options,
    rng: random.Random,
) -> str:
    """The reference `text` with `wrong` in the term's place, and other mistakes around it."""
    before, behind = text[: term.start], text[term.end :]
    # From the back, so that the places in front stay true.
    for other, mistake in sorted(drafts, key=lambda each: -each[0].start):
        if other == term or rng.random() >= options.others:
            continue
        if other.start > term.start:
            gap = term.end
            behind = behind[: other.start - gap] + mistake + behind[other.end - gap :]
        else:
            before = before[: other.start] + mistake + before[other.end :]
    return _thinned(before, options, rng) + wrong + _thinned(behind, options, rng)


def _thinned(text: str, options: Options, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(word for word in words if not word or rng.random() >= options.dropped)


def _request(
    pair: Pair, term: Term, wrong: str, resources: Resources, rng: random.Random
) -> tuple[tuple[Check, ...], str]:
    """What is asked for beside the term's target, as checks, and the whole in plain words."""
    kind = rng.choice(("use_for", "use_for", "use_instead", "use"))
    if kind == "use_for":
        return (), ask(kind, pair, resources, rng, word=term.target, term=term.source)
    if kind == "use_instead":
        said = ask(kind, pair, resources, rng, word=term.target, old=wrong)
        return (Check("avoid", {"phrase": wrong}),), said
    return (), ask(kind, pair, resources, rng, word=term.target)
