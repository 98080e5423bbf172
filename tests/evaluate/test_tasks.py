"""Tasks as generators, with scripted answers in the place of a model."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from bayling import languages, parts, wording
from bayling.errors import UserError
from bayling.evaluate.tasks import Flow
from bayling.records import Message, Result, Sample

SAMPLE = Sample(
    id="s1",
    source="The user deleted the file.",
    reference="Der Benutzer hat die Datei gelöscht.",
    source_lang="en",
    target_lang="de",
    origin="shop:de.po:1",
    terms=(("user", "Benutzer"), ("file", "Datei")),
)
BARE = Sample("s2", "It works well.", "Das klappt gut.", "en", "de", "shop:de.po:2")
TASKS = ("translation", "constrained", "revise")


def _flow(task: str, seed: object = 0, sample: Sample = SAMPLE, **options: Any) -> Flow:
    made = parts.options("task", task, options)
    flow: Flow = parts.load("task", task).flow(sample, made, random.Random(str(seed)))
    return flow


def _play(flow: Flow, *answers: str) -> tuple[list[tuple[Message, ...]], Result]:
    """What was asked before each answer, and the result; all answers have to be used."""
    asked = [next(flow)]
    for answer in answers[:-1]:
        asked.append(flow.send(answer))
    with pytest.raises(StopIteration) as end:
        flow.send(answers[-1])
    result: Result = end.value.value
    return asked, result


def _in_wording(request: str, kinds: tuple[str, ...], held_out: bool) -> bool:
    """Whether a request is, placeholders apart, one of the phrasings of these kinds."""
    fixed = {"source": re.escape(SAMPLE.source)}
    for kind in kinds:
        for language in ("en", "de"):
            names = {
                "source_language": languages.name("en", language),
                "target_language": languages.name("de", language),
            }
            for phrasing in wording.phrasings(kind, language, held_out):
                pattern = re.sub(
                    r"\\\{(\w+)\\\}",
                    lambda found, known={**fixed, **names}: known.get(found[1], ".+?"),
                    re.escape(phrasing),
                )
                if re.fullmatch(pattern, request):
                    return True
    return False


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_requests_are_in_the_phrasings_chosen(seed: int, held_out: bool) -> None:
    translation, _ = _play(_flow("translation", seed, held_out=held_out), "x")
    constrained, _ = _play(_flow("constrained", seed, held_out=held_out), "x")
    revise, _ = _play(_flow("revise", seed, held_out=held_out), "x", "y")
    assert _in_wording(translation[0][-1].text, ("translate",), held_out)
    assert _in_wording(constrained[0][-1].text, ("constrain",), held_out)
    assert _in_wording(revise[0][-1].text, ("translate",), held_out)
    assert _in_wording(revise[1][-1].text, ("use_for", "use"), held_out)


@pytest.mark.parametrize("task", TASKS)
def test_the_first_request_depends_on_the_seed_alone(task: str) -> None:
    requests = [next(_flow(task, seed)) for seed in (0, 0, 1, 2, 3)]
    assert requests[0] == requests[1]
    assert len(set(requests)) > 2
    for messages in requests:
        assert [message.role for message in messages] == ["user"]
        assert SAMPLE.source in messages[0].text


@pytest.mark.parametrize("task", TASKS)
def test_users_ask_in_the_languages_chosen(task: str) -> None:
    said = {next(_flow(task, seed, ask_in=["de"]))[0].text for seed in range(10)}
    # German names of languages, never English ones.
    assert not any("German" in text or "English" in text for text in said)


@pytest.mark.parametrize("task", TASKS)
def test_options_out_of_range(task: str) -> None:
    with pytest.raises(UserError, match=f"task '{task}', option 'ask_in': .* at least 1 item"):
        parts.options("task", task, {"ask_in": []})
    with pytest.raises(UserError, match="no wording of requests in 'fi'; there is in: ar, de, en"):
        next(_flow(task, ask_in=["fi"]))


def test_at_least_one_word_is_asked_for() -> None:
    with pytest.raises(UserError, match="task 'constrained', option 'most'"):
        parts.options("task", "constrained", {"most": 0})


@pytest.mark.parametrize(("task", "suits"), zip(TASKS, (True, False, False), strict=True))
def test_without_terms_there_is_nothing_to_ask_for(task: str, suits: bool) -> None:
    part, options = parts.load("task", task), parts.options("task", task)
    assert part.suits(SAMPLE, options)
    assert part.suits(BARE, options) == suits


def test_translation_is_one_turn_without_a_wish() -> None:
    asked, result = _play(_flow("translation"), "Datei gelöscht.")
    assert len(asked) == 1
    assert result.outputs == ("Datei gelöscht.",)
    assert result.wishes == ()
    # The model is told which part of the request is the text.
    (span,) = asked[0][0].spans
    assert asked[0][0].text[span.start : span.end] == SAMPLE.source
    assert span.role == "source"
    assert [(m.role, m.text) for m in result.messages][-1] == ("assistant", "Datei gelöscht.")


def test_constrained_wishes_for_what_it_asked_for() -> None:
    counts = set()
    for seed in range(20):
        [[request]], result = _play(_flow("constrained", seed), "egal")
        words = [wish.options["phrase"] for wish in result.wishes]
        assert set(words) <= {"Benutzer", "Datei"}
        assert all(word in request.text for word in words)
        assert {wish.kind for wish in result.wishes} == {"contain"}
        counts.add(len(words))
    assert counts == {1, 2}
    _, result = _play(_flow("constrained", most=1), "egal")
    assert len(result.wishes) == 1


def test_nothing_is_asked_of_an_answer_that_has_every_word() -> None:
    answer = "Die Datei hat der Benutzer gelöscht."
    asked, result = _play(_flow("revise"), answer)
    assert len(asked) == 1
    assert (result.outputs, result.wishes) == ((answer,), ())
    assert len(result.messages) == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_word_that_is_missing_is_asked_for(seed: int) -> None:
    first, second = "Der Benutzer hat das Dokument gelöscht.", SAMPLE.reference
    asked, result = _play(_flow("revise", seed), first, second)
    request = asked[1][-1]
    assert [message.role for message in asked[1]] == ["user", "assistant", "user"]
    assert asked[1][1].text == first
    assert "Datei" in request.text
    assert "Benutzer" not in request.text
    assert [(wish.kind, wish.options) for wish in result.wishes] == [
        ("contain", {"phrase": "Datei"})
    ]
    assert result.outputs == (first, second)
    assert [message.text for message in result.messages] == [
        asked[0][0].text,
        first,
        request.text,
        second,
    ]


def test_a_word_inside_another_word_is_missing() -> None:
    asked, result = _play(_flow("revise"), "Der Benutzer hat die Dateiablage gelöscht.", "x")
    assert len(asked) == 2
    assert result.wishes[0].options == {"phrase": "Datei"}


@pytest.mark.parametrize("form", ["Dateien", "datei", "DATEI"])
def test_another_form_of_a_word_is_not_asked_to_be_changed(form: str) -> None:
    asked, result = _play(_flow("revise"), f"Der Benutzer hat die {form} gelöscht.")
    assert len(asked) == 1
    assert result.wishes == ()


def test_any_of_several_missing_words_may_be_asked_for() -> None:
    wishes = {
        _play(_flow("revise", seed), "", "")[1].wishes[0].options["phrase"] for seed in range(9)
    }
    assert wishes == {"Benutzer", "Datei"}


@pytest.mark.parametrize("seed", range(6))
def test_the_request_is_in_the_language_of_the_first_one(seed: int) -> None:
    asked, _ = _play(_flow("revise", seed, ask_in=["de"]), "x", "y")
    pieces = [
        re.split(r"\{\w+\}", phrasing)
        for kind in ("use_for", "use")
        for phrasing in wording.phrasings(kind, "de")
    ]
    request = asked[1][-1].text
    assert any(all(piece in request for piece in each) for each in pieces)


def test_a_user_asks_again_in_other_words_where_it_was_in_vain() -> None:
    first, second = "Der Nutzer hat die Akte entfernt.", "Der Nutzer hat die Akte gelöscht."
    for seed in range(20):
        flow = _flow("revise", seed, requests=2, ask_in=["de"])
        next(flow)
        asked = flow.send(first)[-1].text
        again = flow.send(second)[-1].text
        assert asked != again
        word = "Benutzer" if "Benutzer" in asked else "Datei"
        assert word in again
        with pytest.raises(StopIteration) as end:
            flow.send(f"{second} {word}")
        result: Result = end.value.value
        assert result.outputs == (first, second, f"{second} {word}")
        assert len(result.wishes) == 1
        assert [message.role for message in result.messages] == ["user", "assistant"] * 3


def test_who_has_the_word_asks_no_more() -> None:
    asked, result = _play(
        _flow("revise", requests=3), "Etwas ganz anderes", "Benutzer und Datei in einem"
    )
    assert len(asked) == 2
    assert len(result.outputs) == 2


def test_users_write_the_languages_of_the_text_or_else_english() -> None:
    finnish = Sample("f", "Avaa tiedosto.", "Datei öffnen.", "fi", "de", "x:y:1")
    said = {next(_flow("translation", seed, finnish))[0].text for seed in range(20)}
    assert all("Deutsch" in text or "ü" in text or "auf" in text for text in said)
    both = Sample("f", "Avaa tiedosto.", "Otevřít soubor.", "fi", "cs", "x:y:1")
    said = {next(_flow("translation", seed, both))[0].text for seed in range(20)}
    assert all("Czech" in text for text in said)


def test_interactive_asks_for_one_thing_at_a_time_until_satisfied() -> None:
    asked, result = _play(
        _flow("interactive"),
        "Der Nutzer hat die Akte gelöscht.",
        "Der Benutzer hat die Akte gelöscht.",
        SAMPLE.reference,
    )
    assert [len(messages) for messages in asked] == [1, 3, 5]
    assert [wish.options["phrase"] for wish in result.wishes] == ["Benutzer", "Datei"]
    assert result.asked_after == (1, 2)
    assert len(result.messages) == 6
    assert all("Benutzer" in messages[2].text for messages in asked[1:])
    assert Result.from_json(result.to_json()) == result


def test_interactive_ends_at_once_where_nothing_is_missing() -> None:
    _, result = _play(_flow("interactive"), SAMPLE.reference)
    assert (result.wishes, result.asked_after) == ((), ())


def test_interactive_asks_again_and_then_for_something_else() -> None:
    flat = "Der Nutzer hat die Akte gelöscht."
    _, result = _play(_flow("interactive", requests=9), *[flat] * 5)
    said = [wish.options["phrase"] for wish in result.wishes]
    assert said == ["Benutzer", "Benutzer", "Datei", "Datei"]
    _, result = _play(_flow("interactive", requests=3, repeat=1), *[flat] * 3)
    assert [wish.options["phrase"] for wish in result.wishes] == ["Benutzer", "Datei"]
    _, result = _play(_flow("interactive", requests=1), flat, flat)
    assert len(result.wishes) == 1


def test_interactive_users_ask_in_known_words() -> None:
    for seed in range(20):
        asked, _ = _play(
            _flow("interactive", seed, held_out=True, requests=1),
            SAMPLE.source,
            SAMPLE.reference,
        )
        assert _in_wording(asked[1][2].text, ("wrong_language",), True)


def test_terminology_in_three_conditions() -> None:
    for seed in range(10):
        asked, result = _play(_flow("terms_none", seed), "Datei.")
        assert _in_wording(asked[0][0].text, ("translate",), False)
        assert [wish.options["phrase"] for wish in result.wishes] == ["Benutzer", "Datei"]
        asked, result = _play(_flow("terms_proper", seed), "Datei.")
        assert all(word in asked[0][0].text for word in ("Benutzer", "Datei"))
        assert [wish.options["phrase"] for wish in result.wishes] == ["Benutzer", "Datei"]
        asked, result = _play(_flow("terms_random", seed, held_out=True), "Datei.")
        words = [wish.options["phrase"] for wish in result.wishes]
        assert len(words) == 2
        assert set(words) <= {"Der", "hat", "die", "gelöscht"}
        assert all(word in asked[0][0].text for word in words)
    for task in ("terms_none", "terms_proper", "terms_random"):
        part, options = parts.load("task", task), parts.options("task", task)
        assert part.suits(SAMPLE, options)
        assert not part.suits(BARE, options)
    only = Sample("s3", "File", "Datei", "en", "de", "shop:de.po:3", terms=(("File", "Datei"),))
    part = parts.load("task", "terms_random")
    assert not part.suits(only, parts.options("task", "terms_random"))
