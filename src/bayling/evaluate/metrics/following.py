"""How many instructions of the task `follow` are followed, and in which languages.

An answer in another language or in none, an empty one, and one that repeats the instruction follow
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bayling import checks, languages, wording
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import proportion, share
from bayling.records import Json, Result, Score

# What makes a text an answer at all, before it is asked whether it does as it is told.
_GIVEN = 3
_METHOD = "answer:language+no-copy+length|instructions:all"


@dataclass(frozen=True)
class Options:
    """Nothing to choose: the task says what each answer is held against."""


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """`followed`: % of answers that do all they were told; [] for results of other tasks.

    `details`: `floor`, the same for one short sentence in the language asked for, which knows
    nothing of the instruction; `answers`, % of outputs that are an answer at all (in the language
    asked for, more than a word, no repetition of the instruction; of JSON its texts);
    `by_instruction`, % of the wishes that are fulfilled, an output that is no answer fulfilling
    none; `by_language`, % followed by the language of the instruction.
    """
    asked = [result for result in results if _is_asked(result)]
    if not asked:
        return []
    followed = [_follows(result, result.outputs[-1]) for result in asked]
    instructions: dict[str, list[bool]] = defaultdict(list)
    for result in asked:
        for name, done in _each(result):
            instructions[name].append(done)
    spoken: dict[str, list[bool]] = defaultdict(list)
    for result, done in zip(asked, followed, strict=True):
        spoken[result.sample.source_lang].append(done)
    details: Json = {
        "floor": _share(_follows(each, _constant(each)) for each in asked),
        "followed": sum(followed),
        "answers": _share(_is_answer(each, each.outputs[-1]) for each in asked),
        "by_instruction": {name: _share(done) for name, done in sorted(instructions.items())},
        "by_language": {name: _share(done) for name, done in sorted(spoken.items())},
    }
    n = len(asked)
    return [proportion("followed", sum(followed), n, n, _METHOD, details)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(followed, 1) of each result; (0, 0) for those of other tasks."""
    counts = [
        (int(_follows(each, each.outputs[-1])), 1) if _is_asked(each) else (0, 0)
        for each in results
    ]
    return [share("followed", counts, _METHOD)]


def _is_asked(result: Result) -> bool:
    return result.task == "follow"


def _is_answer(result: Result, text: str) -> bool:
    found = checks.object_in(text)
    said = text if found is None else "\n".join(filter(_is_text, found.values()))
    # A text without letters is in any language, as the check has it, and so is no answer here.
    in_none = languages.identify(said, (result.sample.target_lang,)) == languages.UNDETERMINED
    return not in_none and not checks.failures(result.wishes[:_GIVEN], said)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _follows(result: Result, text: str) -> bool:
    return _is_answer(result, text) and not checks.failures(result.wishes[_GIVEN:], text)


def _constant(result: Result) -> str:
    """A short sentence in the language asked for, the same for every instruction."""
    language = result.sample.target_lang
    known = languages.base(language) in wording.languages_with_wording()
    return wording.following("endings", language)[1] if known else ""


def _each(result: Result) -> Iterable[tuple[str, bool]]:
    """Each instruction with whether it was followed; another language is one of its own."""
    answered = _is_answer(result, result.outputs[-1])
    if result.sample.source_lang != result.sample.target_lang:
        yield "language", answered
    for wish in result.wishes[_GIVEN:]:
        yield (
            _name(wish.kind, wish.options),
            (answered and checks.holds(wish, result.outputs[-1]).ok),
        )


def _name(kind: str, options: Mapping[str, Any]) -> str:
    if kind != "length":
        return kind
    return "at_most" if "most" in options else "at_least"


def _share(done: Iterable[bool]) -> float:
    counted = list(done)
    return 100 * sum(counted) / len(counted)
