"""The conversation's logic, with no model and no terminal."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bayling import checks, wording
from bayling.errors import InputError, UserError
from bayling.records import Check, Dialogue, Message
from bayling.serve.conversation import Conversation, describe

SOURCE = "Delete the file %s now"
FIRST = "Löschen Sie jetzt das Dokument %s"
SECOND = "Löschen Sie jetzt die Datei %s"


@pytest.fixture(autouse=True)
def plain_wording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wishes in fixed words, so that the logic is tested apart from the phrasings."""

    def ask(kind: str, language: str, rng: Random, **values: Any) -> str:
        assert (kind, language) == ("translate", "en")
        return "From {source_language} to {target_language}:\n{source}".format(**values)

    def recognise(text: str) -> list[Check]:
        kinds = {"use": "contain", "avoid": "avoid"}
        verb, _, phrase = text.partition(" ")
        return [Check(kinds[verb], {"phrase": phrase})] if verb in kinds else []

    monkeypatch.setattr(wording, "ask", ask)
    monkeypatch.setattr(wording, "recognise", recognise)


def held(*turns: str) -> Conversation:
    """A conversation from English to German of these questions and answers."""
    conversation = Conversation("en", "de")
    for said, reply in zip(turns[::2], turns[1::2], strict=True):
        conversation.answer(conversation.ask(said), reply)
    return conversation


def test_what_is_kept_anyway_and_asked_for_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "recognise", lambda text: [Check("keep", {"items": ["%s"]})])
    source, lost = "Delete %s and %d now", "Löschen Sie jetzt %d"
    conversation = held(source, lost, "keep %s", lost)
    assert sum("%s" in line for line in told(conversation)) == 1


def told(conversation: Conversation) -> list[str]:
    return [f"{'+' if each.ok else '-'} {each.text}" for each in conversation.findings()]


def test_the_first_text_is_wrapped_and_later_ones_are_not() -> None:
    conversation = Conversation("eng", "de")
    question = conversation.ask(SOURCE)
    assert question.text == "From en to de:\n" + SOURCE
    [span] = question.spans
    assert (question.text[span.start : span.end], span.role) == (SOURCE, "source")
    conversation.answer(question, FIRST)
    assert conversation.ask("use Datei") == Message("user", "use Datei")


def test_asking_changes_nothing_until_the_answer_comes() -> None:
    conversation = held(SOURCE, FIRST)
    before = conversation.messages
    conversation.ask("use Datei")
    assert conversation.messages == before
    assert [message.role for message in before] == ["user", "assistant"]


def test_a_translation_is_checked() -> None:
    assert told(held(SOURCE, FIRST)) == ["+ is in German", "+ is not a copy", "+ keeps %s"]
    assert told(held(SOURCE, SOURCE.replace("%", ""))) == [
        "- is English instead of German",
        "- repeats the source",
        "- '%s' stands 0 times instead of 1",
    ]


def test_a_request_is_checked_too() -> None:
    assert told(held(SOURCE, FIRST, "use Datei", SECOND))[-1] == "+ contains 'Datei'"
    assert told(held(SOURCE, FIRST, "use Datei", FIRST))[-1] == "- 'Datei' is missing"
    assert len(told(held(SOURCE, FIRST, "be polite", FIRST))) == 3


def test_an_earlier_wish_is_told_only_when_it_is_broken_again() -> None:
    conversation = held(SOURCE, FIRST, "use Datei", SECOND, "avoid jetzt", "Löschen: Datei %s")
    assert told(conversation)[3:] == ["+ does without 'jetzt'"]
    conversation = held(SOURCE, FIRST, "use Datei", SECOND, "avoid jetzt", "Löschen: Dokument %s")
    assert told(conversation)[3:] == [
        "- 'Datei' is missing, as asked before",
        "+ does without 'jetzt'",
    ]


def test_a_wish_that_is_taken_back_in_words_is_forgotten() -> None:
    conversation = held(SOURCE, FIRST, "use Datei", SECOND, "avoid Datei", FIRST)
    assert told(conversation)[3:] == ["+ does without 'Datei'"]


def test_undo_takes_back_a_turn_and_its_wish() -> None:
    conversation = held(SOURCE, FIRST, "use Datei", FIRST)
    assert conversation.undo() == "use Datei"
    assert conversation.translation == FIRST
    assert told(conversation) == told(held(SOURCE, FIRST))
    assert conversation.undo() == SOURCE
    assert conversation.messages == ()
    with pytest.raises(UserError, match="nothing to take back"):
        conversation.undo()


def test_reset_makes_the_next_text_a_source() -> None:
    conversation = held(SOURCE, FIRST)
    conversation.reset()
    assert conversation.ask("Next").text == "From en to de:\nNext"


def test_a_saved_dialogue_teaches_the_last_answer_alone(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    conversation = held(SOURCE, FIRST, "use Datei", SECOND)
    assert conversation.save(path) == []
    row = json.loads(path.read_text(encoding="utf-8"))
    assert (row["kind"], row["source_lang"], row["target_lang"]) == ("chat", "en", "de")
    assert row["learn"] == [3]
    assert [turn["content"] for turn in row["messages"][1:]] == [FIRST, "use Datei", SECOND]
    dialogue = Dialogue.from_json(row)
    assert [message.learn for message in dialogue.messages] == [False, False, False, True]
    last = dialogue.messages[-1]
    assert {"kind": "contain", "phrase": "Datei"} in [check.to_json() for check in last.checks]
    assert checks.failures(last.checks, last.text) == []


def test_a_check_that_fails_is_not_saved_but_returned(tmp_path: Path) -> None:
    conversation = held(SOURCE, FIRST, "use Datei", FIRST)
    path = tmp_path / "chat.jsonl"
    assert [finding.text for finding in conversation.save(path)] == ["'Datei' is missing"]
    assert "contain" not in path.read_text(encoding="utf-8")


def test_saving_adds_and_never_writes_twice(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    conversation = held(SOURCE, FIRST)
    conversation.save(path)
    with pytest.raises(UserError, match=r"is in .*chat\.jsonl already"):
        conversation.save(path)
    conversation.answer(conversation.ask("use Datei"), SECOND)
    conversation.save(path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["learn"] for row in rows] == [[1], [3]]
    assert len({row["id"] for row in rows}) == 2


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    conversation = held(SOURCE, FIRST)
    for content, problem in [
        ("# Notes\n", "line 1: not valid JSON"),
        ('{"source": "a", "target": "b"}\n', "something other than dialogues"),
    ]:
        path = tmp_path / "other"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=problem):
            conversation.save(path)
        assert path.read_text(encoding="utf-8") == content


def test_a_place_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be written \(No such file or directory\)"):
        held(SOURCE, FIRST).save(tmp_path / "nowhere" / "chat.jsonl")


def test_there_must_be_something_to_save(tmp_path: Path) -> None:
    for conversation in (Conversation("en", "de"), held(SOURCE, " ")):
        with pytest.raises(UserError, match="no translation to save"):
            conversation.save(tmp_path / "chat.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_languages_are_known_and_differ() -> None:
    with pytest.raises(UserError, match="'klingonese' is not a language code"):
        Conversation("en", "klingonese")
    with pytest.raises(UserError, match="are both 'de'"):
        Conversation("de", "deu")


def test_a_check_without_words_of_its_own_is_called_by_its_name() -> None:
    assert describe(Check("term", {})) == "term"
