"""A model in the simulated user's place: what it is told, how it is read, what follows from it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, manifest, parts
from bayling.backends import Backend
from bayling.config import EarlyStopping, Evaluate
from bayling.errors import UserError
from bayling.evaluate import place, report, score, show, significance
from bayling.evaluate import run as stage
from bayling.evaluate.metrics import Segments, conversation
from bayling.evaluate.tasks import UsersTurn
from bayling.records import Message, Result, Sample, Score, User

SAMPLES = [
    Sample(str(number), source, reference, "en", "de", "shop:de.po:1", ((term, word),))
    for number, (source, reference, term, word) in enumerate(
        [
            ("Delete the old file.", "Die alte Datei bitte löschen.", "file", "Datei"),
            ("Close the new window.", "Das neue Fenster bitte schließen.", "window", "Fenster"),
            ("Rename the first folder.", "Den ersten Ordner bitte umbenennen.", "folder", "Ordner"),
        ]
    )
]
BY_SOURCE = {sample.source: sample for sample in SAMPLES}
Say = Callable[[Sequence[Message]], str]


class Fake:
    """A system or a user that says what it is made to; killed at its `last` call, if it has one."""

    name = "fake"

    def __init__(self, say: Say, last: int | None = None) -> None:
        self.asked: list[str] = []
        self.rooms: list[int | None] = []
        self._say, self._last, self._calls = say, last, 0

    def answer(
        self, conversations: Sequence[Sequence[Message]], on_answer: Any = None, room: Any = None
    ) -> list[str]:
        if self._calls == self._last:
            raise Killed
        self._calls += 1
        self.rooms.append(room)
        self.asked += [messages[-1].text for messages in conversations]
        return [self._say(messages) for messages in conversations]


class Killed(BaseException):
    """What a kill is to the process."""


def _told(messages: Sequence[Message]) -> tuple[Sample, str]:
    """The sample that a model in the user's place was told of, and the translation to read."""
    text = messages[-1].text
    sample = next(each for source, each in BY_SOURCE.items() if f"Text: {source}\n" in text)
    assert f"Right translation: {sample.reference}\n" in text
    return sample, text.split("\nTranslation: " if "\nRequest: " in text else "Translation: ")[
        -1
    ].split("\n\nReply")[0]


def _oracle(messages: Sequence[Message]) -> str:
    """Asks for the term as long as it is not there."""
    sample, translation = _told(messages)
    word = sample.terms[0][1]
    return " Satisfied.\n" if word in translation else f"Please use {word}."


def _system(messages: Sequence[Message]) -> str:
    """Has another word for the term until it is asked to use it."""
    sample = next(each for each in SAMPLES if messages[0].text.endswith(each.source))
    word = sample.terms[0][1]
    return sample.reference if word in messages[-1].text else sample.reference.replace(word, "Ding")


def _run(folder: Path, user: Fake, system: Fake | None = None, **options: Any) -> list[Result]:
    folder.mkdir(exist_ok=True)
    jsonl.write(folder / "samples.jsonl", (sample.to_json() for sample in SAMPLES))
    settings = Evaluate(tasks=[{"interactive": {"user": "clever", **options}}])

    def open_model(name: str) -> tuple[dict[str, Any], Callable[[], Backend]]:
        assert name == "clever"
        return {"name": name, "adapter": "hash"}, lambda: user

    stage.run(
        settings,
        folder / "samples.jsonl",
        {"name": "system"},
        lambda: system or Fake(_system),
        1,
        folder / "evaluate" / "system",
        open_model=open_model,
    )
    return score.results(folder / "evaluate" / "system" / "interactive.jsonl")


def _scores(results: Sequence[Result]) -> dict[str, Score]:
    return {each.name: each for each in conversation.score(results, conversation.Options())}


