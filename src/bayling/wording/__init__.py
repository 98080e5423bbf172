"""How users phrase requests: data in `en.yaml`, `de.yaml` …, to ask with and to recognise.

A file more is a language more. Each kind of request has phrasings to `train` on and others,
`held_out`, for evaluations that are to measure more than recall of the words. `answers` are the
fixed parts of what an assistant says when it is asked about a translation.

    >>> import random
    >>> said = ask("use_for", "de", random.Random(3), word="Datei", term="file")
    >>> [check.options["phrase"] for check in recognise(said)]
    ['Datei']
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from bayling import languages, register
from bayling.errors import UserError, nearest
from bayling.records import Span
from bayling.wording import _files
from bayling.wording._recognition import hear, recognise

__all__ = [
    "ANSWERS",
    "KINDS",
    "TEMPLATES",
    "Deck",
    "address_of",
    "answer",
    "ask",
    "fill",
    "following",
    "from_template",
    "hear",
    "language_of_user",
    "languages_with_wording",
    "phrasings",
    "recognise",
    "source_span",
]

# The kinds of request and the placeholders that their phrasings hold.
KINDS: Mapping[str, tuple[str, ...]] = {
    "translate": ("source", "source_language", "target_language"),
    "constrain": ("source", "target_language", "words"),
    "glossary": ("source", "source_language", "target_language", "entries"),
    "use_for": ("word", "term"),
    "use_instead": ("word", "old"),
    "use": ("word",),
    "avoid": ("old",),
    "keep": ("item",),
    "lost": ("item",),
    "omitted": ("term",),
    "added": ("old",),
    "mistranslated": ("term", "old"),
    "wrong_item": ("item", "old"),
    "incomplete": (),
    "wrong_language": ("target_language",),
    "too_much": (),
    "inexact": (),
    "source_changed": ("source",),
    "fill_gaps": ("gapped",),
    "next": ("source",),
    "as_paragraph": (),
    "now_into": ("target_language",),
    "back_into": ("target_language",),
    "formal": (),
    "informal": (),
    "translate_formal": ("source", "target_language"),
    "translate_informal": ("source", "target_language"),
    "shorter_words": ("count",),
    "shorter_characters": ("count",),
    "translate_words": ("source", "target_language", "count"),
    "translate_characters": ("source", "target_language", "count"),
    "which_word": ("term",),
    "count_words": (),
    "list_numbers": (),
    "name_source_language": (),
}
# What an assistant says about a translation, and the placeholders of its phrasings.
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "is_word": ("term", "word"),
    "words_counted": ("count",),
    "numbers_listed": ("numbers",),
    "one_number_listed": ("numbers",),
    "language_named": ("language",),
}
# mFTI's six forms (arXiv 2305.15083, §3 and its robustness study) in our words: languages in
# brackets, a sentence that says from where to where, and "the translation of"; each with the source
# language and without. Numbered from 1, always English, and one place for training and evaluation.
TEMPLATES: tuple[str, ...] = (
    "[{source_language}]: {source}\n[{target_language}]:",
    "{source}\n[{target_language}]:",
    "Translate from {source_language} to {target_language}: {source}",
    "Translate to {target_language}: {source}",
    "The {target_language} translation of the {source_language} sentence “{source}” is:",
    "The {target_language} translation of the sentence “{source}” is:",
)


def languages_with_wording() -> list[str]:
    """The languages that requests can be phrased in."""
    return _files.available()


@cache
def phrasings(kind: str, language: str, held_out: bool = False) -> tuple[str, ...]:
    """A language's phrasings of a kind of request, with {placeholders}.

    Raises `UserError` for an unknown kind and for a language without wording.
    """
    if kind not in KINDS:
        raise UserError(f"There is no kind of request called '{kind}'.{nearest(kind, KINDS)}")
    lists = _files.load(language)["phrasings"][kind]
    return tuple(lists["held_out" if held_out else "train"])


def following(key: str, language: str) -> tuple[str, ...]:
    """A language's phrasings of a kind of instruction of the task `follow`, none where it cannot be
    asked for; or its `topics` to write about, `things` to mention, `endings` of an answer.

    Raises `UserError` for a language without wording.
    """
    return tuple(_files.load(language)["following"][key])


def language_of_user(
    ask_in: Sequence[str], source_lang: str, target_lang: str, rng: random.Random
) -> str:
    """One of the languages `ask_in`, in which `source` and `target` stand for those of the text.

    Where there is no wording in the text's languages, English stands for them.
    """
    meant = {"source": source_lang, "target": target_lang}
    known = languages_with_wording()
    codes = [
        meant.get(each, each)
        for each in ask_in
        if each not in meant or languages.base(meant[each]) in known
    ]
    return rng.choice(codes or ["en"])


def ask(kind: str, language: str, rng: random.Random, held_out: bool = False, **values: Any) -> str:
    """A request in one of a language's phrasings. Raises `UserError` as `phrasings` does."""
    return fill(rng.choice(phrasings(kind, language, held_out)), language, rng, **values)


