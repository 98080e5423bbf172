"""Drops pairs with a side that is not in the script its language is written in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import languages
from bayling.corpus.filters import Verdict
from bayling.records import Pair

THRESHOLD = ("min_share", "least")


@dataclass(frozen=True)
class Options:
    """The least share (0–1) of each side's letters that must be in a script of its language.

    Names and terms of technical texts stay in Latin letters: of 1,327 Chinese paragraphs of a
    handbook (debian-handbook) 60 have less, of which 57 are English. A language in a script that is
    not known here passes.
    """

    min_share: Annotated[float, Field(ge=0, le=1)] = 0.2


def judge(pairs: Iterable[Pair], options: Options) -> Iterator[Verdict]:
    """`score` is the share of the side that has less."""
    for pair in pairs:
        source, target = (
            _share(pair.source, pair.source_lang),
            _share(pair.target, pair.target_lang),
        )
        side, language = (
            ("source", pair.source_lang) if source < target else ("target", pair.target_lang)
        )
        score = min(source, target)
        if score >= options.min_share:
            yield Verdict(True, score)
            continue
        yield Verdict(
            False,
            score,
            f"{score:.0%} of the letters of the {side} are in the script of "
            f"{languages.name(language)}; expected {options.min_share:.0%} at least",
        )


def _share(text: str, language: str) -> float:
    scripts = languages.scripts(language)
    return languages.share_in(text, scripts) if scripts else 1.0
