"""Instructions that a program can check: what they ask for, and who follows them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bayling import checks, languages, parts, wording
from bayling.evaluate import significance
from bayling.records import Result, Sample, Score

CODES = wording.languages_with_wording()
TASK = parts.load("task", "follow")


def _asked(answer: Callable[[str, Sample], str], count: int = 150, **options: Any) -> list[Result]:
    """What a system says that answers (request, sample) so."""
    made = parts.options("task", "follow", options)
    found = []
    for number in range(count):
        sample = Sample(str(number), "One file", "Eine Datei", "en", "de", "doc")
        flow = TASK.flow(sample, made, random.Random(f"{number}"))
        (message,) = next(flow)
        with pytest.raises(StopIteration) as end:
            flow.send(answer(message.text, sample))
        found.append(replace(end.value.value, task="follow"))
    return found


def _figure(results: list[Result]) -> Score:
    (score,) = parts.load("metric", "following").score(results, None)
    return score


@pytest.mark.parametrize("language", CODES)
def test_an_echo_follows_nothing(language: str) -> None:
    assert _figure(_asked(lambda request, _: request, ask_in=[language])).value == 0


@pytest.mark.parametrize("language", CODES)
def test_an_echo_with_other_marks_and_a_bit_more_follows_nothing(language: str) -> None:
    words = wording.following("endings", language)[0]
    results = _asked(lambda request, _: f"{request}\n{words}", ask_in=[language])
    # All but the few whose ending that is.
    assert _figure(results).value <= 5


def test_a_translation_of_the_instruction_is_no_answer_in_the_language() -> None:
    """The parallel instruction in the other language, as a translator would give it."""

    def translated(request: str, sample: Sample) -> str:
        other = "en" if languages.identify(request, ("en", "de")) == "de" else "de"
        flow = TASK.flow(
            sample, parts.options("task", "follow", {"ask_in": [other]}), random.Random(sample.id)
        )
        return str(next(flow)[-1].text)

    for code in ("en", "de"):
        results = _asked(translated, count=300, ask_in=[code])
        wanted = [each for each in results if each.sample.target_lang != code]
        assert len(wanted) > 20
        assert _figure(wanted).value == 0
        assert _figure(results).value <= 2


def test_empty_answers_and_single_words_follow_nothing() -> None:
    for text in ("", "…", "WORT", "{}", "1 2 3", "1! 2! 3!", "- 1\n- 2\n- 3", '{"title": null}'):
        score = _figure(_asked(lambda *_, text=text: text))
        assert (score.value, score.details["answers"]) == (0, 0)


def test_json_is_judged_by_its_texts() -> None:
    asked = [
        each
        for each in _asked(lambda *_: "x", count=300, ask_in=["de"])
        if any(wish.kind == "json_object" for wish in each.wishes)
        and each.sample.target_lang == "de"
    ]
    assert len(asked) > 10
    for text, value in (
        ('{"title": "Ein Tag im Regen", "text": "Es regnet, und wir gehen nach Hause."}', 100),
        ('{"title": "A day in the rain", "text": "It rains, and we are going home."}', 0),
        ('{"title": "1", "text": "2 3 4"}', 0),
        ('{"title": null, "text": "Es regnet, und wir gehen nach Hause."}', 0),
    ):
        assert _figure([replace(each, outputs=(text,)) for each in asked]).value == value


def test_a_sentence_that_knows_nothing_is_the_floor() -> None:
    score = _figure(_asked(lambda *_: "", count=400, ask_in=["de"]))
    said = wording.following("endings", "de")[1]
    constant = _figure(_asked(lambda *_: said, count=400, ask_in=["de"]))
    # But for those answers that are to be in English.
    assert constant.value <= score.details["floor"] == constant.details["floor"] < 25
    assert constant.value > 0


def _obedient(result: Result) -> str:
    """An answer that does what its wishes say, made from them."""
    language = result.sample.target_lang
    sentence = {
        "en": "The children play in the yard today",
        "de": "Die Kinder spielen heute im Hof",
    }
    plain = sentence[language]
    wishes = {wish.kind: wish.options for wish in result.wishes[3:]}
    words = [w.options["phrase"] for w in result.wishes[3:] if w.kind == "contain"]
    if "json_object" in wishes:
        return f'{{"title": "{plain}", "text": "{plain}"}}'
    if "capitals" in wishes:
        return plain.upper()
    with_words = f"{plain}: {', '.join(words)}" if words else plain
    if "points" in wishes:
        count = wishes["points"]["count"]
        return "\n".join([f"- {with_words}", *[f"- {plain}"] * (count - 1)])
    if "sentences" in wishes:
        count = wishes["sentences"]["count"]
        return " ".join([f"{with_words}.", *[f"{plain}."] * (count - 1)])
    if "ending" in wishes:
        return f"{plain}. {wishes['ending']['phrase']}"
    if wishes.get("length", {}).get("least"):
        return " ".join([f"{with_words}.", *[f"{plain}."] * 5])
    return f"{with_words}."


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_obeys_has_all_of_it(language: str) -> None:
    asked = _asked(lambda *_: "x", ask_in=[language])
    done = [replace(each, outputs=(_obedient(each),)) for each in asked]
    score = _figure(done)
    assert score.value == 100, [r for r in done if checks.failures(r.wishes, r.outputs[-1])]
    assert score.details["answers"] == 100
    assert set(score.details["by_instruction"].values()) == {100.0}
    assert score.details["by_language"] == {language: 100.0}
    kinds = set(score.details["by_instruction"])
    assert kinds == {
        "at_least", "at_most", "avoid", "capitals", "contain", "ending", "json_object", "language",
        "points", "sentences",
    }  # fmt: skip
    # The other language for a good answer costs all of it.
    other = [replace(each, outputs=("Это совсем другой язык, и больше ничего.",)) for each in asked]
    assert _figure(other).value == 0


def test_every_instruction_is_asked_for_and_none_dominates() -> None:
    results = _asked(lambda *_: "x", count=400)
    kinds = Counter(
        next((k for k in ("most", "least") if k in wish.options), wish.kind)
        for each in results
        for wish in each.wishes[3:]
    )
    assert len(kinds) == 9
    for kind, count in kinds.items():
        assert 12 <= count < 200, kind
    # Languages of the text, one and the other.
    spoken = Counter(each.sample.source_lang for each in results)
    assert 150 < spoken["en"] < 250
    assert spoken["en"] + spoken["de"] == 400


def test_counts_are_words_or_characters() -> None:
    for language, unit in (("fr", "words"), ("ja", "characters")):
        lengths = [
            wish.options["unit"]
            for each in _asked(lambda *_: "x", ask_in=[language])
            for wish in each.wishes[3:]
            if wish.kind == "length"
        ]
        assert set(lengths) == {unit}


def test_two_systems_can_be_compared() -> None:
    asked = _asked(lambda *_: "x")
    done = [replace(each, outputs=(_obedient(each),)) for each in asked]
    test = significance.paired(asked, done, "following")["followed"]
    assert (test["a"], test["b"]) == (0, 100)
    assert test["p_randomisation"] < 0.001
