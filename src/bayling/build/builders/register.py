"""Formal or informal address: asked together with the translation, or of a first answer that
addresses the reader the other way.

The translation's own forms of address tell (`bayling.register`), and must not contradict what the
pair's `meta` says (`register`). Only languages that address in two ways have this kind.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayling import languages, register
from bayling.build.builders import Resources, dialogue, translated
from bayling.differences import changed
from bayling.records import Check, Dialogue, Message, Pair


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        wanted = _register(pair)
        if wanted is None:
            resources.pass_over("its translation addresses nobody")
            continue
        user = resources.user(pair, rng)
        wish = Check("register", {"language": pair.target_lang, "register": wanted})
        others = [
            each for each in resources.memory.variants(pair) if _register(each) == _OTHER[wanted]
        ]
        if not others:
            request = Message("user", user.ask(f"translate_{wanted}"))
            yield dialogue("register", pair, (request, translated(pair, (wish,))))
            continue
        draft = rng.choice(others)
        turns = (
            Message("user", user.ask("translate")),
            translated(draft, learn=False),
            Message("user", user.ask(wanted)),
            translated(pair, (wish,), changed(draft.target, pair.target, pair.target_lang)),
        )
        yield dialogue("register", pair, turns, draft)


_OTHER = {"formal": "informal", "informal": "formal"}


# Whom an English text addresses; without it, what looks like an address is something else.
_YOU = re.compile(r"\b(?:you|your|yours|yourself|yourselves|please)\b", re.IGNORECASE)


def _register(pair: Pair) -> str | None:
    """How the translation addresses its reader; None where it does not, where the source does not
    either, or where the pair's `meta` says otherwise."""
    # What begins with a small letter is a piece of something.
    if pair.target[:1].islower() and not pair.source[:1].islower():
        return None
    if languages.base(pair.source_lang) == "en" and not _YOU.search(pair.source):
        return None
    found = register.of(pair.target, pair.target_lang)
    return found if found == pair.meta.get("register", found) else None
