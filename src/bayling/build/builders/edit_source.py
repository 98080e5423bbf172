"""The user changes the source; the translation of the new one follows.

The memory answers truly: two units whose sources differ in a word, and both of whose translations
people made.
"""

from __future__ import annotations

import difflib
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import languages
from bayling.build import segment
from bayling.build.builders import Resources, dialogue, translated
from bayling.differences import changed
from bayling.records import Dialogue, Message, Pair

# Numbered texts are all neighbours of each other.
_LOOKED_AT = 50
_NUMBERS = re.compile(r"[\d一二两三四五六七八九十百千万亿]+")
_MOST = 3  # words that an edit of one word in the source changes


@dataclass(frozen=True)
class Options:
    """How alike two translations have to be at least (0–1, `difflib`'s ratio of characters), so
    that the new one is the old one with a change."""

    alike: Annotated[float, Field(ge=0, le=1)] = 0.8


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        near = resources.memory.neighbours(pair)
        some = rng.sample(near, min(len(near), _LOOKED_AT))
        fitting = (each for each in some if _is_edit(pair, each, options))
        new = next(fitting, None)
        if new is None:
            resources.pass_over("no other pair differs from it in a word on both sides")
            continue
        user = resources.user(pair, rng)
        spans = changed(pair.target, new.target, pair.target_lang)
        turns = (
            Message("user", user.ask("translate")),
            translated(pair),
            Message("user", user.ask("source_changed", source=new.source)),
            translated(new, spans=spans),
        )
        yield dialogue("edit_source", pair, turns, new)


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _is_edit(pair: Pair, other: Pair, options: Options) -> bool:
    """Whether the translations differ in one place, by a few words, and end alike: two translators
    may have chosen other words for what the sources share."""
    words = r"\w+|[^\w\s]" if languages.is_spaced(pair.target_lang) else r"[A-Za-z0-9_]+|\S"
    old, new = (re.findall(words, each.target) for each in (pair, other))
    changes = [
        max(i2 - i1, j2 - j1)
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes()
        if tag != "equal"
    ]
    same_end = pair.target[-1:].isalnum() == other.target[-1:].isalnum()
    # Another mark alone is no edit.
    said = [re.sub(r"[^\w]", "", each.target) for each in (pair, other)]
    edited = said[0] != said[1] and len(changes) == 1 and changes[0] <= _MOST and same_end
    if not edited or _alike(pair.target, other.target) < options.alike:
        return False
    # "Ich danke dir" and "Ich danke Ihnen" do not differ as "many thanks" and "thanks" do.
    return _says_more(pair.target, other.target, pair.target_lang) or not _says_more(
        pair.source, other.source, pair.source_lang
    )


def _says_more(one: str, other: str, language: str) -> bool:
    """Whether two texts differ in a number or a content word, as far as their language's words are
    known."""
    numbers = [_NUMBERS.findall(text) for text in (one, other)]
    if not segment.is_known(language) or numbers[0] != numbers[1]:
        return True
    words = [
        # 祝您 is one word to the segmenter; as 祝你 it is that of the other text.
        Counter(word.text.lower() for word in segment.words(text.replace("您", "你"), language))
        for text in (one, other)
    ]
    differing = (words[0] - words[1]) + (words[1] - words[0])
    return any(not segment.is_function_word(word, language) for word in differing)
