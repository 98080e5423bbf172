"""The interactive benchmark itself: what it must say of systems whose worth is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from bayling import parts, wording
from bayling.evaluate import generate
from bayling.evaluate.metrics import conversation
from bayling.records import Check, Message, Result, Sample, Score

TEXTS = [
    ("Please delete the old file.", "Bitte löschen Sie die alte Datei.", "file", "Datei"),
    ("Please close the new window.", "Bitte schließen Sie das neue Fenster.", "window", "Fenster"),
    ("The user has no password.", "Der Benutzer hat kein Passwort.", "password", "Passwort"),
    ("The server sent 3 messages.", "Der Server hat 3 Nachrichten gesendet.", "server", "Server"),
    (
        "You cannot rename this folder.",
        "Sie können den Ordner nicht umbenennen.",
        "folder",
        "Ordner",
    ),
]
SAMPLES = [
    Sample(
        str(number),
        source,
        target,
        "en",
        "de",
        "doc",
        ((term, word),),
        (Check("keep", {"items": ["3"]}),) if "3" in source else (),
    )
    for number, (source, target, term, word) in enumerate(TEXTS)
]
BY_SOURCE = {sample.source: sample for sample in SAMPLES}


def _sample(messages: Sequence[Message]) -> Sample:
    return next(each for each in SAMPLES if messages[0].text.endswith(each.source))


class System:
    """Answers from what was said."""

    name = "system"

    def __init__(self, say: Callable[[Sequence[Message]], str]) -> None:
        self._say = say

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        return [self._say(each) for each in conversations]


def _without_term(messages: Sequence[Message]) -> str:
    """A good first answer, but for the term."""
    sample = _sample(messages)
    return sample.reference.replace(sample.terms[0][1], "Dings")


def _oracle(messages: Sequence[Message]) -> str:
    return _sample(messages).reference


def _obedient(messages: Sequence[Message]) -> str:
    return _without_term(messages) if len(messages) == 1 else _oracle(messages)


def _echo(messages: Sequence[Message]) -> str:
    return _sample(messages).source


def _reciter(messages: Sequence[Message]) -> str:
    words = (
        sample.terms[0][1]
        for sample in SAMPLES
        for m in messages[1:]
        if sample.terms[0][1] in m.text
    )
    return " ".join(["Das", *words])


def _translates_the_request(messages: Sequence[Message]) -> str:
    if len(messages) == 1:
        return _without_term(messages)
    return f"Verwenden Sie {_sample(messages).terms[0][1]}."


def _results(say: Callable[[Sequence[Message]], str]) -> list[Result]:
    return generate.results(
        "interactive", parts.options("task", "interactive"), SAMPLES, System(say), 1
    )


def _scores(say: Callable[[Sequence[Message]], str]) -> dict[str, Score]:
    found = conversation.score(_results(say), conversation.Options())
    return {score.name: score for score in found}


def test_an_oracle_has_everything() -> None:
    scores = _scores(_oracle)
    assert scores["conversation"].value == pytest.approx(100)
    assert scores["satisfied_users"].value == 100
    assert scores["satisfied_users"].details["turns"] == 0
    assert scores["word_strokes"].value == 0
    # Nothing was asked, so nothing can be said of requests.
    assert "fulfilled_next" not in scores


def test_an_obedient_system_needs_one_request() -> None:
    scores = _scores(_obedient)
    assert scores["conversation"].value == pytest.approx(100)
    by_turn = scores["satisfied_users"].details["by_turn"]
    assert by_turn == {"1": 0, "2": 100}
    assert scores["satisfied_users"].details["turns"] == 1
    assert scores["fulfilled_next"].value == 100
    assert scores["fulfilled_next"].details["by_wish"] == {"word": {"score": 100.0, "n": 5}}
    # One word is typed in a request instead of one in the answer.
    assert scores["word_strokes"].value == scores["word_strokes"].details["post_edit"] > 0
    chrf = scores["conversation"].details["chrf2_by_turn"]
    assert chrf["1"] < chrf["2"] == pytest.approx(100)


@pytest.mark.parametrize("say", [_echo, _reciter, _translates_the_request])
def test_cheap_ways_to_fulfil_wishes_score_near_nothing(
    say: Callable[[Sequence[Message]], str],
) -> None:
    scores = _scores(say)
    assert scores["conversation"].value < 5
    assert scores["word_strokes"].value > 50


def test_who_ignores_requests_stays_where_he_was() -> None:
    scores = _scores(_without_term)
    assert scores["conversation"].value == 0
    assert scores["fulfilled_next"].value == 0
    assert len(set(scores["conversation"].details["chrf2_by_turn"].values())) == 1
    low, high = scores["satisfied_users"].interval or (0, 0)
    assert (low, round(high)) == (0, 43)
    assert "regressions" not in scores


def test_a_wish_that_is_broken_again_is_a_regression() -> None:
    sample = SAMPLES[0]
    outputs = ("Bitte löschen Sie das alte Ding.", sample.reference, "Bitte löschen Sie das Ding.")
    wishes = tuple(Check("contain", {"phrase": each}) for each in ("Datei", "Ding"))
    result = Result(sample, (), outputs, wishes, (1, 2))
    scores = {s.name: s for s in conversation.score([result], conversation.Options())}
    assert scores["regressions"].value == 100
    # Once broken, it is not broken again by every answer that leaves it so; and a wish that was
    # asked for twice is one.
    outputs = ("Das Ding.", sample.reference, "Das Ding.", "Das Ding.", "Das Ding.")
    result = Result(sample, (), outputs, wishes[:1] * 2, (1, 3))
    scores = {s.name: s for s in conversation.score([result], conversation.Options())}
    assert scores["regressions"].value == 100
    assert conversation._counts(result)["regressions"] == (1, 1)


def test_another_form_of_the_word_asked_for_grants_the_wish() -> None:
    sample = SAMPLES[0]
    outputs = ("Bitte löschen Sie das alte Ding.", "Bitte löschen Sie die alten Dateien.")
    result = Result(sample, (), outputs, (Check("contain", {"phrase": "Datei"}),), (1,))
    scores = {s.name: s for s in conversation.score([result], conversation.Options())}
    assert scores["fulfilled_next"].value == scores["satisfied_users"].value == 100


def test_who_hangs_the_word_on_the_end_loses_quality_alone() -> None:
    def append(messages: Sequence[Message]) -> str:
        base = _without_term(messages)
        return base if len(messages) == 1 else f"{base} {_sample(messages).terms[0][1]}"

    scores, sound = _scores(append), _scores(_obedient)
    assert scores["satisfied_users"].value == 100
    assert scores["conversation"].value < sound["conversation"].value - 10


def _damaged(old: str, new: str) -> dict[str, float]:
    """The figures of a system that always says its references so."""
    return {
        name: score.value for name, score in _scores(lambda m: _oracle(m).replace(old, new)).items()
    }


def test_damages_lower_what_they_are_meant_to() -> None:
    sound = _damaged("x", "x")
    for old, new in (("Datei", "Akte"), ("3", "4"), ("löschen Sie", "lösche")):
        damaged = _damaged(old, new)
        assert damaged["satisfied_users"] == 80
        assert damaged["conversation"] < sound["conversation"]
    # A synonym for a word that nobody asks for.
    assert _damaged("alte", "gealterte")["satisfied_users"] == 100
    assert _damaged("alte", "gealterte")["conversation"] < 100
    assert _damaged("alte", "gealterte")["word_strokes"] > 0


def test_wishes_by_the_users_word_for_them() -> None:
    of = [
        (Check("length", {"least": 3, "unit": "words"}), "missing"),
        (Check("length", {"most": 3, "unit": "words"}), "length"),
        (Check("keep", {"items": ["3"]}), "item"),
        (Check("avoid", {"phrase": "x"}), "unwanted"),
        (Check("register", {"language": "de", "register": "formal"}), "register"),
    ]
    assert all(conversation._kind(wish) == name for wish, name in of)


def test_figures_apart_by_length_and_language() -> None:
    details = _scores(_oracle)["satisfied_users"].details
    assert details["by_language"] == {"en-de": {"score": 100.0, "n": 5}}
    assert details["by_length"] == {"05 at most": {"score": 100.0, "n": 5}}


def test_results_of_other_tasks_are_left_alone() -> None:
    result = Result(SAMPLES[0], (), ("Datei",))
    assert conversation.score([result], conversation.Options()) == []
    for each in conversation.segments([result], conversation.Options()):
        assert each.rows.sum() == 0


def test_two_systems_are_compared_in_pairs() -> None:
    from bayling.evaluate import significance

    found = significance.paired(_results(_without_term), _results(_obedient), "conversation")
    assert found["conversation"]["difference"] == pytest.approx(100)
    assert "regressions" not in found


def test_the_task_asks_in_a_language_of_the_user() -> None:
    part, made = parts.load("task", "interactive"), parts.options("task", "interactive")
    said = {next(part.flow(SAMPLES[0], made, random.Random(n)))[0].text for n in range(30)}
    known = {
        wording.fill(
            each,
            language,
            random.Random(0),
            source=SAMPLES[0].source,
            source_language="en",
            target_language="de",
        )
        for language in ("en", "de")
        for each in wording.phrasings("translate", language)
    }
    assert said <= known
