"""What each check lets pass and what it refuses, with the reason it gives."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from bayling import chain, checks, parts
from bayling.errors import UserError
from bayling.records import Check


def reason(kind: str, text: str, **options: Any) -> str:
    """'' where the check holds."""
    outcome = checks.holds(Check(kind, options), text)
    assert outcome.ok == (outcome.reason == "")
    return outcome.reason


def test_the_folder_is_the_table() -> None:
    expected = (
        "avoid capitals chain contain ending json_object keep language length not_copy points "
        "register sentences term"
    )
    assert parts.names("check") == expected.split()


def test_contain() -> None:
    assert reason("contain", "Die Datei ist leer.", phrase="Datei") == ""
    assert reason("contain", "Der Dateiname fehlt.", phrase="Datei") == "'Datei' is missing"
    assert reason("contain", "die datei", phrase="Datei") == "'Datei' is missing"
    assert reason("contain", "die datei", phrase="Datei", match_case=False) == ""


def test_avoid() -> None:
    assert reason("avoid", "Die Akten sind leer.", phrase="Akte") == ""
    assert reason("avoid", "Die Akte ist leer.", phrase="Akte") == "'Akte' is still there"
    assert reason("avoid", "die akte", phrase="Akte") == ""
    assert reason("avoid", "die akte", phrase="Akte", match_case=False) != ""


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("zwei", "Zwei Dateien fehlen.", True),
        ("zwei Dateien", "Alles gut? „Zwei Dateien fehlen.“", True),
        ("zwei", "Fehler: Zwei Dateien fehlen.", True),
        ("zwei", "Hinweis\nZwei Dateien fehlen.", True),
        # Within a sentence a capital makes another word of it.
        ("überschreiten", "Das Überschreiten der Grenze", False),
        ("überschreiten", "z.B.Überschreiten", False),
        ("überschreiten", "z. B. Überschreiten der Grenze", False),
        ("suchen", "ca. Suchen", False),
        ("oktober", "am 3. Oktober", False),
        ("zwei", "<b>Zwei</b> Dateien fehlen.", True),
        ("zwei", "Das fehlt. Zwei Dateien.", True),
        # Nothing makes a small letter of a capital.
        ("Zwei", "Es fehlen zwei.", False),
        ("iPhone", "IPHONE", False),
        ("", "Zwei", None),
    ],
)
def test_a_sentence_begins_with_a_capital(phrase: str, text: str, there: bool | None) -> None:
    if there is None:
        with pytest.raises(UserError, match="empty phrase"):
            reason("contain", text, phrase=phrase)
        return
    assert (reason("contain", text, phrase=phrase) == "") == there
    assert (reason("avoid", text, phrase=phrase) != "") == there
    assert (
        reason("term", text, source="x", term="x", translation=phrase, match_case=True) == ""
    ) == there


def test_contain_and_avoid_exclude_each_other() -> None:
    for text in ("Die Datei", "Dateien", "", "datei", "Datei-Manager"):
        assert (reason("contain", text, phrase="Datei") == "") != (
            reason("avoid", text, phrase="Datei") == ""
        )


def test_term() -> None:
    entry = {"term": "file", "translation": "Datei"}
    assert reason("term", "Datei öffnen", source="Open file", **entry) == ""
    assert reason("term", "datei öffnen", source="open FILE", **entry) == ""
    expected = "'file' is not translated as 'Datei'"
    assert reason("term", "Akte öffnen", source="Open file", **entry) == expected
    # 'profile' is not the term, so there is nothing to respect.
    assert reason("term", "Profil öffnen", source="Open profile", **entry) == ""
    assert reason("term", "Akte", source="FILE", **entry, match_case=True) == ""


@pytest.mark.parametrize(
    ("items", "text", "expected"),
    [
        (["%s"], "%s Dateien", ""),
        (["%s", "%s"], "%s von %s", ""),
        (["%s", "%s"], "%s Dateien", "'%s' stands 1 times instead of 2"),
        (["%(name)s"], "Hallo %(Name)s", "'%(name)s' stands 0 times instead of 1"),
        (["{0}", "${x}", "{{ y }}"], "{{ y }} {0} ${x}", ""),
        # `{x}` stands in `${x}`, but is another placeholder.
        (["{x}"], "${x}", "'{x}' stands 0 times instead of 1"),
        (['<b class="x">', "</b>"], '<b class="x">fett</b>', ""),
        (
            ['<b class="x">'],
            "<b class='x'>fett</b>",
            "'<b class=\"x\">' stands 0 times instead of 1",
        ),
        (["&nbsp;"], "10&nbsp;km", ""),
        # Byte for byte: a decimal comma is not the point.
        (["3.5"], "3,5", "'3.5' stands 0 times instead of 1"),
        (["1"], "10", "'1' stands 0 times instead of 1"),
        (["100"], "100 %", ""),
        (["https://example.org/a"], "Siehe https://example.org/a.", ""),
        (
            ["https://example.org/a"],
            "https://example.org/ab",
            "'https://example.org/a' stands 0 times instead of 1",
        ),
        # A name is no item of markup and is found as a word.
        (["BayLing"], "Mit BayLing.", ""),
        (["Go"], "Mit Google.", "'Go' stands 0 times instead of 1"),
        # More than asked is no loss.
        (["%s"], "%s und %s", ""),
    ],
)
def test_keep(items: list[str], text: str, expected: str) -> None:
    assert reason("keep", text, items=items) == expected


def test_language() -> None:
    asked = {"language": "de", "others": ["en"]}
    assert reason("language", "Die Datei konnte nicht geöffnet werden.", **asked) == ""
    english = reason("language", "The file could not be opened.", **asked)
    assert english == "is English instead of German"
    assert reason("language", "Файл не найден", **asked) == "is Russian instead of German"
    # Georgian is no candidate, but it is not German either.
    assert reason("language", "ფაილი ვერ მოიძებნა", **asked) == "is Georgian instead of German"
    # A text without words is in no language.
    assert reason("language", "100 % × 3.5 → {name}", **asked) == ""
    assert reason("language", "Die Datei ist leer.", language="de-AT", others=["en-GB"]) == ""


def test_not_copy() -> None:
    assert reason("not_copy", "Datei öffnen", source="Open file") == ""
    assert reason("not_copy", "Open file", source="Open file") == "repeats the source"
    # Case, spaces, punctuation and full width do not make a translation.
    assert reason("not_copy", "Ｏpen  FILE!", source="open file") == "repeats the source"
    assert reason("not_copy", "%s: 100", source="%s: 100") == ""
    assert reason("not_copy", "", source="Open file") == ""


def test_failures_name_check_and_reason() -> None:
    wishes = [Check("contain", {"phrase": "Datei"}), Check("avoid", {"phrase": "Akte"})]
    assert checks.failures(wishes, "Die Akte") == [
        (wishes[0], "'Datei' is missing"),
        (wishes[1], "'Akte' is still there"),
    ]
    assert checks.failures(wishes, "Die Datei") == []


def test_a_phrase_in_another_normal_form_is_found() -> None:
    decomposed = unicodedata.normalize("NFD", "Größe ändern")
    assert reason("contain", decomposed, phrase="Größe") == ""
    assert reason("contain", "Größe ändern", phrase=unicodedata.normalize("NFD", "ändern")) == ""


@pytest.mark.parametrize("kind", ["contain", "avoid"])
@pytest.mark.parametrize("phrase", ["", " \n"])
def test_an_empty_phrase_is_refused(kind: str, phrase: str) -> None:
    with pytest.raises(
        UserError, match="asks for an empty phrase; expected at least one character"
    ):
        reason(kind, "text", phrase=phrase)


def test_unknown_checks_and_options_are_refused() -> None:
    with pytest.raises(UserError, match=r"no check called 'contains'\. Did you mean 'contain'\?"):
        reason("contains", "text", phrase="x")
    with pytest.raises(UserError, match=r"'contain' has no option 'word'\."):
        reason("contain", "text", word="x")


def test_many_texts_at_once_as_each_by_itself() -> None:
    """Enough of them that languages are told together."""
    languages = {
        "de": "Die Datei wurde nicht gefunden.",
        "en": "The file was not found.",
        "fr": "Le fichier n'a pas été trouvé.",
        "ru": "Файл не найден.",
        "zh": "找不到文件。",
        "": "12 %s",
    }
    asked = [
        (
            [
                Check("language", {"language": wanted, "others": ["en", "de"]}),
                Check("contain", {"phrase": "Datei"}),
                Check("chain", {"language": wanted})
                if whole
                else Check("not_copy", {"source": text}),
            ],
            chain.join([(chain.ENGLISH, "The file."), (chain.label(wanted), text)])
            if whole
            else text,
        )
        for wanted in ("de", "fr", "zh")
        for whole in (False, True)
        for text in languages.values()
    ]
    one_by_one = [
        [(check, why) for check in wishes if (why := checks.holds(check, text).reason)]
        for wishes, text in asked
    ]
    assert checks.failures_of_all(asked) == one_by_one
    assert checks.failures_of_all([]) == []
    assert {check.kind for found in one_by_one for check, _ in found} > {"language", "contain"}
