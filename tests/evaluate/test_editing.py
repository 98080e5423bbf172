"""Users who edit translations: what each policy does, and what it costs with known systems."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, parts, wording
from bayling.backends import echo
from bayling.errors import UserError
from bayling.evaluate import editing as user
from bayling.evaluate import generate, significance
from bayling.evaluate.metrics import conversation
from bayling.evaluate.metrics import editing as metric
from bayling.records import Editing, Message, Result, Sample, Score

COMPLETING = ("left_to_right", "random")
INFILLING = ("left_to_right_infilling", "random_infilling")
TEXTS = [
    ("Please delete the old file.", "Bitte löschen Sie die alte Datei."),
    ("The server sent 3 messages.", "Der Server hat 3 Nachrichten gesendet."),
    ("You cannot rename this folder.", "Sie können den Ordner nicht umbenennen."),
]
SAMPLES = [
    Sample(str(number), source, target, "en", "de", "doc")
    for number, (source, target) in enumerate(TEXTS)
]
WORDS = 6


def _sample(messages: Sequence[Message]) -> Sample:
    return next(each for each in SAMPLES if messages[0].text.endswith(each.source))


class System:
    """Answers from what was asked and how the answer is to begin."""

    name = "system"

    def __init__(self, say: Callable[[Sequence[Message], str], str]) -> None:
        self._say = say
        self.begun: list[str] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        self.begun += beginnings or []
        begun = beginnings or [""] * len(conversations)
        return [self._say(*each) for each in zip(conversations, begun, strict=True)]


def _oracle(messages: Sequence[Message], begun: str) -> str:
    reference = _sample(messages).reference
    return reference if reference.startswith(begun) else f"{begun} {reference}"


def _but_one(messages: Sequence[Message], begun: str) -> str:
    """Right but for the fourth word, unless that was told."""
    words = _sample(messages).reference.split()
    told = len(begun.split()) > 3 or "___" in messages[-1].text
    return " ".join(words if told else [*words[:3], "falsch", *words[4:]])


def _results(system: Any, policy: str, samples: Sequence[Sample] = SAMPLES, **more: Any) -> Any:
    options = parts.options("task", "editing", {"policy": policy, **more})
    return generate.results("editing", options, samples, system, 1)


def _scores(results: Sequence[Result]) -> dict[str, Score]:
    return {each.name: each for each in metric.score(results, metric.Options())}


@pytest.mark.parametrize("policy", COMPLETING + INFILLING)
def test_an_oracle_is_accepted_at_once(policy: str) -> None:
    scores = _scores(_results(System(_oracle), policy))
    assert scores["word_strokes"].value == scores["word_strokes"].details["post_edit"] == 0
    assert scores["accepted"].value == 100
    assert scores["accepted"].details == {"by_turn": {"1": 100}, "turns": 0}
    assert "consistency" not in scores
    assert all(f"policy:{policy}|" in each.signature for each in scores.values())


@pytest.mark.parametrize("policy", COMPLETING)
def test_one_wrong_word_is_typed_and_nothing_else(policy: str) -> None:
    system = System(_but_one)
    results = _results(system, policy)
    scores = _scores(results)
    assert [each.editing for each in results] == [Editing(policy, (1, 0), True)] * 3
    assert scores["word_strokes"].value == scores["word_strokes"].details["post_edit"]
    assert scores["word_strokes"].value == pytest.approx(100 / WORDS)
    assert scores["accepted"].details == {"by_turn": {"1": 0, "2": 100}, "turns": 1}
    assert scores["consistency"].value == 100
    assert system.begun == [" ".join(each.reference.split()[:4]) for each in SAMPLES]


@pytest.mark.parametrize("policy", INFILLING)
def test_a_word_that_fills_the_only_gap_leaves_nothing_to_ask_for(policy: str) -> None:
    results = _results(System(_but_one), policy)
    assert [each.editing for each in results] == [Editing(policy, (1,), True)] * 3


def _skips_the_middle(messages: Sequence[Message], begun: str) -> str:
    words = _sample(messages).reference.split()
    return " ".join([words[0], *words[4:]]) if len(messages) == 1 else _oracle(messages, begun)


@pytest.mark.parametrize("policy", INFILLING)
def test_a_system_that_fills_the_gaps_saves_typing(policy: str) -> None:
    results = _results(System(_skips_the_middle), policy)
    assert [each.editing for each in results] == [Editing(policy, (1, 0), True)] * 3
    gaps = {each.messages[2].text.splitlines()[-1] for each in results[:1]}
    assert gaps <= {"Bitte löschen ___ alte Datei.", "Bitte ___ die alte Datei."}
    scores = _scores(results)
    assert scores["word_strokes"].value == pytest.approx(100 / WORDS)
    assert scores["word_strokes"].details["post_edit"] == pytest.approx(300 / WORDS)


def test_an_echo_leaves_everything_to_be_typed() -> None:
    results = _results(echo.connect(echo.Options()), "left_to_right")
    # The last word ends the sentence: nothing is left to be completed.
    assert {each.editing for each in results} == {Editing("left_to_right", (1,) * WORDS, True)}
    assert _scores(results)["word_strokes"].value == 100
    assert results[0].outputs[2] == "Bitte löschen Please delete the old file."
    # Whoever has less patience types the rest without asking.
    for policy in COMPLETING + INFILLING:
        for each in _results(echo.connect(echo.Options()), policy, SAMPLES[:1], rounds=2):
            assert sum(each.editing.typed) == WORDS
            assert (len(each.outputs), each.editing.accepted) == (3, False)


def test_an_echo_fills_no_gaps() -> None:
    for policy in INFILLING:
        results = _results(echo.connect(echo.Options()), policy)
        assert _scores(results)["word_strokes"].value == pytest.approx(100, abs=6)


def _editor(
    policy: user.Policy, reference: str, language: str = "de", seed: int = 0
) -> user.Editor:
    sample = Sample("1", "x", reference, "en", language, "doc")
    return user.editor(policy, sample, random.Random(seed))


def _edit(editor: user.Editor, answer: str) -> tuple[int, str | None]:
    editor.read(answer)
    assert not editor.is_right()
    edit = editor.edit()
    return edit.typed, edit.text


REFERENCE = "„Der alte Hund“, sagte sie, schläft heute."


def test_left_to_right_fixes_up_to_the_first_wrong_word() -> None:
    editor = _editor("left_to_right", REFERENCE)
    # Punctuation is the reference's, and what is behind the wrong word does not count.
    assert _edit(editor, "Der alte Katze sagte sie, schläft") == (1, "„Der alte Hund")
    assert editor.lacking() == 2
    assert _edit(editor, "„Der alte Hund") == (1, "„Der alte Hund“, sagte")
    assert _edit(editor, "„Der alte Hund“, sagte sie, schläft nie.") == (1, None)
    # What follows the whole of it is cut off.
    editor.read(f"{REFERENCE} Und morgen?")
    assert editor.is_right()
    # A word too many is no word less to be typed: so it is from left to right.
    assert _edit(editor, f"Und {REFERENCE}") == (1, "„Der")


def test_random_fixes_some_wrong_place_and_leaves_what_is_wrong_before_it() -> None:
    answer = "Der neue Hund sagte er, schläft"
    expected = {
        (1, "„Der alte"),
        (1, "Der neue Hund sagte sie"),
        (1, "Der neue Hund sagte er, schläft heute"),
    }
    found = {_edit(_editor("random", REFERENCE, seed=seed), answer) for seed in range(30)}
    assert found == expected
    # Words too many are deleted, wherever they are.
    editor = _editor("random", REFERENCE)
    editor.read(f"Ja, {REFERENCE} Ja.".replace("alte", "alte, alte"))
    assert editor.is_right()


def test_left_to_right_infilling_keeps_what_is_right_all_over() -> None:
    editor = _editor("left_to_right_infilling", REFERENCE)
    assert _edit(editor, "Der Hund er schläft gern heute.") == (
        1,
        "„Der alte Hund ___ schläft heute.",
    )
    assert editor.lacking() == 2
    # An answer that lost what was fixed is of no use, however much of the gap it has right.
    assert _edit(editor, "Der Hund sagte sie, schläft heute.") == (
        1,
        "„Der alte Hund“, sagte ___ schläft heute.",
    )
    # What it puts into the gap counts, what is around the whole is deleted.
    editor.read("Hier: „Der alte Hund“, sagte sie, schläft heute.")
    assert editor.is_right()
    assert editor.lacking() == 0


def test_random_infilling_types_a_word_at_an_edge_of_a_gap() -> None:
    answer = "Hund sagte schläft"
    found = {_edit(_editor("random_infilling", REFERENCE, seed=seed), answer) for seed in range(40)}
    assert found == {
        (1, "„Der ___ Hund“, sagte ___ schläft ___"),
        (1, "___ alte Hund“, sagte ___ schläft ___"),
        (1, "___ Hund“, sagte sie, schläft ___"),
        (1, "___ Hund“, sagte ___ schläft heute."),
    }


def test_characters_are_typed_where_no_spaces_are_written() -> None:
    reference = "文件已从Git删除。"
    editor = _editor("left_to_right", reference, "zh")
    assert _edit(editor, "文档已删除。") == (1, "文件")
    # A word in Latin letters is typed in one go: a part of it is none that a system goes on from.
    assert _edit(editor, "文件已从仓库删除。") == (3, "文件已从Git")
    assert _edit(editor, "文件已从GitHub删除。") == (1, "文件已从Git删")
    assert _edit(editor, "文件已从Gut删除。") == (2, "文件已从Git")
    editor = _editor("left_to_right_infilling", reference, "zh")
    assert _edit(editor, "文件从删。") == (1, "文件已从___删___")
    editor = _editor("random_infilling", reference, "zh", 1)
    assert _edit(editor, "文件已从除。") == (3, "文件已从Git___除。")


def test_a_placeholder_is_typed_in_one_go() -> None:
    reference = "Wert „%(value)s“ ist (jetzt) <b>falsch</b>."
    editor = _editor("left_to_right", reference)
    assert _edit(editor, "Wert ist") == (2, "Wert „%(value)s")
    assert _edit(editor, "Wert „%(value)d“") == (1, "Wert „%(value)s")
    assert _edit(editor, "Wert „%(value)s“ ist jetzt") == (1, "Wert „%(value)s“ ist (jetzt) <b>")
    editor = _editor("left_to_right_infilling", reference)
    # A part of one is no more than it is, and what opens before a word goes with it.
    assert _edit(editor, "s jetzt") == (1, "Wert ___ s ___ (jetzt ___")
    editor = _editor("left_to_right_infilling", reference)
    assert _edit(editor, "%(value)s ist jetzt") == (1, "Wert „%(value)s“ ist (jetzt ___")


def test_a_vowel_sign_goes_with_its_character() -> None:
    assert _edit(_editor("left_to_right", "ที่นี่", "th"), "นี่") == (1, "ที่")


def test_chance_is_seeded_by_sample() -> None:
    for policy in ("random", "random_infilling"):
        one, two = (_results(echo.connect(echo.Options()), policy) for _ in range(2))
        assert [each.to_json() for each in one] == [each.to_json() for each in two]
    long = Sample("1", "x", " ".join(f"w{n}" for n in range(30)), "en", "de", "doc")
    found = {
        _edit(user.editor("random_infilling", long, random.Random(seed)), "w9 w19")[1]
        for seed in range(20)
    }
    assert len(found) > 3


def test_the_conversation_tells_what_was_fixed() -> None:
    [result] = _results(System(_but_one), "left_to_right", SAMPLES[:1])
    said = [(message.role, message.text) for message in result.messages]
    assert said[1:] == [
        ("assistant", "Bitte löschen Sie falsch alte Datei."),
        ("user", "Bitte löschen Sie die"),
        ("assistant", "Bitte löschen Sie die alte Datei."),
    ]
    assert Result.from_json(result.to_json()) == result


@pytest.mark.parametrize("held_out", [False, True])
def test_gaps_are_to_be_filled_in_the_users_language(held_out: bool) -> None:
    system, policy = System(_skips_the_middle), "left_to_right_infilling"
    known = wording.phrasings("fill_gaps", "de", held_out)
    for each in _results(system, policy, ask_in=["de"], held_out=held_out):
        asked, gapped = each.messages[2].text.rsplit("\n", 1)
        assert f"{asked}\n{{gapped}}" in known
        assert gapped.endswith("___ " + each.sample.reference.split(maxsplit=4)[-1])
    assert system.begun == []


def test_a_sentence_without_words_suits_nobody() -> None:
    part, options = parts.load("task", "editing"), parts.options("task", "editing")
    assert part.suits(SAMPLES[0], options)
    assert not part.suits(Sample("1", "…", "…", "en", "de", "doc"), options)


def test_options_out_of_range_are_told() -> None:
    with pytest.raises(UserError, match=r"task 'editing', option 'policy': .*'left_to_right'"):
        parts.options("task", "editing", {"policy": "mtpe"})
    with pytest.raises(UserError, match=r"task 'editing', option 'rounds': .* greater than or eq"):
        parts.options("task", "editing", {"rounds": 0})


def test_consistency_counts_right_words_that_stay() -> None:
    outputs = ("Bitte lösche Sie die Datei.", "Bitte löschen die Datei.")
    result = Result(SAMPLES[0], (), outputs, editing=Editing("random", (1, 2), False))
    # Of "Bitte", "Sie", "die" and "Datei" one is lost.
    assert metric._kept(result) == (3, 4)
    assert _scores([result])["consistency"].value == 75
    assert _scores([result])["accepted"].value == 0
    assert _scores([result])["word_strokes"].value == 50


def test_results_of_other_tasks_have_no_figures() -> None:
    result = Result(SAMPLES[0], (), ("Datei",))
    assert metric.score([result], metric.Options()) == []
    for each in metric.segments([result], metric.Options()):
        assert each.rows.sum() == 0


def test_edits_and_requests_are_compared_over_the_same_samples(tmp_path: Path) -> None:
    asked = generate.results(
        "interactive", parts.options("task", "interactive"), SAMPLES, System(_but_one), 1
    )
    edited = _results(System(_oracle), "left_to_right")
    for name, results in (("a", asked), ("b", edited)):
        jsonl.write(tmp_path / name, (each.to_json() for each in results))
    tests = significance.compare(tmp_path / "a", tmp_path / "b")["tests"]
    told = {each.name: each.value for each in conversation.score(asked, conversation.Options())}
    assert tests["word_strokes"]["a"] == pytest.approx(told["word_strokes"])
    assert tests["word_strokes"]["b"] == 0
    assert "accepted" not in tests
    both = metric.segments([*asked, *edited], metric.Options())
    assert "|policy:left_to_right+requests|" in both[0].signature
