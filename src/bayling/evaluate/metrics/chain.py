"""How many answers that come by way of English have all their parts (TaCo's format compliance).

The other metrics are taken over the final parts alone, so this stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayling import chain, languages
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import proportion, share
from bayling.records import Result, Score

_METHOD = "parts:all|order:kept|last:target"


@dataclass(frozen=True)
class Options:
    """Nothing to choose: `bayling.chain` says what the parts are."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`chain`: % of last answers that are whole chains; [] where none so much as begins as one.

    A whole chain has the text in English, then in the sample's target language, none empty, the
    instruction in English before them or not. `details`: `whole`, the number counted; `begun`,
    how many begin as a chain; `none`, how many do not; `instruction`, how many of the whole ones
    restate the instruction; `english`, how many of the whole ones end in English still, which
    `off_target` cannot tell between two other languages; `characters`, how many times as long as
    its final part an answer is.
    """
    answers = [_answer(result) for result in results]
    begun = sum(map(chain.begins, answers))
    if not begun:
        return []
    whole = [_is_whole(each, answer) for each, answer in zip(results, answers, strict=True)]
    read = sum(len(chain.final(answer)) for answer in answers)
    details = {
        "whole": sum(whole),
        "begun": begun,
        "none": len(results) - begun,
        "instruction": sum(
            done and chain.parts(answer)[0][0] == chain.INSTRUCTION
            for done, answer in zip(whole, answers, strict=True)
        ),
        "english": sum(
            done and _is_english(each, answer)
            for done, each, answer in zip(whole, results, answers, strict=True)
        ),
        "characters": sum(map(len, answers)) / read if read else None,
    }
    return [proportion("chain", sum(whole), len(results), len(results), _METHOD, details)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(whole, 1) of each result; (0, 0) where none begins as a chain."""
    answers = [_answer(result) for result in results]
    counted = int(any(map(chain.begins, answers)))
    counts = [
        (int(_is_whole(result, answer)), counted)
        for result, answer in zip(results, answers, strict=True)
    ]
    return [share("chain", counts, _METHOD)]


def _is_whole(result: Result, answer: str) -> bool:
    return chain.is_whole(answer, result.sample.target_lang)


def _is_english(result: Result, answer: str) -> bool:
    """Whether the final part is in English; not so where that was asked for or nobody knows."""
    among = (result.sample.source_lang, result.sample.target_lang)
    if languages.UNDETERMINED in among or "en" in map(languages.base, among):
        return False
    return languages.base(languages.identify(chain.final(answer), ("en", *among))) == "en"


def _answer(result: Result) -> str:
    """The last answer as it was given: `outputs` hold final parts alone."""
    said = [message.text for message in result.messages if message.role == "assistant"]
    return said[-1] if said else result.outputs[-1]