def test_an_oracle_asks_once_and_is_satisfied(tmp_path: Path) -> None:
    user, system = Fake(_oracle), Fake(_system)
    results = _run(tmp_path, user, system, ask_in=["en"])
    for result in results:
        assert [message.role for message in result.messages] == ["user", "assistant"] * 2
        assert result.messages[2].text == f"Please use {result.sample.terms[0][1]}."
        assert result.outputs[-1] == result.sample.reference
        assert (result.wishes, result.asked_after) == ((), ())
        assert result.user == User("model:clever", "en", True)
        assert Result.from_json(result.to_json()) == result
    assert set(user.rooms) == {200}
    assert "the line asks in English, in plain words" in user.asked[0]
    # First the translation alone, then with what was asked for.
    assert "Request: " not in user.asked[0]
    assert "Request: Please use" in user.asked[-1]
    scores = _scores(results)
    assert scores["conversation"].value == pytest.approx(100)
    assert scores["satisfied_users"].value == 100
    assert scores["satisfied_users"].details["by_turn"] == {"1": 0, "2": 100}
    assert scores["satisfied_users"].details["turns"] == 1
    # One of five words was changed, and three typed for it.
    assert scores["changed_words"].value == pytest.approx(20)
    assert scores["word_strokes"].value == pytest.approx(60)
    assert scores["word_strokes"].details["post_edit"] == pytest.approx(20)
    assert scores["unread"].value == 0
    # What nobody can know of free requests is absent.
    assert set(scores) == {*conversation._OF_ALL, "changed_words", "unread"}
    assert all("|user:model:clever|" in each.signature for each in scores.values())


def test_one_that_never_stops_has_no_patience_for_ever(tmp_path: Path) -> None:
    results = _run(tmp_path, Fake(lambda messages: "Once more, please."), requests=2)
    for result in results:
        assert [message.text for message in result.messages[2::2]] == ["Once more, please."] * 2
        assert len(result.outputs) == 3
        assert result.user is not None
        assert result.user.satisfied is False
    scores = _scores(results)
    assert scores["satisfied_users"].value == scores["conversation"].value == 0
    assert set(scores["satisfied_users"].details["by_turn"].values()) == {0}
    assert scores["changed_words"].value == 0


def test_rubbish_ends_a_conversation_and_is_counted_not_guessed(tmp_path: Path) -> None:
    def say(messages: Sequence[Message]) -> str:
        sample, _ = _told(messages)
        replies = {"0": "", "1": f"Say: {sample.reference}", "2": "SATISFIED"}
        return replies[sample.id]

    results = _run(tmp_path, Fake(say))
    ended = [result.user for result in results]
    assert [(u.satisfied, u.reason, u.unread) for u in ended if u] == [
        (None, "is empty", ""),
        (None, "recites the reference", f"Say: {SAMPLES[1].reference}"),
        (True, "", ""),
    ]
    scores = _scores(results)
    assert scores["unread"].value == pytest.approx(200 / 3)
    assert scores["unread"].n == 3
    assert scores["unread"].details["by_reason"] == {"is empty": 1, "recites the reference": 1}
    # The other figures are of the one conversation whose end is known.
    assert scores["satisfied_users"].value == 100
    assert scores["satisfied_users"].n == scores["conversation"].n == 1
    assert scores["satisfied_users"].details["by_language"] == {"en-de": {"score": 100.0, "n": 1}}
    alone = _scores(results[:2])
    assert set(alone) == {"unread"}


TURN = UsersTurn(
    SAMPLES[0],
    (Message("user", "Delete the old file."), Message("assistant", "Die alte Akte löschen.")),
    "en",
    1,
)


@pytest.mark.parametrize("said", ["SATISFIED", "satisfied\n", '"SATISFIED."', "**SATISFIED**"])
def test_the_one_word_says_satisfied(said: str) -> None:
    assert place.read(TURN, said) == place.Reply()


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (" \n", "is empty"),
        ("Please use Datei.\nThank you.", "has several lines"),
        ("SATISFIED, but use Datei", "says more than SATISFIED"),
        ("x" * 301, "has more than 300 characters"),
        ("Write “die alte Datei bitte löschen!”", "recites the reference"),
        ("delete the old file", "repeats the source"),
        ("Die alte Akte löschen!", "repeats the translation"),
    ],
)
def test_what_is_neither_a_request_nor_satisfied(said: str, fault: str) -> None:
    assert place.read(TURN, said) == place.Reply(fault=fault)


