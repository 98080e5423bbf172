"""The simulated user wants what the reference says, and nothing of the reference itself."""

from __future__ import annotations

import pytest

from bayling import checks
from bayling.evaluate import user
from bayling.records import Check, Sample

SAMPLE = Sample(
    "1",
    "Please delete the 3 old files in %s before you close the application.",
    "Bitte löschen Sie die 3 alten Dateien in %s, bevor Sie die Anwendung schließen.",
    "en",
    "de",
    "doc",
    terms=(("files", "Dateien"), ("application", "Anwendung")),
    checks=(Check("keep", {"items": ["3", "%s"]}),),
)
ZH = Sample("2", "The file was deleted.", "文件已被删除。", "en", "zh", "doc", (("file", "文件"),))


def _asked(text: str, sample: Sample = SAMPLE) -> list[tuple[str, str]]:
    return [(need.kind, need.request) for need in user.needs(sample, text)]


def _words(kind: str, text: str, sample: Sample) -> list[str]:
    return [need.values["word"] for need in user.needs(sample, text) if need.kind == kind]


@pytest.mark.parametrize("sample", [SAMPLE, ZH])
def test_the_reference_lacks_nothing(sample: Sample) -> None:
    assert user.needs(sample, sample.reference) == []


# A good answer, damaged in one way: (from, to, the first thing asked for).
DAMAGES = [
    ("Anwendung", "Applikation", ("term", "use_for")),
    ("Dateien", "Akten", ("term", "use_for")),
    (" 3 ", " 4 ", ("item", "wrong_item")),
    (" in %s", "", ("item", "lost")),
    ("löschen Sie", "lösche", ("register", "formal")),
    ("alten Dateien", "old Dateien", ("", "")),
    ("Dateien", "files Dateien", ("unwanted", "avoid")),
    ("schließen.", "schließen. " + "Das ist so und bleibt so. " * 4, ("length", "shorter_words")),
]


@pytest.mark.parametrize(("old", "new", "first"), DAMAGES)
def test_a_damage_is_asked_to_be_mended(old: str, new: str, first: tuple[str, str]) -> None:
    text = SAMPLE.reference.replace(old, new)
    assert text != SAMPLE.reference
    assert (_asked(text) or [("", "")])[0] == first
    for need in user.needs(SAMPLE, text):
        # What grants the wish is not there, and the reference grants it.
        assert not checks.holds(need.wish, text).ok
        assert checks.holds(need.wish, SAMPLE.reference).ok


def test_an_answer_in_another_language_is_that_before_all() -> None:
    assert _asked(SAMPLE.source)[0] == ("language", "wrong_language")
    assert _asked(ZH.source, ZH)[0] == ("language", "wrong_language")


def test_half_an_answer_is_incomplete() -> None:
    assert ("missing", "incomplete") in _asked("Bitte schließen Sie 3 %s.")
    assert _asked("")[0] == ("missing", "incomplete")
    assert ("missing", "incomplete") not in _asked(SAMPLE.reference.replace("alten ", ""))
    # Two words for three are no half.
    short = Sample("3", "Close the file", "Schließen der Datei", "en", "de", "doc")
    assert _asked("Datei schließen", short) == []


def test_longer_terms_come_first_and_forms_count() -> None:
    assert _words("term", "Bitte 3 %s.", SAMPLE) == ["Anwendung", "Dateien"]
    assert _words("term", "Die Datei der Anwendungen", SAMPLE) == []
    # Whoever asks for a word takes another form of it.
    wish = user.needs(SAMPLE, SAMPLE.reference.replace("Dateien", "Akten"))[0].wish
    assert user.grants(wish, "Die Datei")
    assert not user.grants(wish, "Die Akten")


def test_words_are_asked_for_where_most_are_missing() -> None:
    bare = Sample("4", SAMPLE.source, SAMPLE.reference, "en", "de", "doc")
    lacking = _words("word", "Bitte 3 %s so gut und schön wie es nur eben geht.", bare)
    assert lacking[:2] == ["Anwendung", "schließen"]
    assert _words("word", "löschen schließen Anwendung", bare) == []
    assert _words("word", "没有", ZH) == []


def test_characters_are_counted_where_no_spaces_are_written() -> None:
    assert ("length", "shorter_characters") in _asked("文件" * 10, ZH)


def test_a_placeholder_that_stands_twice_is_needed_twice() -> None:
    twice = Check("keep", {"items": ["%s", "%s"]})
    sample = Sample("6", "Use %s or %s", "Nimm %s oder %s", "en", "de", "doc", checks=(twice,))
    assert _asked("Nimm %s oder nicht", sample) == [("item", "lost")]


def test_numbers_that_the_reference_has_are_not_wrong() -> None:
    five = Check("keep", {"items": ["5"]})
    sample = Sample("7", "Three files of 5.", "3 Dateien von 5.", "en", "de", "doc", checks=(five,))
    assert _asked("3 Dateien.", sample) == [("item", "lost")]


def test_words_of_both_languages_and_letters_of_another_script() -> None:
    also = Sample("8", "It is also new.", "Es ist neu.", "en", "de", "doc")
    assert _asked("Also ist es neu.", also) == []
    english = Sample("9", "请删除文件。", "Please delete the file.", "zh", "en", "doc")
    assert ("unwanted", "avoid") in _asked("Please delete the 文件.", english)
    assert _asked(english.reference, english) == []


def test_what_the_reference_lacks_itself_is_not_asked_for() -> None:
    odd = Sample(
        "5",
        "Use 3 of %s",
        "Nimm alle",
        "en",
        "de",
        "doc",
        checks=(Check("keep", {"items": ["3"]}),),
    )
    assert user.needs(odd, "Nimm das") == []
