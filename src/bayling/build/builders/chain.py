"""A translation between two languages by way of English: the text in English, then in the target.

TaCo (arXiv 2311.10797) has general instructions answered so, which is `chain_general`; here the
instruction is a request to translate, and the step between is the text in English. Whoever asks for
a translation gets such an answer, so do not mix this with kinds that give the translation alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayling import chain, checks, languages
from bayling.build.builders import Resources, _other_files, dialogue, expected
from bayling.records import Check, Dialogue, Message, Pair


@dataclass(frozen=True)
class Options:
    """`also` are files of pairs with English on one side, as `bayling corpus` writes them.

    Beside these English is known of catalogues, which are translated from it.
    """

    also: tuple[Path, ...] = ()


def inputs(options: Options) -> list[Path]:
    return list(options.also)


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    """Raises `InputError` for a file that holds no pairs."""
    known = [_other_files.english(path) for path in options.also]
    for pair in pairs:
        if "en" in map(languages.base, (pair.source_lang, pair.target_lang)):
            resources.pass_over("it is in English on one side")
            continue
        english = _english(pair, known)
        if english is None:
            resources.pass_over("nothing says what it is in English")
            continue
        if resources.held_out(english, "en"):
            resources.pass_over("its text in English is like one that is held out")
            continue
        if english in (pair.source, pair.target):
            resources.pass_over("it is the same in English")
            continue
        if not _keeps(pair, english):
            resources.pass_over("its placeholders, tags or numbers are others in English")
            continue
        if not all(map(chain.is_plain, (english, pair.target))):
            resources.pass_over("a line of it could be taken for a label of a chain")
            continue
        request = Message("user", resources.user(pair, rng).ask("translate"))
        yield dialogue("chain", pair, (request, _answer(pair, english)))


def _english(pair: Pair, known: Sequence[_other_files.English]) -> str | None:
    given = pair.meta.get("english")
    if isinstance(given, str):
        return given
    return next((text for each in known for text in each.of(pair)), None)


def _keeps(pair: Pair, english: str) -> bool:
    """Whether the way by English loses nothing that any translation has to keep."""
    items = [check for check in expected(pair) if check.kind == "keep"]
    return not checks.failures(items, english)


def _answer(pair: Pair, english: str) -> Message:
    parts = [(chain.ENGLISH, english), (chain.label(pair.target_lang), pair.target)]
    # A final part that was left in English is wrong as well.
    among = {"language": pair.target_lang, "others": [pair.source_lang, "en"]}
    whole = Check("chain", {"language": pair.target_lang, "others": [pair.source_lang]})
    others = (check for check in expected(pair) if check.kind != "language")
    required = (whole, Check("language", among), *others)
    return Message("assistant", chain.join(parts), True, (), required)
