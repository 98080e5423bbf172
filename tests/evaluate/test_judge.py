"""A judge compares two systems in both orders; what it favours by place alone evens out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, manifest
from bayling.errors import InputError, UserError
from bayling.evaluate import judge, judgements
from bayling.records import Message, Result, Sample

Verdict = Callable[[str, str], tuple[float, float]]


class Judge:
    """Gives the scores that `verdict` gives the two transcripts it reads."""

    name = "judge"

    def __init__(self, verdict: Verdict, kill_at: int | None = None) -> None:
        self._verdict, self._kill_at = verdict, kill_at
        self.asked: list[str] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Any = None,
        room: Any = None,
        beginnings: Any = None,
    ) -> list[str]:
        if self._kill_at is not None and len(self.asked) >= self._kill_at:
            raise KeyboardInterrupt
        self.asked += [talk[-1].text for talk in conversations]
        return [self._review(talk[-1].text) for talk in conversations]

    def _review(self, request: str) -> str:
        found = re.search(r"\[Assistant 1\]\n(.*)\n\n\[Assistant 2\]\n(.*)\n\nWrite", request, re.S)
        assert found
        a, b = self._verdict(found[1], found[2])
        return f"The first is longer.\nScore of the Assistant 1: {a}\nScore of the Assistant 2: {b}"


@pytest.fixture
def outputs(tmp_path: Path) -> tuple[Path, Path]:
    """Twelve questions of two turns: `good` answers at length, `poor` in a word."""
    paths = []
    for system, said in (("good", "A long and careful answer"), ("poor", "Yes")):
        rows = []
        for number in range(12):
            questions = (f"Question {number}?", "And why?")
            sample = Sample(
                str(number), questions[0], "", "und", "und", "q.jsonl", meta={"category": "generic"}
            )
            texts = tuple(f"{said} {turn}." for turn in (1, 2))
            talk = [
                Message(role, text)
                for pair in zip(questions, texts, strict=True)
                for role, text in zip(("user", "assistant"), pair, strict=True)
            ]
            rows.append(Result(sample, tuple(talk), texts, task="chat").to_json())
        path = tmp_path / system / "chat.jsonl"
        path.parent.mkdir()
        jsonl.write(path, rows)
        paths.append(path)
    return paths[0], paths[1]


def _run(outputs: tuple[Path, Path], backend: Judge, **options: Any) -> dict[str, Any]:
    folder = options.pop("folder", outputs[0].parents[1] / "judged")
    described = {"name": "judge"}
    return judge.run(*outputs, described, lambda: backend, folder, **options)


def _by_length(a: str, b: str) -> tuple[float, float]:
    return (9, 4) if len(a) > len(b) else (4, 9)


def test_the_better_one_wins_in_both_orders(outputs: tuple[Path, Path]) -> None:
    backend = Judge(_by_length)
    scores = _run(outputs, backend)
    assert [scores[name].value for name in ("wins", "ties", "losses")] == [24, 0, 0]
    assert scores["relative"].value == pytest.approx(225)
    details = scores["relative"].details
    assert (details["questions"], details["judged_in_both_orders"]) == (12, 12)
    assert details["agreement"] == 100
    # Every question twice, the systems in either place, with both turns.
    assert len(set(backend.asked)) == 24
    assert all("Question: And why?\nAnswer: Yes 2." in each for each in backend.asked)
    rows = list(jsonl.read(outputs[0].parents[1] / "judged" / "reviews.jsonl"))
    assert [row["system1"]["name"] for row in rows[:2]] == ["good", "poor"]
    assert rows[0]["question_id"] == rows[1]["question_id"]
    assert sorted({row["question_id"] for row in rows}, key=int) == [str(i) for i in range(12)]
    assert rows[0]["system1"]["response"] == [
        "A long and careful answer 1.",
        "A long and careful answer 2.",
    ]
    assert rows[0]["category"] == "generic"


def test_a_judge_who_favours_the_first_place_decides_nothing(outputs: tuple[Path, Path]) -> None:
    scores = _run(outputs, Judge(lambda *_: (9, 4)))
    assert [scores[name].value for name in ("wins", "losses")] == [12, 12]
    assert scores["relative"].value == pytest.approx(100)
    assert scores["relative"].details["agreement"] == 0


def test_a_budget_is_for_whole_questions(
    outputs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    backend = Judge(_by_length)
    scores = _run(outputs, backend, budget=7)
    assert len(backend.asked) == 6
    assert scores["relative"].details["questions"] == 3
    assert "The budget is enough for 3 of 12 questions." in capsys.readouterr().err
    with pytest.raises(UserError, match="--budget is 1; a question takes two reviews"):
        _run(outputs, backend, budget=1)


def test_what_was_judged_before_a_kill_is_not_judged_again(
    outputs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "_AT_ONCE", 4)
    whole = Judge(_by_length)
    expected = _run(outputs, whole, folder=outputs[0].parents[1] / "whole")
    killed = Judge(_by_length, kill_at=8)
    with pytest.raises(KeyboardInterrupt):
        _run(outputs, killed)
    again = Judge(_by_length)
    assert _run(outputs, again) == expected
    assert len(killed.asked) + len(again.asked) == len(whole.asked)
    # And a whole folder asks for nothing.
    third = Judge(_by_length)
    assert _run(outputs, third) == expected
    assert third.asked == []
    folder = outputs[0].parents[1]
    assert manifest.require(folder / "judged", "judge")["counts"] == {"reviews": 24}
    files = [(folder / name / judge.NAME).read_bytes() for name in ("whole", "judged")]
    assert files[0] == files[1]


def test_a_larger_budget_asks_only_for_what_is_new(
    outputs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "_AT_ONCE", 4)
    asked = []
    for budget, new in ((8, 8), (8, 0), (16, 8), (None, 8)):
        backend = Judge(_by_length)
        scores = _run(outputs, backend, budget=budget)
        assert len(backend.asked) == new, budget
        asked += backend.asked
        assert scores["relative"].details["questions"] == (budget or 24) // 2
    assert len(set(asked)) == 24
    # Drawn from all of them, not the first.
    rows = jsonl.read(outputs[0].parents[1] / "judged" / judge.NAME)
    assert [row["question_id"] for row in rows][::2] != [str(i) for i in range(12)]


def test_a_judge_who_gives_no_scores_is_told(outputs: tuple[Path, Path]) -> None:
    class Silent(Judge):
        def _review(self, request: str) -> str:
            return "Both are fine."

    with pytest.raises(InputError, match="holds no review with a score for either assistant"):
        _run(outputs, Silent(_by_length))


def test_other_questions_by_the_same_numbers_are_refused(outputs: tuple[Path, Path]) -> None:
    rows = list(jsonl.read(outputs[1]))
    rows[3]["sample"]["source"] = "Frage 3?"
    jsonl.write(outputs[1], rows)
    with pytest.raises(UserError, match="'3' has another source or reference in the other file"):
        _run(outputs, Judge(_by_length))


def test_systems_over_other_questions_are_refused(outputs: tuple[Path, Path]) -> None:
    rows = list(jsonl.read(outputs[1]))
    jsonl.write(outputs[1], rows[:-1])
    with pytest.raises(UserError, match="answered different samples"):
        _run(outputs, Judge(_by_length))


def test_one_system_against_itself(outputs: tuple[Path, Path]) -> None:
    """Two files in one folder still have two names."""
    other = outputs[0].with_name("chat2.jsonl")
    other.write_bytes(outputs[0].read_bytes())
    scores = _run((outputs[0], other), Judge(lambda *_: (6, 6)))
    assert scores["ties"].value == 24
    assert "first:chat|second:chat2" in scores["ties"].signature


def test_agreement_is_of_questions_with_one_review_in_either_order(tmp_path: Path) -> None:
    def row(question: int, first: str, scores: list[float]) -> str:
        names = ["a", "b"] if first == "a" else ["b", "a"]
        systems = {f"system{i}": {"name": n, "response": ""} for i, n in enumerate(names, start=1)}
        return json.dumps({"question_id": question, **systems, "review": [], "score": scores})

    path = tmp_path / "reviews.jsonl"
    lines = [
        row(1, "a", [9, 1]),
        row(1, "b", [2, 8]),  # agrees
        row(2, "a", [9, 1]),
        row(2, "b", [5, 5]),  # does not
        row(3, "a", [9, 1]),  # once
        row(4, "a", [9, 1]),
        row(4, "a", [9, 1]),  # twice in one order
        row(4, "b", [1, 9]),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert judgements.score(path)["relative"].details["agreement"] == 50
