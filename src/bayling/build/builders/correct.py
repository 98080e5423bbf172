"""A draft that leaves something out, adds something, or has a wrong word, number or name; the user
says what, or only that something is wrong; then the whole and faithful translation.

Unfaithful translations beside faithful ones are the idea of OverMiss (papers.md §5); here the
unfaithful one is the first answer of a conversation and never learned.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from bayling.build.builders import (
    Resources,
    User,
    _drafts,
    _errors,
    dialogue,
    drafted,
    translated,
)
from bayling.records import Dialogue, Pair


@dataclass(frozen=True)
class Options:
    """A share `precise` (0–1) of the users name the words, where they are few, and all of them a
    misspelt name; the others only say that something is missing, too much or wrong. Drafts have one
    of the `errors`: an end left out, the next sentence added (of documents; catalogues have none),
    a word taken for another (from or into English), a wrong number, a misspelt name."""

    precise: Annotated[float, Field(ge=0, le=1)] = 0.6
    errors: Annotated[
        tuple[Literal["omitted", "added", "mistranslated", "number", "name"], ...],
        Field(min_length=1),
    ] = ("omitted", "added", "mistranslated", "number", "name")


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        chosen = [_errors.SORTS[name] for name in options.errors]
        # Nearly every text of a newspaper has a name that can be misspelt.
        sorts = sorted(rng.sample(chosen, len(chosen)), key=lambda sort: sort is _errors.wrong_name)
        found = (sort(pair, resources, rng) for sort in sorts)
        error = next((each for each in found if each is not None), None)
        if error is None:
            resources.pass_over("nothing in it can be got wrong so that a user could say what")
            continue
        user = resources.user(pair, rng)
        mistake = error.mistake
        draft = _drafts.with_mistakes(pair.target, [mistake])
        turns = drafted(user.ask("translate"), draft, _request(error, user, options))
        yield dialogue("correct", pair, (*turns, translated(pair, (error.wish,), mistake.changed)))


def _request(error: _errors.Error, user: User, options: Options) -> str:
    if error.precise and (not error.vague or user.rng.random() < options.precise):
        return user.ask(error.precise, **error.values)
    return user.ask(error.vague)
