"""Answers by way of English: tasks and metrics see final parts, conversations keep the whole."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bayling import chain, checks, jsonl, parts
from bayling.errors import UserError
from bayling.evaluate import generate, judge, significance
from bayling.evaluate.tasks import Choice
from bayling.records import Check, Message, Result, Sample

SAMPLE = Sample(
    "s1", "Der Benutzer hat die Datei gelöscht.", "L'utilisateur a supprimé le fichier.", "de",
    "fr", "shop:fr.po:1", (("Datei", "fichier"),),
)  # fmt: skip


def reply(english: str, french: str) -> str:
    return chain.join([(chain.ENGLISH, english), (chain.label("fr"), french)])


FIRST = reply("The user deleted the document.", "L'utilisateur a supprimé le document.")
SECOND = reply("The user deleted the file.", "L'utilisateur a supprimé le fichier.")
PLAIN = "L'utilisateur a supprimé le document."


class Script:
    """Gives these answers, one a turn, and remembers what it was asked."""

    name = "script"

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), list[list[str]]()
        self.begun: list[str] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        [messages] = conversations
        self.asked.append([message.text for message in messages])
        self.begun += beginnings or []
        return [self.answers.pop(0)]

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        self.asked += [[message.text for message in each] for each in conversations]
        return [first for first, *_ in candidates]


def _ask(task: str, backend: Script, sample: Sample = SAMPLE, **options: Any) -> Result:
    made = parts.options("task", task, options)
    [result] = generate.results(task, made, [sample], backend, 1)
    return result


def _score(results: Sequence[Result]) -> Any:
    return parts.load("metric", "chain").score(results, parts.options("metric", "chain"))


@pytest.mark.parametrize("task", ["revise", "interactive"])
def test_a_task_reads_the_final_part_and_the_model_the_whole(task: str) -> None:
    backend = Script(FIRST, SECOND)
    result = _ask(task, backend)
    assert result.outputs == (chain.final(FIRST), chain.final(SECOND))
    assert [m.text for m in result.messages if m.role == "assistant"] == [FIRST, SECOND]
    # What was answered first goes back to the model as it was.
    assert backend.asked[1][1] == FIRST
    assert checks.holds(result.wishes[0], result.outputs[-1]).ok


def test_what_is_no_chain_is_left_as_it_is() -> None:
    result = _ask("translation", Script(PLAIN))
    assert result.outputs == (PLAIN,)
    assert result.messages[-1].text == PLAIN


def test_who_fixes_the_beginning_of_a_final_part_leaves_the_parts_before_it() -> None:
    first = reply("The user deleted the file.", "L'utilisateur a ôté le fichier.")
    backend = Script(first, SECOND)
    result = _ask("editing", backend)
    assert backend.begun == [SECOND.removesuffix(" le fichier.")]
    assert result.outputs == (chain.final(first), chain.final(SECOND))
    assert [m.text for m in result.messages if m.role == "assistant"] == [first, SECOND]
    # A final part that is empty begins on a line of its own, and what is no chain at its start.
    for broken, begun in (
        ("[English]\nThe file\n[français]", "[English]\nThe file\n[français]\nL"),
        ("[English]\nThe file", "L"),
    ):
        backend = Script(broken, SECOND)
        _ask("editing", backend)
        assert backend.begun == [begun]


def test_a_choice_after_a_chain_is_asked_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def flow(sample: Sample, options: Any, rng: random.Random) -> Any:
        answer = yield (Message("user", "a"),)
        messages = (Message("user", "a"), Message("assistant", answer), Message("user", "b"))
        chosen = yield Choice(messages, ("x", "y"))
        return Result(sample, (*messages, Message("assistant", chosen)), (answer, chosen))

    monkeypatch.setattr(parts.load("task", "translation"), "flow", flow)
    backend = Script(FIRST)
    result = _ask("translation", backend)
    assert backend.asked == [["a"], ["a", FIRST, "b"]]
    assert result.outputs == (chain.final(FIRST), "x")


def test_checks_are_about_the_final_part_but_for_the_chain_s_own() -> None:
    french = Check("language", {"language": "fr", "others": ["en"]})
    assert checks.holds(french, FIRST).ok
    assert not checks.holds(french, FIRST.split("\n")[1]).ok
    assert checks.holds(Check("chain", {"language": "fr", "others": ["de"]}), FIRST).ok


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        (PLAIN, {}, "is no chain of the parts [English], [français]"),
        (FIRST, {"language": "de"}, "is no chain of the parts [English], [Deutsch]"),
        (FIRST, {"instruction": True}, "is no chain of the parts [Instruction in English], ["),
        ("[English]\nx\n[français]\n", {}, "has nothing in its part [français]"),
        (reply(SAMPLE.source, PLAIN), {}, "has its part [English] in German"),
        # Of so few letters nobody knows the language.
        (reply("Datei löschen", PLAIN), {}, ""),
        (reply("123", PLAIN), {}, ""),
    ],
)
def test_the_check(text: str, options: dict[str, Any], reason: str) -> None:
    outcome = checks.holds(Check("chain", {"language": "fr", "others": ["de"], **options}), text)
    assert outcome.ok == (not reason)
    assert outcome.reason.startswith(reason)


def test_the_share_of_whole_chains() -> None:
    english = reply("The user deleted the file.", "The user has deleted the file now.")
    answers = [FIRST, english, PLAIN, "[English]\nThe user", "[English]\nx\n[Deutsch]\nDatei"]
    samples = [replace(SAMPLE, id=str(number)) for number in range(5)]
    results = [
        _ask("translation", Script(answer), sample)
        for answer, sample in zip(answers, samples, strict=True)
    ]
    [score] = _score(results)
    assert (score.name, score.value, score.n) == ("chain", 40, 5)
    assert score.details["whole"] == 2
    assert score.details["begun"] == 4
    assert score.details["none"] == 1
    assert score.details["instruction"] == 0
    assert score.details["english"] == 1
    assert 1.4 < score.details["characters"] < 3
    # Another system that knows no chains has no such figure, and is not compared in it.
    plain = [_ask("translation", Script(PLAIN), sample) for sample in samples]
    assert _score(plain) == []
    assert significance.paired(results, results, "chain")["chain"]["a"] == 40
    assert significance.paired(plain, results, "chain") == {}


def test_whole_chains_of_a_chat(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "talk.jsonl", [{"question_id": 1, "text": "Nomme un fruit."}])
    last = (chain.label("fr"), "La figue.")
    three = chain.join([(chain.INSTRUCTION, "Name a fruit."), (chain.ENGLISH, "Fig."), last])
    path = str(tmp_path / "talk.jsonl")
    sample = parts.load("task", "chat").samples(parts.options("task", "chat", {"path": path}), ())
    result = _ask("chat", Script(three), sample[0], path=path)
    assert result.outputs == ("La figue.",)
    assert parts.load("task", "chat").METRICS == ("chain",)
    [score] = _score([result])
    assert (score.value, score.details["instruction"]) == (100, 1)
    # A judge reads what a reader is given.
    assert judge._transcript(result) == "Question: Nomme un fruit.\nAnswer: La figue."
    plain = _ask("chat", Script("Figue"), sample[0], path=path)
    jsonl.write(tmp_path / "plain.jsonl", [plain.to_json()])
    with pytest.raises(UserError, match="'chat' has no figure to be tested"):
        significance.compare(tmp_path / "plain.jsonl", tmp_path / "plain.jsonl")
