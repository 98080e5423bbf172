"""Write something, in a way that a program can check: are instructions followed in a language,
translation apart?

The instruction names a topic and asks for a form (sentences, length, points, capitals, an ending,
JSON), for words (to use, to do without), for another language, or for two of these. Of the sample
it takes the two languages; its text plays no part.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from bayling import checks, languages, wording
from bayling.checks import Unit
from bayling.evaluate.tasks import Flow, _asking
from bayling.records import Check, Message, Result, Sample

METRICS = ("following",)
ROOM = 200

# What may be asked for, alone or together. What bounds or ends a text goes with no other language,
# since words are counted in one, characters in the other.
_FORMS = ("sentences", "at_most", "at_least", "points", "capitals", "ending", "object")
_WORDS = ("include", "without")
_TOGETHER = (
    *((form, word) for form in ("sentences", "at_most", "at_least", "points") for word in _WORDS),
    *((form, "language") for form in ("sentences", "points", "object")),
)
_KEYS = ("title", "text")
# An answer is more than a word, and at most this share of it stands in pieces of the instruction.
_LEAST, _REPEATED = 3, 0.5


@dataclass(frozen=True)
class Options(_asking.Languages):
    """The languages that instructions are written in."""


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    language = _asking.language(sample, options, rng)
    other = sample.source_lang
    if languages.base(language) == languages.base(other):
        other = sample.target_lang
    kinds = _kinds(language, rng)
    answer_in = other if "language" in kinds else language
    request, asked = _instruction(kinds, language, answer_in, rng)
    # What the instruction does itself, its echo or translation does: it would prove nothing.
    while not checks.failures(asked, request):
        request, asked = _instruction(kinds, language, answer_in, rng)
    message = Message("user", request)
    answer = yield (message,)
    others = tuple(sorted({language, other, "en"} - {answer_in}))
    wishes = (
        Check("language", {"language": answer_in, "others": others}),
        Check("not_copy", {"source": request, "most": _REPEATED}),
        Check("length", {"unit": _unit(answer_in), "least": _least(asked, answer_in)}),
        *asked,
    )
    # There is no reference: nothing but the wishes says what is right.
    about = Sample(sample.id, request, "", language, answer_in, sample.origin)
    return Result(about, (message, Message("assistant", answer)), (answer,), wishes)


def _instruction(
    kinds: tuple[str, ...], language: str, answer_in: str, rng: random.Random
) -> tuple[str, list[Check]]:
    """An instruction and what it asks of an answer, but for its language."""
    topic = rng.choice(wording.following("topics", language))
    said = [_said("about", language, rng, topic=topic)]
    asked: list[Check] = []
    for kind in kinds:
        values, wishes = _asked(kind, language, topic, rng)
        said.append(_said(kind, language, rng, target_language=answer_in, **values))
        asked += wishes
    return (" " if languages.is_spaced(language) else "").join(said), asked


def _least(asked: list[Check], language: str) -> int:
    """How long an answer is at least: a little, beside an ending that it was given."""
    given = [wish.options["phrase"] for wish in asked if wish.kind == "ending"]
    return _LEAST + sum(checks.size(phrase, _unit(language)) for phrase in given)


def _kinds(language: str, rng: random.Random) -> tuple[str, ...]:
    # Words to use stand in the instruction, so they are asked for beside something else only.
    alone = [(kind,) for kind in (*_FORMS, "without")]
    possible = [
        kinds
        for kinds in rng.choice((alone, _TOGETHER))
        if all(wording.following(kind, language) for kind in kinds)
    ]
    return rng.choice(possible)


def _asked(
    kind: str, language: str, topic: str, rng: random.Random
) -> tuple[dict[str, object], list[Check]]:
    """The values of the phrasing, and what they ask of an answer."""
    match kind:
        case "sentences" | "points":
            count = rng.randint(2, 4) if kind == "sentences" else rng.randint(3, 5)
            return {"count": count}, [Check(kind, {"count": count})]
        case "at_most" | "at_least":
            spaced = languages.is_spaced(language)
            count = rng.choice((10, 15, 20, 25) if spaced else (30, 40, 60, 80))
            bound = kind.removeprefix("at_")
            return {"count": count}, [Check("length", {"unit": _unit(language), bound: count})]
        case "include":
            words = rng.sample(wording.following("things", language), 2)
            return {"words": words}, [Check("contain", {"phrase": word}) for word in words]
        case "without":
            return {"old": topic}, [Check("avoid", {"phrase": topic, "match_case": False})]
        case "ending":
            phrase = rng.choice(wording.following("endings", language))
            return {"phrase": phrase}, [Check("ending", {"phrase": phrase})]
        case "object":
            return {}, [Check("json_object", {"keys": _KEYS})]
        case "capitals":
            return {}, [Check("capitals")]
    return {}, []


def _said(kind: str, language: str, rng: random.Random, **values: object) -> str:
    return wording.fill(rng.choice(wording.following(kind, language)), language, rng, **values)


def _unit(language: str) -> Unit:
    return "words" if languages.is_spaced(language) else "characters"
