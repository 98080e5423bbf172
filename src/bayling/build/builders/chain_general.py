"""General instructions in a language, answered by way of English: the instruction in English, the
answer in English, the answer in the language, as one reply (TaCo, arXiv 2311.10797).

Two files with the same instructions in the same order, in English and in the language, as machine
translation of Alpaca gives them; in Alpaca's, ShareGPT's or the `messages` form.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from bayling import chain, languages
from bayling.build.builders import Resources, _instructions
from bayling.errors import InputError, UserError
from bayling.records import Check, Dialogue, Message, Pair

# Tells the stage that one lot is enough, and that it need hold nothing.
NEEDS_PAIRS = False

Language = Annotated[str, AfterValidator(languages.code)]


@dataclass(frozen=True)
class Options:
    """The file in English, the one in the other language, and that language's code; dialogues are
    taken in random order, each once."""

    english: Path
    translated: Path
    language: Language

    def __post_init__(self) -> None:
        if languages.base(self.language) == "en":
            raise UserError(
                "chain_general: the language of `translated` is English; expected another one, "
                "which is reached by way of English."
            )


def inputs(options: Options) -> list[Path]:
    return [options.english, options.translated]


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `InputError` with the line (the place in a list) of what is no dialogue, and for
    files of different length."""
    english, translated = map(_instructions.read, inputs(options))
    if len(english) != len(translated):
        raise InputError(
            options.translated,
            f"has {len(translated)} instructions, {options.english} has {len(english)}; "
            "expected the same ones in the same order",
        )
    both = list(zip(english, translated, strict=True))
    rng.shuffle(both)
    for (number, known), (_, said) in both:
        if not known or len(known) != len(said):
            resources.pass_over("not as many turns in both languages, or a text is empty")
            continue
        if not all(chain.is_plain(each.text) for each in (*known, *said)):
            resources.pass_over("a line of it could be taken for a label of a chain")
            continue
        messages = [
            message
            if message.role == "user"
            else _answer(known[turn - 1 : turn + 1], message, options)
            for turn, message in enumerate(said)
        ]
        id = f"chain_general-{options.translated.stem}-{number}"
        yield Dialogue(tuple(messages), "chain_general", "und", options.language, id)


def _answer(known: Sequence[Message], said: Message, options: Options) -> Message:
    """The reply to a question of which question and answer are `known` in English."""
    question, answer = known
    parts = [
        (chain.INSTRUCTION, question.text),
        (chain.ENGLISH, answer.text),
        (chain.label(options.language), said.text),
    ]
    required = [Check("chain", {"language": options.language, "instruction": True})]
    if sum(map(str.isalpha, said.text)) >= chain.TELLING_LETTERS:
        required.append(Check("language", {"language": options.language, "others": ["en"]}))
    return Message("assistant", chain.join(parts), True, (), tuple(required))