def test_requests_are_taken_as_they_are() -> None:
    for said in ("Please use 'Datei'.", "Nicht “Akte”, sondern “die alte Datei”.", "x" * 300):
        assert place.read(TURN, f" {said}\n") == place.Reply(said)
    # Two words are no recital: who asks for a term may name it.
    short = replace(TURN, sample=replace(SAMPLES[0], reference="Alte Datei"))
    assert place.read(short, "Please say alte Datei").request
    chinese = replace(SAMPLES[0], reference="请删除这个旧的文件。", target_lang="zh")
    assert place.read(replace(TURN, sample=chinese), "应为请删除这个旧的文件").fault
    assert place.read(replace(TURN, sample=chinese), "请用“文件”").request


def test_the_flow_knows_no_model_and_its_last_answer_is_read_too() -> None:
    part = parts.load("task", "interactive")
    options = parts.options("task", "interactive", {"user": "person", "requests": 1})
    flow = part.flow(SAMPLES[0], options, random.Random(0))
    next(flow)
    turn = flow.send("Die Akte.")
    assert (turn.messages[-1].text, turn.requests) == ("Die Akte.", 1)
    assert flow.send("Use Datei.")[-1] == Message("user", "Use Datei.")
    turn = flow.send("Die Datei.")
    assert turn.requests == 0
    with pytest.raises(StopIteration) as end:
        flow.send("And alte.")
    result = end.value.value
    assert result.outputs == ("Die Akte.", "Die Datei.")
    assert len(result.messages) == 4
    assert result.user == User("person", turn.language, False)


def test_a_kill_repeats_nothing_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    def whole(folder: Path) -> dict[str, bytes]:
        found = (folder / "evaluate" / "system").iterdir()
        return {each.name: each.read_bytes() for each in found if each.name != manifest.NAME}

    _run(tmp_path / "at-once", Fake(_oracle))
    # The user reads twice, the system answers twice; nothing is left of the journals.
    assert set(whole(tmp_path / "at-once")) == {"interactive.jsonl", "scores.json"}
    for who, last in (("user", 0), ("user", 1), ("system", 1)):
        folder = tmp_path / f"{who}-{last}"
        first = [Fake(_oracle), Fake(_system)]
        first[who == "system"]._last = last
        with pytest.raises(Killed):
            _run(folder, *first)
        second = [Fake(_oracle), Fake(_system)]
        _run(folder, *second)
        assert whole(folder) == whole(tmp_path / "at-once")
        for before, after in zip(first, second, strict=True):
            assert not {*before.asked} & {*after.asked}
            assert len(before.asked) + len(after.asked) == 6


def test_another_user_is_asked_anew_and_the_manifest_names_him(tmp_path: Path) -> None:
    _run(tmp_path, Fake(_oracle))
    folder = tmp_path / "evaluate" / "system"
    settings = manifest.require(folder, "evaluate")["settings"]
    assert settings["users"] == [{"name": "clever", "adapter": "hash"}]
    assert settings["tasks"] == [{"interactive": {"user": "clever"}}]
    again = Fake(_oracle)
    _run(tmp_path, again)
    assert again.asked == []
    _run(tmp_path, again, ask_in=["en"])
    assert again.asked


def _with_users(*names: str) -> list[Result]:
    return [
        Result(
            sample,
            (Message("user", "Translate"), Message("assistant", "Ja")),
            ("Ja",),
            asked_after=(),
            task="interactive",
            user=None if name == "simulated" else User(name, "en", True),
        )
        for sample, name in zip(SAMPLES, names, strict=False)
    ]


def test_figures_of_different_users_are_not_compared(tmp_path: Path) -> None:
    by_person, by_nobody = (_with_users(name, name) for name in ("person", "simulated"))
    for name, results in (("a", by_person), ("b", by_nobody)):
        jsonl.write(tmp_path / name, (result.to_json() for result in results))
    with pytest.raises(UserError) as caught:
        significance.compare(tmp_path / "a", tmp_path / "b")
    assert str(caught.value) == (
        "The user of the first system's conversations is person, of the second's simulated; what "
        "one asks for and is satisfied with says nothing of the other. Compare conversations with "
        "the same user."
    )
    assert significance.paired(by_person, by_person, "conversation")["satisfied_users"]["a"] == 100
    with pytest.raises(UserError, match="different users, model:x and person; score those of one"):
        _scores(_with_users("person", "model:x"))


