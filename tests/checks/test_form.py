"""The checks of form: sentences, points, capitals, an ending, JSON, and copies of pieces."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from bayling import checks
from bayling.checks._sizes import sentences
from bayling.records import Check


def reason(kind: str, text: str, **options: Any) -> str:
    """'' where the check holds."""
    outcome = checks.holds(Check(kind, options), text)
    assert outcome.ok == (outcome.reason == "")
    return outcome.reason


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("…", 0),
        ("ends without a mark", 1),
        ("What's up? I am fine...", 2),
        ("He said: “Go.” Then he left.", 2),
        ("A title\nA sentence.\n\nB", 3),
        # Full stops that end nothing.
        ("Die Katze schläft, z. B. im Bett.", 1),
        ("Dr. Meier kommt am 3. Oktober.", 1),
        ("The U.S. Army grows. It is big.", 2),
        ("1. Brot kaufen", 1),
        ("Siehe Nr. 5 und No. 6.", 1),
        # Others of the same look end one.
        ("Do you like rain? No. I prefer sun.", 3),
        ("Das ist Plan B. Er ist gut.", 2),
        ("Es war 1990. Dann kam er.", 2),
        ("Wir gehen um 8. Kommst du?", 2),
        ("Version 3.5 is out, e.g. here.", 1),
        ("Das kostet 5,- Euro usw. und mehr.", 1),
        ("Версия вышла. Т. е. она готова.", 2),
        # Other scripts.
        ("雨が降る。私は寝る！", 2),
        ("我喜欢“雨。”你呢？", 2),
        ("هل تحب المطر؟ نعم، أحبه.", 2),
    ],
)
def test_sentences_are_counted(text: str, count: int) -> None:
    assert sentences(text) == count


def test_sentences() -> None:
    assert reason("sentences", "Es regnet. Es schneit.", count=2) == ""
    assert reason("sentences", "Es regnet.", count=2) == "has 1 sentences instead of 2"


def test_points() -> None:
    assert reason("points", "- Brot\n- Milch\n", count=2) == ""
    assert reason("points", "• Brot\n\n – Milch", count=2) == ""
    assert reason("points", "- Brot", count=2) == "has 1 points instead of 2"
    prose = "is not a list: some lines begin with no “-”"
    assert reason("points", "Hier:\n- Brot\n- Milch", count=2) == prose
    assert reason("points", "Brot", count=1) == prose
    # A rule of hyphens is no point.
    assert reason("points", "---", count=1) == prose
    for text in ("- **Regen**: nass", "- „Regen“ ist nass", "- ¿Qué es?"):
        assert reason("points", text, count=1) == ""


def test_capitals() -> None:
    assert reason("capitals", "ES REGNET IN DER STRAßE. %S") == ""
    assert reason("capitals", "ES Regnet") == "has small letters ('e')"
    assert reason("capitals", "123") == "has no capital letters"
    assert reason("capitals", "雨") == "has no capital letters"


def test_ending() -> None:
    assert reason("ending", "Es regnet. Das war alles.", phrase="Das war alles.") == ""
    assert reason("ending", "Es regnet. „Das  war\nalles!“", phrase="Das war alles.") == ""
    assert reason("ending", "雨です。次回に続く。", phrase="次回に続く。") == ""
    wrong = "does not end with 'Alles.'"
    assert reason("ending", "Alles. Oder nicht?", phrase="Alles.") == wrong
    assert reason("ending", "das Überalles", phrase="Alles.") == wrong
    assert reason("ending", "dasAlles", phrase="Alles.") == wrong
    assert reason("ending", "", phrase="Alles.") == wrong
    assert reason("ending", "Wie auch immer: Alles, dasAlles.", phrase="Alles.") == wrong
    decomposed = unicodedata.normalize("NFD", "Das war schön.")
    assert reason("ending", decomposed, phrase="schön") == ""


def test_json_object() -> None:
    keys = ("title", "text")
    assert reason("json_object", '{"text": "a", "title": "b"}', keys=keys) == ""
    assert reason("json_object", '```json\n{"text": "a", "title": "b"}\n```', keys=keys) == ""
    none = "is no JSON object"
    assert reason("json_object", 'Here: {"text": "a", "title": "b"}', keys=keys) == none
    assert reason("json_object", "[" * 100_000, keys=keys) == none
    no_text = "has no text under text"
    assert reason("json_object", '{"text": 1, "title": "b"}', keys=keys) == no_text
    assert reason("json_object", '{"text": " ", "title": "b"}', keys=keys) == no_text
    assert reason("json_object", '["title", "text"]', keys=keys) == "is no JSON object"
    assert reason("json_object", '{"title": 1}', keys=keys) == "has the keys title"
    assert reason("json_object", "{}", keys=keys) == "has the keys none"


def test_pieces_of_the_source() -> None:
    source = "Schreib genau drei Sätze über den Regen in der Stadt."
    half = "Schreib genau drei Sätze. Der Hund bellt."
    assert reason("not_copy", half, source=source) == ""
    assert reason("not_copy", half, source=source, most=0.6) == ""
    assert reason("not_copy", half, source=source, most=0.5) == "repeats much of the source"
    # Shorter pieces are anybody's.
    assert reason("not_copy", "Genau drei Sätze.", source=source, most=0.1) == ""
    assert reason("not_copy", "", source=source, most=0.1) == ""
    # Where no spaces are written, characters are counted.
    much = reason("not_copy", "请写三句话。好", source="请写三句话，关于雨。", most=0.5)
    assert much == "repeats much of the source"
    assert reason("not_copy", "雨天很安静，我喜欢。", source="请写三句话，关于雨。", most=0.5) == ""
