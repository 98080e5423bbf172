"""The three conditions of WMT's terminology task: the same sources without words to use, with their
terms, and with as many words of the reference drawn at random."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import languages, wording
from bayling.evaluate.tasks import Flow
from bayling.records import Check, Message, Result, Sample


@dataclass(frozen=True)
class Asking:
    """The languages that users ask in, and whether in phrasings that no training uses."""

    ask_in: Annotated[tuple[str, ...], Field(min_length=1)] = ("source", "target")
    held_out: bool = False


def ask(
    sample: Sample, options: Asking, rng: random.Random, words: Sequence[str], tell: bool = True
) -> Flow:
    """One turn that asks for these words, or measures them without having asked."""
    language = wording.language_of_user(options.ask_in, sample.source_lang, sample.target_lang, rng)
    request = wording.ask(
        "constrain" if tell else "translate",
        language,
        rng,
        held_out=options.held_out,
        source=sample.source,
        source_language=sample.source_lang,
        target_language=sample.target_lang,
        words=words,
    )
    messages = (Message("user", request),)
    answer = yield messages
    wishes = tuple(Check("contain", {"phrase": word}) for word in words)
    return Result(sample, (*messages, Message("assistant", answer)), (answer,), wishes)


def terms(sample: Sample) -> list[str]:
    """The target side of the sample's terms, each once."""
    return list(dict.fromkeys(word for _, word in sample.terms))


def others(sample: Sample) -> list[str]:
    """The reference's words, but for terms and parts of them; single letters are none."""
    known = " ".join(terms(sample))
    spaced = languages.is_spaced(sample.target_lang)
    words = re.findall(r"[^\W\d_]{2,}", sample.reference) if spaced else []
    return [word for word in dict.fromkeys(words) if word not in known]
