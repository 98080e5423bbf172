"""How many words or characters a translation may have."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from bayling import checks
from bayling.errors import UserError
from bayling.records import Check


def reason(text: str, most: Any, unit: str) -> str:
    """'' where the check holds."""
    outcome = checks.holds(Check("length", {"most": most, "unit": unit}), text)
    assert outcome.ok == (outcome.reason == "")
    return outcome.reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Datei wurde gelöscht.", 4),
        ("Die  Datei\n wurde\tgelöscht.", 4),
        # A dash that stands alone is no word, a hyphen joins one.
        ("Berlin – Paris", 2),
        ("Datei-Manager öffnen …", 2),
        ("noch 14 Tage", 3),
        ("%s von %s", 3),
        ("Не найдено", 2),
    ],
)
def test_words(text: str, words: int) -> None:
    assert reason(text, words, "words") == ""
    if words > 2:
        expected = f"has {words} words, {words - 1} are allowed"
        assert reason(text, words - 1, "words") == expected


@pytest.mark.parametrize("text", ["Größe", "ファイル が", " a b ", "–"])
def test_characters(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    for form in (composed, unicodedata.normalize("NFD", text)):
        assert reason(form, len(composed), "characters") == ""
    if len(composed) > 2:
        expected = f"has {len(composed)} characters, {len(composed) - 1} are allowed"
        assert reason(text, len(composed) - 1, "characters") == expected


def test_one_is_allowed() -> None:
    assert reason("zwei Wörter", 1, "words") == "has 2 words, 1 is allowed"
    assert reason("", 1, "words") == ""


def test_the_least_that_is_needed() -> None:
    check = Check("length", {"least": 3, "unit": "words"})
    assert checks.holds(check, "eins zwei drei").ok
    assert checks.holds(check, "eins zwei").reason == "has 2 words, 3 are needed"
    with pytest.raises(UserError, match="expected `most` or `least`"):
        checks.holds(Check("length", {"unit": "words"}), "eins")


@pytest.mark.parametrize(("most", "unit"), [(0, "words"), (-3, "characters"), (5, "lines")])
def test_what_cannot_be_counted_is_refused(most: int, unit: str) -> None:
    option = "unit" if unit == "lines" else "most"
    with pytest.raises(UserError, match=rf"'length', option '{option}'"):
        reason("text", most, unit)
