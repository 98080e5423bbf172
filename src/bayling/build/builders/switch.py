"""A translation, then the same in another language: back in the source's, or in a third one.

A third language's texts come from other files of pairs, as `bayling corpus` writes them, with the
same sources.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bayling.build.builders import (
    Resources,
    _other_files,
    _questions,
    dialogue,
    expected,
    translated,
)
from bayling.records import Check, Dialogue, Message, Pair


@dataclass(frozen=True)
class Options:
    """`also` are files of pairs into other languages. Where none has the source, a share `back`
    (0–1) of the pairs goes back into the source's language, all of them without `also`; nothing
    shows whether a text in a third language says what the source does."""

    also: tuple[Path, ...] = ()
    back: Annotated[float, Field(ge=0, le=1)] = 0.3


def inputs(options: Options) -> list[Path]:
    return list(options.also)


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `InputError` for a file that holds no pairs."""
    others = [_other_files.by_source(path) for path in options.also]
    for pair in pairs:
        told = [
            each
            for file in others
            for each in file.get(pair.source, ())
            if each.target_lang != pair.target_lang
        ]
        known = [each for each in told if not resources.held_out(each.target, each.target_lang)]
        if told and not known:
            resources.pass_over("its text in the other language is like one that is held out")
            continue
        user = resources.user(pair, rng)
        turns = [Message("user", user.ask("translate")), translated(pair)]
        if known:
            third = rng.choice(known)
            said = user.ask("now_into", target_language=third.target_lang)
            turns += [Message("user", said), _third(third, pair)]
        elif options.also and rng.random() >= options.back:
            resources.pass_over("no other file has its source")
            continue
        else:
            back = _questions.back(pair, resources, user)
            if back is None:
                resources.pass_over("nothing shows that its source is the way back")
                continue
            turns += back
        yield dialogue("switch", pair, turns)


def _third(third: Pair, pair: Pair) -> Message:
    """The text in the third language, which must not be taken for the second either."""
    among = {"language": third.target_lang, "others": [pair.source_lang, pair.target_lang]}
    language = Check("language", among)
    rest = tuple(check for check in expected(third) if check.kind != "language")
    return Message("assistant", third.target, True, (), (language, *rest))
