"""A translation, beside requests for the same text in a wrong pair of languages.

What language-aware tuning (LAT, arXiv 2403.14399) learns from: the answer is to be likely after the
request and unlikely after a wrong one. The released code takes the instruction of any other
example; it may ask for the same target language out of another source, and the answer does obey
that. So each wrong request says which languages it names, and the method chooses among them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Annotated

from pydantic import AfterValidator, Field

from bayling import languages, wording
from bayling.build.builders import Resources, dialogue, translated
from bayling.errors import UserError
from bayling.records import Dialogue, Json, Message, Pair

# Tells the stage that nearly every pair lends itself to this, so that choosier kinds come first.
TAKES_ANY = True

Language = Annotated[str, AfterValidator(languages.code)]


@dataclass(frozen=True)
class Options:
    """`languages` are asked for wrongly: those that the pairs are translated into, if none is
    named. `wrong` is how many wrong requests a dialogue has; a share `same_target` (0–1) of them
    asks for the right language and names another source, as far as there is another one and there
    are phrasings that name it."""

    languages: tuple[Language, ...] = ()
    wrong: Annotated[int, Field(ge=1)] = 8
    same_target: Annotated[float, Field(ge=0, lt=1)] = 0.25


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `UserError` where no language is named and all pairs are in the same one."""
    among = options.languages or resources.targets
    if len(among) < 2 and not options.languages:
        raise UserError(
            "build.mix: contrast asks for wrong languages, and all pairs are translated into "
            f"{', '.join(among)}; name some, e.g. contrast: {{share: 1, languages: [fr, it]}}"
        )
    for pair in pairs:
        wrong = _wrong_targets(pair, among)
        if not wrong:
            resources.pass_over("no other language is there to be asked for wrongly")
            continue
        others = _wrong_sources(pair, among)
        count = min(round(options.wrong * options.same_target), options.wrong - 1) if others else 0
        asked = _asked(pair, others, count, resources, rng)
        asked += _asked(pair, wrong, options.wrong - len(asked), resources, rng)
        rng.shuffle(asked)
        request = Message("user", resources.user(pair, rng).ask("translate"))
        made = dialogue("contrast", pair, (request, translated(pair)))
        yield replace(made, meta={"wrong": asked})


def _wrong_targets(pair: Pair, among: Sequence[str]) -> list[tuple[str, str]]:
    """Directions into other languages; into the source's own it is the direction turned round."""
    source, target = languages.base(pair.source_lang), languages.base(pair.target_lang)
    return [
        (pair.target_lang if languages.base(each) == source else pair.source_lang, each)
        for each in among
        if languages.base(each) != target
    ]


def _wrong_sources(pair: Pair, among: Sequence[str]) -> list[tuple[str, str]]:
    """Directions into the right language out of others than the source's."""
    known = {languages.base(pair.source_lang), languages.base(pair.target_lang)}
    return [(each, pair.target_lang) for each in among if languages.base(each) not in known]


def _asked(
    pair: Pair,
    directions: Sequence[tuple[str, str]],
    count: int,
    resources: Resources,
    rng: random.Random,
) -> list[Json]:
    """Requests in these directions for the pair's source, each direction as often as the others and
    each phrasing once, as long as there are some."""
    deck = wording.Deck()
    found: dict[str, Json] = {}
    turns = cycle(rng.sample(directions, len(directions)))
    for source_lang, target_lang in islice(turns, count):
        language = wording.language_of_user(resources.ask_in, source_lang, target_lang, rng)
        known = wording.phrasings("translate", language)
        if target_lang == pair.target_lang and not any(map(_names_source, known)):
            continue
        phrasing = deck.deal("translate", language, rng)
        # Who names the target alone says nothing of a wrong source.
        while target_lang == pair.target_lang and not _names_source(phrasing):
            phrasing = deck.deal("translate", language, rng)
        languages_named = {"source_language": source_lang, "target_language": target_lang}
        said = wording.fill(phrasing, language, rng, source=pair.source, **languages_named)
        found[said] = {"request": said, "source_lang": source_lang, "target_lang": target_lang}
    return list(found.values())


def _names_source(phrasing: str) -> bool:
    return "{source_language}" in phrasing
