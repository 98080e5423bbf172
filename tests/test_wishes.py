"""What several requests ask of the next answer, taken together."""

from __future__ import annotations

import random

import pytest

from bayling import wishes, wording
from bayling.records import Check, Message, Span

TEXT = Message("user", "Into German:\nDelete the file", spans=(Span(13, 28, "source"),))
SAID = Message("assistant", "Datei weg")


def phrases(found: tuple[Check, ...]) -> list[str]:
    """`+` before what has to be there, `-` before what must not be."""
    signs = {"contain": "+", "avoid": "-", "keep": "="}
    return [
        signs[wish.kind] + str(wish.options.get("phrase") or wish.options["items"][0])
        for wish in found
    ]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([], []),
        (["use 'Datei' for 'file'", "use 'löschen' for 'delete'"], ["+Datei", "+löschen"]),
        # Another word for the same term, however it is written; and the opposite.
        (["use 'Datei' for 'file'", "use 'Akte' for 'File'"], ["+Akte"]),
        (["use 'Datei'", "use 'Akte' instead of 'Datei'"], ["+Akte", "-Datei"]),
        (["avoid 'Datei'", "use 'Datei'"], ["+Datei"]),
        (["use 'Datei'", "avoid 'Akte'", "use 'Datei'"], ["-Akte", "+Datei"]),
        (["you lost %s", "shorter, please"], ["=%s"]),
        (["don't translate 'Set'", "use 'Satz' instead of 'Set'"], ["+Satz", "-Set"]),
        # What says nothing of a term stands beside what does.
        (["use 'Datei'", "use 'Akte' for 'file'"], ["+Datei", "+Akte"]),
    ],
)
def test_what_stands_after_requests(requests: list[str], expected: list[str]) -> None:
    assert phrases(wishes.standing(requests)) == expected


def talk(*requests: str, begin: tuple[Message, ...] = (TEXT,)) -> list[Message]:
    messages = [*begin]
    for request in requests:
        messages += [SAID, Message("user", request)]
    return messages


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (talk("use 'Akte'"), ["+Akte"]),
        (talk("use 'Akte'", "avoid 'weg'"), ["+Akte", "-weg"]),
        # Who knows what that changes?
        (talk("use 'Akte'", "Now in French.", "avoid 'weg'"), ["-weg"]),
        (talk("use 'Akte'", "Now in French."), []),
        # Another text, and none at all.
        ([*talk("use 'Akte'"), SAID, TEXT], []),
        (talk("avoid 'weg'", begin=(*talk("use 'Akte'"), SAID, TEXT)), ["-weg"]),
        ([Message("user", "Hello"), SAID, Message("user", "use 'Akte'")], []),
        ([TEXT], []),
    ],
)
def test_what_a_conversation_asks_for(messages: list[Message], expected: list[str]) -> None:
    assert phrases(wishes.asked(messages)) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # Worded in a known way, the words marked.
        ("use 'Akte'", ["+Akte"]),
        ("Nimm lieber „Akte“.", ["+Akte"]),
        ("You lost %s.", ["=%s"]),
        # Not marked, but of what stands there.
        ("use Akte for file", ["+Akte"]),
        ("use Akte instead of Datei", ["+Akte", "-Datei"]),
        ("Say Akte instead of Datei", ["+Akte", "-Datei"]),
        ("avoid Datei", ["-Datei"]),
        # The source has it as well.
        ("use 'File' for 'file'", ["+File"]),
        ("use 'File'", []),
        # Nothing but cues is said beside the words.
        ("nimm 'Akte' statt 'Datei'", ["+Akte", "-Datei"]),
        ("Bitte verwende „Akte“ für „file“.", ["+Akte"]),
        ("not 'Datei' but 'Akte', please", ["+Akte", "-Datei"]),
        ("Statt 'Datei' bitte 'Akte'", ["-Datei", "+Akte"]),
        # What need not be meant so.
        ("nein, doch lieber 'Akte'", []),
        ("use lowercase", []),
        ("French instead of German", []),
        ("Use something other than 'Datei'", []),
        ("I don't think 'Datei' is wrong", []),
        ("It should be shorter than 'Die Datei wurde gelöscht'", []),
        ("use ' ' instead of '-'", []),
        ("use ',' instead of ';'", []),
        ("I'd really like 'Akte' here, not 'Datei'", []),
        ("Don't write 'Akte' for 'file'", []),
        ("Niemand sagt 'Akte' für 'file'", ["-Akte"]),
        ("'Akte' instead of 'Datei' would be wrong", []),
        ("Do not replace 'Datei' with 'Akte'", []),
        ("Now in French, and say 'fichier' instead of 'Datei'", []),
        ("Make it formal and use 'Akte' for 'file'", []),
        ("Why Akte instead of Datei?", []),
        ("I want Akte instead of Datei", []),
        ("Never Akte instead of Datei", []),
    ],
)
def test_what_is_sure(request_: str, expected: list[str]) -> None:
    assert phrases(wishes.asked(talk(request_))) == expected


@pytest.mark.parametrize("language", wording.languages_with_wording())
def test_what_asks_for_no_word_is_no_sure_wish(language: str) -> None:
    """Requests that name a word of the source, or none, are answered as the model likes."""
    kinds = ("omitted", "formal", "informal", "which_word", "incomplete", "too_much", "inexact")
    for kind in kinds:
        for phrasing in (
            *wording.phrasings(kind, language),
            *wording.phrasings(kind, language, held_out=True),
        ):
            said = wording.fill(phrasing, language, random.Random(0), term="file")
            assert wishes.asked(talk(said)) == (), said
