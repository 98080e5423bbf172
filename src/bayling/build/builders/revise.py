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
from bayling.build.builders import (
    Resources,
    User,
    _drafts,
    _other_words,
    dialogue,
    drafted,
    translated,
)
from bayling.records import Check, Dialogue, Pair, Span


@dataclass(frozen=True)
class Options:
    """How drafts go wrong and what is asked, all but `most` as shares (0–1).

    At most `most` words are asked for at once, a line each. Where the memory knows no other
    translation of any word, a word may be left in the source's language instead: in a share
    `untranslated` of the drafts at most (of every 256 pairs, rounded up), since most words of a
    small memory are always translated alike. `others` of the terms that nobody asks about are wrong
    as well. `avoid` of the requests only say which word is not wanted. Of every 256 pairs no two
    are about the same two words.
    """

    most: Annotated[int, Field(ge=1)] = 2
    untranslated: Annotated[float, Field(ge=0, le=1)] = 0.5
    others: Annotated[float, Field(ge=0, le=1)] = 0.5
    avoid: Annotated[float, Field(ge=0, le=1)] = 0.1


# A term of the reference and what the draft has in its place.
_Wrong = tuple[Term, _drafts.Mistake]


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    made = left = 0
    # Two usual words for one thing would be the matter of every tenth dialogue.
    before: set[tuple[str, str]] = set()
    for pair in pairs:
        terms = resources.aligner.terms(pair)
        wrong: list[_Wrong] = [
            (term, mistake)
            for term in terms
            if (mistake := _other_words.mistranslated(term, pair, resources, rng))
        ]
        fresh = [each for each in wrong if _words(*each) not in before]
        leaves = not fresh and left < options.untranslated * (made + 1)
        if leaves:
            wrong = [
                (term, mistake)
                for term in terms
                if (mistake := _other_words.untranslated(term, pair, resources))
            ]
            fresh = [each for each in wrong if _words(*each) not in before]
        if not fresh:
            resources.pass_over(
                "its words were asked for before"
                if wrong
                else "no word of it is surely aligned and has another translation"
            )
            continue
        wrong = fresh
        rng.shuffle(wrong)
        # Several words of a sentence in another language nobody leaves.
        count = 1 if leaves else rng.randint(1, min(options.most, len(wrong)))
        asked, others = wrong[:count], wrong[count:]
        others = [each for each in others if not leaves and rng.random() < options.others]
        mistakes = [mistake for _, mistake in (*asked, *others)]
        draft = _drafts.with_mistakes(pair.target, mistakes)
        # "PDF file" for "PDF" is wrong, but holds what would be asked for; and of two wrong words
        # alike, nobody could say which is meant.
        if any(
            checks.holds(_contain(term), draft).ok
            or len(checks.occurrences(mistake.wrong, draft, match_case=False)) > 1
            for term, mistake in asked
        ):
            resources.pass_over("the draft would hold the right word, or the wrong one twice")
            continue
        user = resources.user(pair, rng)
        opening = user.ask("translate")
        wishes, requests = zip(*(_request(user, *each, options) for each in asked), strict=True)
        answer = translated(
            pair,
            [wish for several in wishes for wish in several],
            [Span(term.start, term.end, "changed") for term, _ in asked],
        )
        turns = (*drafted(opening, draft, "\n".join(requests)), answer)
        made, left = made + 1, left + leaves
        before.update(_words(*each) for each in asked)
        yield dialogue("revise", pair, turns)


def _words(term: Term, mistake: _drafts.Mistake) -> tuple[str, str]:
    return term.target.lower(), mistake.wrong.lower()


def _contain(term: Term) -> Check:
    return Check("contain", {"phrase": term.target})


def _request(
    user: User, term: Term, mistake: _drafts.Mistake, options: Options
) -> tuple[tuple[Check, ...], str]:
    """What is asked for, as checks and in plain words."""
    avoid = Check("avoid", {"phrase": mistake.wrong})
    # Nobody bans a word who then accepts another form of it, or that was not translated at all.
    left = _other_words.is_left(term, mistake)
    banned = not left and not checks.has_form(mistake.wrong, user.pair.target)
    if user.rng.random() < options.avoid and banned:
        return (avoid,), user.ask("avoid", old=mistake.wrong)
    # Whose word was not translated at all names no other word that is not wanted.
    kinds = ("use_for", "use_for", "use_instead", "use")
    kind = user.rng.choice(kinds[:1] if left else kinds)
    said = user.ask(kind, word=term.target, term=term.source, old=mistake.wrong)
    return ((_contain(term), avoid) if kind == "use_instead" else (_contain(term),)), said
