"""Kinds of dialogue. A builder is a file here with

    @dataclass(frozen=True)
    class Options: ...                                its shape

    def build(pairs: Sequence[Pair], resources: Resources, options: Options, rng: Random)
            -> Iterator[Dialogue]
        dialogues in which every learned turn passes its own checks; a pair that does not lend
        itself to the kind is passed over

A builder that reads files has `inputs(options) -> list[Path]` too, so that a changed file is
noticed. The stage checks each dialogue again and takes as many as the recipe asks for, so a builder
may yield without end in sight and never counts.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bayling import markup, wording
from bayling.build.align import Aligner
from bayling.records import Check, Dialogue, Message, Pair, Span


@dataclass(frozen=True)
class Resources:
    """What builders share: the alignment of the pairs, and the languages that users ask in.

    `answers` are the first answers of the model that is being tuned, (request, answer) by the
    pair's id; a builder that uses them says so with `NEEDS_ANSWERS = True`.
    """

    pairs: Sequence[Pair]
    ask_in: tuple[str, ...]
    answers: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def aligner(self) -> Aligner:
        """Trained when it is first asked for: plain translations need none. Raises as it does."""
        return Aligner(self.pairs)


def ask(kind: str, pair: Pair, resources: Resources, rng: random.Random, **values: Any) -> str:
    """A request of this kind about the pair, in one of the users' languages."""
    language = rng.choice(resources.ask_in)
    about: Mapping[str, Any] = {
        "source": pair.source,
        "source_language": pair.source_lang,
        "target_language": pair.target_lang,
    }
    return wording.ask(kind, language, rng, **{**about, **values})


def expected(pair: Pair) -> tuple[Check, ...]:
    """What any translation of the pair's source has to satisfy."""
    found = (
        Check("language", {"language": pair.target_lang, "others": [pair.source_lang]}),
        Check("not_copy", {"source": pair.source}),
    )
    items = markup.find(pair.source)
    return (*found, Check("keep", {"items": items})) if items else found


def revision(
    kind: str,
    pair: Pair,
    turns: tuple[str, str, str],
    place: tuple[int, int],
    wishes: tuple[Check, ...] = (),
    number: int | None = None,
) -> Dialogue:
    """What was asked, a draft, what is wished, as `turns`; then the pair's target, alone learned.

    The characters `place` of the target (end exclusive) are what the wish changes. `wishes` are
    what it asks for beside what any translation has to satisfy; `number` tells dialogues of one
    pair apart.
    """
    asked, draft, wish = turns
    revised = Message(
        "assistant",
        pair.target,
        learn=True,
        spans=(Span(*place, "changed"),),
        checks=(*expected(pair), *wishes),
    )
    return Dialogue(
        (Message("user", asked), Message("assistant", draft), Message("user", wish), revised),
        kind,
        pair.source_lang,
        pair.target_lang,
        pair.id if number is None else f"{pair.id}-{number}",
        (pair.id,),
    )