def from_template(
    number: int, source: str, source_language: str, target_language: str
) -> tuple[str, tuple[Span, ...]]:
    """A request for a translation in one of the `TEMPLATES`, by its number from 1, and where the
    source text stands in it, with the role `source`; languages are codes."""
    named = {"source_language": source_language, "target_language": target_language}
    before, after = (
        fill(part, "en", random.Random(0), **named)
        for part in TEMPLATES[number - 1].split("{source}")
    )
    span = Span(len(before), len(before) + len(source), "source")
    return f"{before}{source}{after}", (span,)


def answer(kind: str, language: str, rng: random.Random, /, **values: Any) -> str:
    """What an assistant says about a translation, in one of a language's phrasings."""
    return fill(rng.choice(_files.load(language)["answers"][kind]), language, rng, **values)


class Deck:
    """Deals phrasings so that one comes again only when all others of its kind and language were
    there: with chance alone, one of them soon has twice its share of a small set."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, str], list[str]] = {}

    def deal(self, kind: str, language: str, rng: random.Random, address: str | None = None) -> str:
        """The next phrasing to train on, but for those that address the assistant otherwise than
        `address` (`formal` or `informal`; None for who has not shown it yet).

        Raises `UserError` as `phrasings` does.
        """
        left = self._left.setdefault((kind, languages.base(language)), [])
        while True:
            for place in reversed(range(len(left))):
                if not address or address_of(left[place], language) in (None, address):
                    return left.pop(place)
            fresh = list(phrasings(kind, language))
            rng.shuffle(fresh)
            # What is left over comes first.
            left[:0] = fresh


@cache
def address_of(phrasing: str, language: str) -> str | None:
    """How who writes so addresses the assistant: `formal`, `informal`, or None for not at all.

    By the words that a language's file lists, since short requests say it by imperatives, which
    `bayling.register` leaves alone in longer texts; else as that says.
    """
    listed = _files.load(language).get("address")
    if listed is None:
        return None
    plain = re.sub(r"\{\w+\}", "…", phrasing)
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", plain)
    # The capital of `Sie` says something, that of an imperative nothing.
    said = {*words, *map(str.lower, words)}
    for address in ("informal", "formal"):
        if any(known in said for known in listed[address] if known[0] != "-"):
            return address
    endings = tuple(known[1:] for known in listed["formal"] if known[0] == "-")
    if endings and any(word.endswith(endings) for word in words):
        return "formal"
    return register.of(plain, language)


def fill(phrasing: str, language: str, rng: random.Random, /, **values: Any) -> str:
    """A phrasing of a language, filled with `values` as they stand.

    `source_language`, `target_language` and `language` are codes and become names; `words` is a
    sequence and becomes a list in quotation marks; `entries` are (term, translation), or
    (term, None) for one to be left as it is, and become a line each. The source text, or the
    translation with gaps, is the end of the request where the kind has one.
    """
    texts = dict(values)
    for key in ("source_language", "target_language", "language"):
        if key in values:
            texts[key] = languages.name(values[key], language)
    if "words" in values:
        texts["words"] = _joined(values["words"], language, rng)
    if "entries" in values:
        texts["entries"] = _lines(values["entries"], language, rng)
    # One pass, so that braces in a value are never taken for a placeholder.
    return re.sub(r"\{(\w+)\}", lambda match: str(texts[match.group(1)]), phrasing)


def source_span(request: str, source: str) -> tuple[Span, ...]:
    """Where the source text stands in a request that `fill` made with it, with the role `source`;
    () for a request without it."""
    found = source and request.endswith(source)
    return (Span(len(request) - len(source), len(request), "source"),) if found else ()


# How people write a glossary down. A line's marks must not be taken for part of a term.
_ENTRIES = (
    "{open}{0}{close} → {open}{1}{close}",
    "{0} = {1}",
    "{0} → {1}",
    "- {0}: {1}",
    "{0}\t{1}",
    "{0} | {1}",
)


def _lines(entries: Sequence[tuple[str, str | None]], language: str, rng: random.Random) -> str:
    joining = _files.load(language)["joining"]
    opening, closing = rng.choice(joining["quotes"])
    style = rng.choice(_ENTRIES)
    bullet = "- " if style.startswith("- ") else ""
    left = f"({joining['untranslated']})"
    # A term to be left is written beside itself or with a remark; either is common.
    remark = rng.random() < 0.5
    return "\n".join(
        f"{bullet}{term} {left}"
        if translation is None and remark
        else style.format(term, translation or term, open=opening, close=closing)
        for term, translation in entries
    )


def _joined(words: Sequence[str], language: str, rng: random.Random) -> str:
    joining = _files.load(language)["joining"]
    opening, closing = rng.choice(joining["quotes"])
    quoted = [f"{opening}{word}{closing}" for word in words]
    first, last = joining["separator"].join(quoted[:-1]), quoted[-1]
    return f"{first}{joining['last']}{last}" if first else str(last)
