"""Lines in, lines out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from bayling import chain, wording
from bayling.backends import Backend
from bayling.records import Message


def lines(
    backend: Backend,
    texts: Sequence[str],
    source_lang: str,
    target_lang: str,
    on_answer: Callable[[int], None] | None = None,
) -> list[str]:
    """The translation of every text, in order; an empty text stays empty.

    All are asked for in the same words, so that a text's translation does not depend on chance.
    An answer of several lines becomes one line, since lines are what is counted; of one that comes
    by way of English the final part is given.
    """
    full = [place for place, text in enumerate(texts) if text.strip()]
    conversations = [[_request(texts[place], source_lang, target_lang)] for place in full]
    answers = backend.answer(conversations, on_answer) if conversations else []
    translated = [""] * len(texts)
    for place, answer in zip(full, answers, strict=True):
        lines_of_it = chain.final(answer).splitlines()
        translated[place] = " ".join(line.strip() for line in lines_of_it if line.strip())
    return translated


def _request(text: str, source_lang: str, target_lang: str) -> Message:
    request = wording.ask(
        "translate",
        "en",
        random.Random(0),
        source=text,
        source_language=source_lang,
        target_language=target_lang,
    )
    return Message("user", request, spans=wording.source_span(request, text))
