"""A translation under a glossary: entries that apply, entries that do not, names to be left alone.

A list that is all relevant teaches to recite it, so it also holds terms that other texts have. The
entries are terms that the memory translates alike, or those of a glossary of yours (`file`) whose
two sides stand in the pair.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bayling import checks, languages
from bayling.build.align import Term
from bayling.build.builders import Resources, _drafts, _glossary, dialogue, translated
from bayling.languages import Direction
from bayling.records import Check, Dialogue, Message, Pair, Span

_SURE = 0.5
_NOT_THERE = "no term of the glossary stands on both sides"


@dataclass(frozen=True)
class Options:
    """At most `most` terms that apply, perhaps a name, and at most `others` that do not apply.

    `file` is a glossary in TBX, CSV or TSV, whose terms are listed as they are written there.
    """

    most: Annotated[int, Field(ge=1)] = 3
    others: Annotated[int, Field(ge=0)] = 5
    file: Path | None = None


def inputs(options: Options) -> list[Path]:
    return [options.file] if options.file else []


def check(options: Options, directions: Sequence[Direction]) -> None:
    """Raises `InputError` for a glossary that `build` could not read for these directions."""
    if options.file:
        for direction in directions:
            _glossary.of(options.file, direction)


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `InputError` for a glossary that cannot be read or is in other languages."""
    own = _glossary.of(options.file, pairs[0].direction) if options.file and pairs else None
    # Those of the same package or file, as a project's own glossary would have them.
    known: dict[str, list[Term]] = defaultdict(list)
    for pair in () if own else pairs:
        known[pair.collection] += _entries(pair, resources)
    for pair in pairs:
        if own and (wrong := own.forbidden(pair)):
            resources.pass_over(f"it has '{wrong}', which the glossary forbids")
            continue
        terms = own.of(pair) if own else _entries(pair, resources)
        chosen = rng.sample(terms, min(len(terms), rng.randint(1, options.most)))
        names = [
            name
            for name in _drafts.names(pair, resources)
            if not any(name in term.source for term in chosen)
        ]
        left = rng.sample(names, min(len(names), rng.randint(0, 1)))
        if not chosen:
            resources.pass_over(_NOT_THERE if own else "no word of it is surely aligned")
            continue
        entries: list[tuple[str, str | None]] = [(term.source, term.target) for term in chosen]
        entries += [(name, None) for name in left]
        others = own.terms if own else known[pair.collection]
        entries += _distracting(others, entries, pair, rng.randint(0, options.others), rng)
        rng.shuffle(entries)
        request = Message("user", resources.user(pair, rng).ask("glossary", entries=entries))
        spans = [Span(term.start, term.end, "term") for term in chosen]
        answer = translated(pair, _checks(pair, chosen, left), spans)
        yield dialogue("glossary", pair, (request, answer))


def _entries(pair: Pair, resources: Resources) -> list[Term]:
    """The terms that a glossary would have: surer ones than those to be asked for once, as long on
    one side as on the other; in German nouns, as their capital says, but no dative plurals. Each
    is the usual translation, and its source neither part of a longer name nor a word that owes its
    capital to its place."""
    terms = [
        term
        for term in resources.aligner.terms(pair, _SURE)
        if resources.aligner.is_usual(term) and not _owes_its_capital(term.source, pair)
    ]
    if languages.base(pair.target_lang) != "de":
        return [
            term
            for term in terms
            if not languages.is_spaced(pair.target_lang)
            or len(term.source.split()) == len(term.target.split())
        ]
    return [
        term
        for term in terms
        if term.target[0].isupper()
        and term.start > 0
        and not term.source.endswith("ly")
        # "militants" are „Kämpfer“ in a list, and „mit Kämpfern“ in a text.
        and not (
            term.target.endswith("n")
            and term.target[:-1] in resources.aligner.translations(term.source)
        )
    ]


def _owes_its_capital(term: str, pair: Pair) -> bool:
    """Whether it begins a sentence or is part of a name; not so in German, where nouns have one."""
    if not term[0].isupper() or languages.base(pair.source_lang) == "de":
        return False
    before, _, behind = pair.source.partition(term)
    left, right = re.search(r"(\w+)[ -]$", before), re.match(r"[ -](\w+)", behind)
    if left and _begins_sentence(before[: left.start()]):
        left = None
    return _begins_sentence(before) or any(each[1][0].isupper() for each in (left, right) if each)


def _begins_sentence(before: str) -> bool:
    return re.search(r"(?:^|[.!?:…]\s)\W*$", before) is not None


def _checks(pair: Pair, terms: Sequence[Term], names: Sequence[str]) -> list[Check]:
    respected = [
        Check("term", {"source": pair.source, "term": each.source, "translation": each.target})
        for each in terms
    ]
    return [*respected, Check("keep", {"items": list(names)})] if names else respected


def _distracting(
    known: Sequence[Term],
    entries: Sequence[tuple[str, str | None]],
    pair: Pair,
    count: int,
    rng: random.Random,
) -> list[tuple[str, str | None]]:
    """Entries of other texts, none of which this text could be held to."""
    found: dict[str, str | None] = {}
    taken = {term.lower() for term, _ in entries}
    for _ in range(4 * count if known else 0):
        other = rng.choice(known)
        new = other.source.lower() not in taken | {term.lower() for term in found}
        if new and not checks.has_form(other.source, pair.source):
            found[other.source] = other.target
        if len(found) == count:
            break
    return list(found.items())