def test_words_typed_are_tested_as_they_are_scored(tmp_path: Path) -> None:
    told, content, unread = _with_users("model:x", "model:x", "model:x")
    told = replace(told, messages=(*told.messages[:1], *told.messages, Message("user", "Shorter")))
    unread = replace(unread, user=User("model:x", "en", None, "", "is empty"))
    path = tmp_path / "interactive.jsonl"
    jsonl.write(path, (result.to_json() for result in (told, content, unread)))
    scored = _scores(score.results(path))["word_strokes"]
    # The metric `editing` counts words typed in conversations too, to be laid beside edits.
    test = significance.compare(path, path)["tests"]["word_strokes"]
    assert test["a"] == pytest.approx(scored.value)
    assert test["signature"].startswith(scored.signature.split("|bs:")[0])
    (beside,) = [each for each in _editing([told, content]) if each.name == "word_strokes"]
    (all_three,) = [
        each for each in _editing([told, content, unread]) if each.name == "word_strokes"
    ]
    assert all_three.rows.sum(axis=0).tolist() == beside.rows.sum(axis=0).tolist()
    assert "user:model:x|policy:requests" in beside.signature


def _editing(results: Sequence[Result]) -> list[Segments]:
    part = parts.load("metric", "editing")
    found: list[Segments] = part.segments(results, part.Options())
    return found


def test_a_users_model_that_cannot_be_loaded_costs_nothing(tmp_path: Path) -> None:
    _run(tmp_path, Fake(_oracle))
    folder = tmp_path / "evaluate" / "system"
    before = stage.scores(folder)

    def unloadable() -> Backend:
        raise UserError("The model cannot be loaded.")

    with pytest.raises(UserError, match="cannot be loaded"):
        stage.run(
            Evaluate(tasks=[{"interactive": {"user": "broken"}}]),
            tmp_path / "samples.jsonl",
            {"name": "system"},
            lambda: Fake(_system),
            1,
            folder,
            open_model=lambda name: ({"name": name}, unloadable),
        )
    assert stage.scores(folder) == before


def test_tables_and_the_report_name_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(messages: Sequence[Message]) -> str:
        return "SATISFIED" if _told(messages)[0].id == "0" else "one\ntwo"

    _run(tmp_path, Fake(say))
    capsys.readouterr()
    show.scores(tmp_path)
    assert "… user" in (said := capsys.readouterr().err)
    assert "model:clever" in said
    show.conversations(tmp_path / "evaluate" / "system", 2)
    said = capsys.readouterr().err
    assert "model:clever is satisfied" in said
    assert "model:clever wrote what cannot be read: it has several lines" in said
    page = report.write(tmp_path).read_text(encoding="utf-8")
    assert "model:clever wrote what cannot be read: it has several lines" in page
    assert ">User<" in page
    assert "Conversations that an unreadable reply of the user ended" in page
    assert place.told([{"chrf2": {"score": 1.0}}, {}]) == []


def test_what_cannot_be_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="repeat: 3 is for the simulated user, who alone can tell"):
        parts.options("task", "interactive", {"user": "person", "repeat": 3})
    with pytest.raises(UserError, match="option 'user'"):
        parts.options("task", "interactive", {"user": ""})
    task = {"interactive": {"user": "clever"}}
    with pytest.raises(UserError, match="user: clever: nothing was given that connects to models"):
        stage.check(Evaluate(tasks=[task]))
    stopping = EarlyStopping(task=task, metric="conversation")
    with pytest.raises(UserError) as caught:
        stage.judge(stopping, tmp_path / "samples.jsonl", 1)
    assert str(caught.value) == (
        "train.early_stopping: the user of interactive is clever; while a model is tuned nobody "
        "but the simulated user is asked. Leave `user` out."
    )
