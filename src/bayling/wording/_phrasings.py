"""Requests by phrasings: one that is worded as a wish of ours is, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain, pairwise
from typing import Any

from bayling import function_words
from bayling.wording import _files, _lists, _marks
from bayling.wording._heard import Heard

# What is asked for, by kind of request; the others are no wishes about an answer.
_WISHES = (
    "use_for",
    "use_instead",
    "use",
    "avoid",
    "keep",
    "lost",
    "wrong_item",
    "mistranslated",
    "added",
)
_BARE = rf"(?:[^\s{_marks.QUOTES},;]|{_marks.INNER})+?"
_GAP = r"[\s,.;:!?–—、，。！？；：،؟؛¿¡-]"


def said(request: str) -> Heard | None:
    """By the most specific phrasing that the whole request matches, if any."""
    heard = set(_words(request))
    found = [
        (kind, match)
        for kind, phrasing, words in _phrasings()
        # Few phrasings share all their words with a request; the others need not be compiled.
        if words <= heard and (match := _pattern(kind, phrasing).fullmatch(request))
    ]
    if not found:
        return None
    return _roles(*min(found, key=lambda each: len("".join(filter(None, each[1].groups())))))


def _roles(kind: str, match: re.Match[str]) -> Heard | None:
    """What the placeholders stand for; None where a phrase cannot be meant literally."""
    roles: list[tuple[str, str]] = []
    marked = True
    for group, phrase in match.groupdict().items():
        if phrase is None:
            continue
        role = group.removesuffix("_bare")
        begins = set(_words(match.string[: match.start(group)])) <= set(_lists.listed("polite"))
        if role == "word" and group.endswith("_bare") and begins:
            phrase = _without_verb(phrase)
        # « fichier » has spaces within its marks that are not part of it.
        literal = phrase.strip()
        if group.endswith("_bare"):
            if not _is_literal(role, phrase):
                return None
            marked = marked and _marks.is_code(literal)
        # An ordinary word in the place of a code is one to be used, in whatever form.
        roles.append(("word" if role == "item" and not _marks.is_code(literal) else role, literal))
    if not all(phrase for _, phrase in roles):
        return None
    order = ("word", "old", "term", "item")
    return Heard(tuple(sorted(roles, key=lambda each: order.index(each[0]))), True, marked)


def _without_verb(bare: str) -> str:
    """What follows the verb that a request begins with: in 'say Datei instead of Akte' no quotation
    mark tells it from the word."""
    first, _, rest = bare.partition(" ")
    verb = _lists.cue(first) == "word" and not any(
        first.lower() in function_words.of(language) for language in _files.available()
    )
    if not rest or not verb:
        return bare
    first, _, more = rest.strip().partition(" ")
    return more.strip() if more and first.lower() in _lists.listed("polite") else rest.strip()


def _is_literal(role: str, bare: str) -> bool:
    """Whether a phrase without quotation marks is one to be found in a translation.

    'use a friendlier tone', 'keep it short' and 'German, not English' ask for no words.
    """
    return (
        _marks.is_code(bare)
        if role == "item"
        else bare.split()[0].lower() not in _lists.listed("vague")
    )


@cache
def _phrasings() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """(kind, phrasing, its words but those of politeness) in all languages."""
    return tuple(
        (kind, phrasing, frozenset(_words(phrasing)) - set(_lists.listed("polite")))
        for language in _files.available()
        for kind in _WISHES
        for phrasing in _worded(kind, _files.load(language))
    )


def _worded(kind: str, wording: dict[str, Any]) -> Iterator[str]:
    """The phrasings of a kind in a language's file, those that are never asked included."""
    yield from chain.from_iterable(wording["phrasings"][kind].values())
    yield from wording["recognising"]["also"].get(kind, ())


def _words(text: str) -> list[str]:
    """Words in lower case, without what stands in braces."""
    text = re.sub(r"\{\w+\}", " ", text.lower())
    return re.findall(r"\w+(?:'\w+)*", text.replace("’", "'"))


@cache
def _pattern(kind: str, phrasing: str) -> re.Pattern[str]:
    """A phrasing as a pattern that is deaf to case, politeness, punctuation and kind of quotes.

    Its groups are named like the placeholders, with `_bare` for one without quotation marks.
    """
    polite = "|".join(re.escape(word) for word in _lists.listed("polite"))
    between = rf"{_GAP}+(?:(?:{polite}){_GAP}+)*"
    placeholder = rf"[{_marks.QUOTES}]?\{{\w+\}}[{_marks.QUOTES}]?"
    # Arabic vowel signs belong to their word.
    tokens = re.findall(
        rf"{placeholder}|[\w'’\u064b-\u0652]+|[^\w\s,.;:!?–—、，。！？；：،؟؛¿¡-]", phrasing
    )
    kept = [token for token in tokens if token.lower() not in _lists.listed("polite")]
    body = _token(kind, kept[0])
    for token, following in pairwise(kept):
        # Where a quotation mark divides them, no space need stand between: 请用“文件”翻译“file”。
        marked = token[-1] in _marks.QUOTES or following[0] in _marks.QUOTES
        body += (rf"(?:{between})?" if marked else between) + _token(kind, following)
    start, end = rf"[¿¡]?(?:(?:{polite}){_GAP}+)*", rf"(?:{_GAP}+(?:{polite}))*[\s.!?…？؟。！]*"
    return re.compile(start + body + end, re.IGNORECASE)


def _token(kind: str, token: str) -> str:
    placeholder = re.search(r"\{(\w+)\}", token)
    if not placeholder:
        return re.escape(token).replace("'", "['’]")
    group = placeholder.group(1)
    quoted = _marks.QUOTED.replace("quoted", group)
    if token[0] in _marks.QUOTES:
        return quoted
    # Two phrases hold each other in place; a single one without quotation marks is one word.
    bare = (
        _BARE if kind in {"use", "avoid", "keep", "lost"} else rf"{_BARE}(?:[ \t]+{_BARE}){{0,3}}?"
    )
    return rf"(?:{quoted}|(?P<{group}_bare>{bare}))"
