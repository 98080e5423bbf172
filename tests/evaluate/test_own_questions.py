"""Tasks that bring their own questions: exams and conversations, from files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bayling import manifest, parts
from bayling.config import Evaluate
from bayling.errors import InputError, MissingError, UserError
from bayling.evaluate import generate, significance
from bayling.evaluate import run as stage
from bayling.records import Message, Result, Sample

SHARED = Path(__file__).parents[3] / "shared" / "data"
RELEASED = pytest.mark.skipif(
    not SHARED.is_dir(), reason="AGIEval's questions and BayLing-80 are not in ../shared/data"
)
MATHS = [
    {"question": "1 + 1?", "options": ["(A)1", "(B)2", "(C)3", "(D)4"], "label": "B"},
    {"passage": "A train.", "question": "2 + 2?", "options": ["(A)1", "(B)4"], "label": "B"},
]
PHYSICS = [{"question": "哪些？", "options": ["(A)光", "(B)声", "(C)电"], "label": ["A", "C"]}]
CLOZE = [{"question": "$x=$", "options": None, "label": None, "answer": "5"}]
TALK = [
    {"question_id": 7, "text": ["How are you?", "And why?"], "category": "generic"},
    {"question_id": 8, "text": "Who are you?", "category": "knowledge"},
]


class Fake:
    """Writes what `write` says and chooses what `choose` says."""

    name = "fake"

    def __init__(self, write: Callable[[str], str] = str) -> None:
        self._write = write
        self.asked: list[str] = []
        self.offered: list[tuple[str, ...]] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Any = None,
        room: Any = None,
        beginnings: Any = None,
    ) -> list[str]:
        self.asked += ["\n--\n".join(each.text for each in talk) for talk in conversations]
        return [self._write(talk[-1].text) for talk in conversations]

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Any = None,
    ) -> list[str]:
        self.asked += [talk[-1].text for talk in conversations]
        self.offered += [tuple(each) for each in candidates]
        return [each[1] for each in candidates]


def _file(folder: Path, name: str, rows: Sequence[object]) -> Path:
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, str]:
    return {
        "sat-math": str(_file(tmp_path, "sat.jsonl", MATHS)),
        "gaokao-physics": str(_file(tmp_path, "physics.jsonl", PHYSICS)),
        "gaokao-mathcloze": str(_file(tmp_path, "cloze.jsonl", CLOZE)),
    }


def _results(task: str, backend: Fake, **options: Any) -> list[Result]:
    made = parts.options("task", task, options)
    return generate.results(task, made, parts.load("task", task).samples(made, []), backend, 1)


def _accuracy(results: list[Result], **options: Any) -> Any:
    made = parts.options("metric", "accuracy", options)
    (score,) = parts.load("metric", "accuracy").score(results, made)
    return score


def test_an_exam_is_written(papers: dict[str, str]) -> None:
    def write(request: str) -> str:
        if "选项" in request:
            return "答案是 A、C"
        return "Answer is choice (B)" if "Options" in request else "It is $5$."

    backend = Fake(write)
    results = _results("exam", backend, papers=papers)
    assert [each.sample.id for each in results] == [
        "sat-math:1",
        "sat-math:2",
        "gaokao-physics:1",
        "gaokao-mathcloze:1",
    ]
    first, second, third, fourth = backend.asked
    assert first == (
        "Question: 1 + 1?\n\nOptions:\n(A)1\n(B)2\n(C)3\n(D)4\n\n"
        'Which option is right? Reply in the form "Answer is choice ( )".'
    )
    assert second.startswith("A train.\n\nQuestion: 2 + 2?")
    assert third.startswith("问题：哪些？\n\n选项：\n(A)光")
    assert "$x=$" in fourth
    assert "选项" not in fourth
    score = _accuracy(results)
    assert "|by:generation" in score.signature
    assert score.details["by_subject"] == {
        "sat-math": 100,
        "gaokao-physics": 100,
        "gaokao-mathcloze": 100,
    }
    assert (score.value, score.details["correct"], score.n) == (100, 4, 4)


def test_a_rule_reads_the_letter(papers: dict[str, str]) -> None:
    one = {"sat-math": papers["sat-math"]}
    results = _results("exam", Fake(lambda _: "A or rather: the answer is B."), papers=one)
    assert _accuracy(results).value == 0
    assert _accuracy(results, rule="stated").value == 100


def test_an_exam_by_likelihood(papers: dict[str, str]) -> None:
    backend = Fake()
    one = {"sat-math": papers["sat-math"]}
    results = _results("exam", backend, papers=one, by="likelihood", most=2)
    assert backend.offered[0] == tuple(f"Answer is choice ({letter})" for letter in "ABCD")
    assert backend.offered[1] == ("Answer is choice (A)", "Answer is choice (B)")
    # Whatever the rule: the A of "Answer" is no answer here.
    for rule in ("bayling", "first-letter", "stated"):
        assert _accuracy(results, rule=rule).value == 100
    assert "|by:likelihood" in _accuracy(results).signature


def test_subjects_weigh_alike_in_tests_too(papers: dict[str, str]) -> None:
    two = {name: papers[name] for name in ("sat-math", "gaokao-physics")}
    right = _results("exam", Fake(lambda r: "A C" if "选项" in r else "B"), papers=two)
    wrong = _results("exam", Fake(lambda r: "A C" if "选项" in r else "A"), papers=two)
    test = significance.paired(right, wrong, "accuracy")["accuracy"]
    assert (test["a"], test["b"]) == (100, 50)


def test_most_asks_the_first_questions(papers: dict[str, str], tmp_path: Path) -> None:
    one = {"sat-math": papers["sat-math"]}
    assert len(_results("exam", Fake(lambda _: "B"), papers=one, most=1)) == 1
    talk = _file(tmp_path, "talk.jsonl", TALK)
    assert [r.sample.id for r in _results("chat", Fake(), path=str(talk), most=1)] == ["7"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"papers": {"sat-maths": "x"}}, "no subject 'sat-maths'. Did you mean 'sat-math'?"),
        ({"papers": {"gaokao-physics": "x"}, "by": "likelihood"}, "gaokao-physics is no single"),
        ({"papers": {}}, "at least 1 item"),
    ],
)
def test_options_that_are_wrong(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        parts.options("task", "exam", options)


@pytest.mark.parametrize(
    ("task", "rows", "message"),
    [
        ("exam", [{"question": "1?", "options": []}], "1: expected `label`, a letter from A to F"),
        (
            "exam",
            [{**MATHS[0], "options": ["(A)1"]}],
            "1: expected `options`, a list of two to six",
        ),
        ("exam", [MATHS[0], {**MATHS[0], "options": [1, 2]}], "2: expected `options`"),
        ("exam", [{**MATHS[0], "options": "AB"}], "1: expected `options`"),
        ("exam", [{**MATHS[0], "label": "E"}], "1: the `label` E is none of 4 options"),
        ("exam", [{**MATHS[0], "question": None}], "1: expected `question`, a text"),
        ("exam", [], "holds no questions"),
        ("chat", [{"text": "Hi"}, {"text": []}], "2: expected `text`, a question or a list"),
        ("chat", [{"text": ["Hi", " "]}], "1: expected `text`"),
        ("chat", [TALK[0], TALK[0]], "2: the question_id 7 is there twice"),
        ("chat", [], "holds no questions"),
    ],
)
def test_files_that_are_wrong(task: str, rows: list[Any], message: str, tmp_path: Path) -> None:
    path = _file(tmp_path, "questions.jsonl", rows)
    options = {"papers": {"sat-math": str(path)}} if task == "exam" else {"path": str(path)}
    with pytest.raises(InputError) as caught:
        _results(task, Fake(), **options)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_chat_goes_on_with_the_models_own_answers(tmp_path: Path) -> None:
    backend = Fake(lambda question: f"You ask: {question}")
    talk = _file(tmp_path, "talk.jsonl", TALK)
    first, second = _results("chat", backend, path=str(talk))
    assert first.outputs == ("You ask: How are you?", "You ask: And why?")
    assert second.outputs == ("You ask: Who are you?",)
    assert backend.asked[-1] == "How are you?\n--\nYou ask: How are you?\n--\nAnd why?"
    assert Result.from_json(json.loads(json.dumps(first.to_json()))) == first
    assert first.sample.meta["category"] == "generic"


def test_the_stage_asks_them_without_samples(papers: dict[str, str], tmp_path: Path) -> None:
    talk = _file(tmp_path, "talk.jsonl", TALK)
    one = {"sat-math": papers["sat-math"]}
    tasks = [{"exam": {"papers": one}}, {"chat": {"path": str(talk)}}]
    settings = Evaluate(tasks=tasks, metrics=["chrf", {"accuracy": {"rule": "stated"}}])
    backend = Fake(lambda _: "A. Or: the answer is B.")

    def scores() -> dict[str, dict[str, Any]]:
        return stage.run(settings, None, {"is": "fake"}, lambda: backend, 1, tmp_path / "out")

    table = scores()
    # A translation's metrics are not asked of what is none; the recipe's options count.
    assert set(table["exam"]) == {"accuracy"}
    assert table["exam"]["accuracy"]["score"] == 100
    assert table["chat"] == {}
    inputs = manifest.require(tmp_path / "out", "evaluate")["inputs"]
    assert set(inputs) == {f"exam/{papers['sat-math']}", f"chat/{talk}"}
    count = len(backend.asked)
    assert scores() == table
    assert len(backend.asked) == count
    # Another file of questions is asked anew; one that cannot be asked costs nothing.
    whole = (tmp_path / "out" / "chat.jsonl").read_bytes()
    _file(tmp_path, "talk.jsonl", [*TALK, {"text": 5}])
    with pytest.raises(InputError, match="3: expected `text`"):
        scores()
    assert (tmp_path / "out" / "chat.jsonl").read_bytes() == whole
    _file(tmp_path, "talk.jsonl", TALK[:1])
    scores()
    assert len(backend.asked) > count


def test_what_is_not_there_is_told_before_anything_is_asked(
    papers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = {"exam": {"papers": {"sat-math": str(tmp_path / "none.jsonl")}}}
    with pytest.raises(InputError, match="none.jsonl"):
        stage.check(Evaluate(tasks=["translation"], before=[missing]))
    monkeypatch.setenv("BAYLING_CACHE", str(tmp_path))
    with pytest.raises(MissingError, match="bayling doctor --comet"):
        stage.check(Evaluate(metrics=["comet"]))
    stage.check(Evaluate())


def test_examples_and_stops_are_for_translations(papers: dict[str, str], tmp_path: Path) -> None:
    """An untuned model is shown solved translations; before an exam they would be in the way."""
    rooms: list[int | None] = []

    class Told(Fake):
        def answer(
            self, conversations: Any, on_answer: Any = None, room: Any = None, *_: Any
        ) -> list[str]:
            rooms.append(room)
            return super().answer(conversations, on_answer, room)

    backend = Told(lambda _: "B")
    sample = Sample("1", "Open file", "Datei öffnen", "en", "de", "doc")
    samples = _file(tmp_path, "samples.jsonl", [sample.to_json()])
    tasks = ["translation", {"exam": {"papers": {"sat-math": papers["sat-math"]}}}]
    before = [Message("user", "Example"), Message("assistant", "Beispiel")]
    stage.run(Evaluate(tasks=tasks), samples, {}, lambda: backend, 1, tmp_path / "out", before)
    translation, *exam = backend.asked
    assert translation.startswith("Example\n--\nBeispiel\n--\n")
    assert not any("Example" in each for each in exam)
    assert rooms == [None, 100]


def test_compare_knows_the_metrics_of_a_task(papers: dict[str, str], tmp_path: Path) -> None:
    files = []
    for letter in "AB":
        one = {"sat-math": papers["sat-math"]}
        results = _results("exam", Fake(lambda _, letter=letter: letter), papers=one)
        files.append(_file(tmp_path, f"{letter}.jsonl", [each.to_json() for each in results]))
    tests = significance.compare(*files)["tests"]
    assert set(tests) == {"accuracy"}
    assert (tests["accuracy"]["a"], tests["accuracy"]["b"]) == (0, 100)


def test_a_chat_is_for_a_judge_not_for_tests(tmp_path: Path) -> None:
    talk = _file(tmp_path, "talk.jsonl", TALK)
    rows = [each.to_json() for each in _results("chat", Fake(), path=str(talk))]
    path = _file(tmp_path, "a.jsonl", rows)
    with pytest.raises(UserError, match="'chat' has no figure to be tested; .*bayling judge"):
        significance.compare(path, path)


def test_both_ways_of_an_exam_are_over_the_same_questions(papers: dict[str, str]) -> None:
    one = {"sat-math": papers["sat-math"]}
    written = _results("exam", Fake(lambda _: "A"), papers=one)
    chosen = _results("exam", Fake(), papers=one, by="likelihood")
    test = significance.paired(written, chosen, "accuracy")["accuracy"]
    assert (test["a"], test["b"]) == (0, 100)


def test_none_right_of_few_is_not_sure(papers: dict[str, str]) -> None:
    two = {name: papers[name] for name in ("sat-math", "gaokao-physics")}
    score = _accuracy(_results("exam", Fake(lambda _: "E"), papers=two))
    assert score.value == 0
    low, high = score.interval
    assert low == 0
    assert high > 20


@RELEASED
def test_the_released_files_can_be_asked() -> None:
    names = ("sat-math", "gaokao-history", "gaokao-physics", "gaokao-mathcloze")
    papers = {name: str(SHARED / "agieval" / f"{name}.jsonl") for name in names}
    assert len(_results("exam", Fake(lambda _: "A"), papers=papers)) == 220 + 235 + 200 + 118
    for turns, language in (("multi", "en"), ("single", "zh")):
        path = SHARED / "bayling" / "BayLing-80" / f"BayLing-80.{turns}turn.{language}.jsonl"
        results = _results("chat", Fake(), path=str(path))
        assert len(results) == 80
        assert {len(each.outputs) for each in results} == {2 if turns == "multi" else 1}


def test_a_sample_keeps_what_a_task_needs() -> None:
    plain = Sample("1", "a", "b", "en", "de", "doc")
    assert "meta" not in plain.to_json()
    told = Sample("1", "a", "b", "en", "de", "doc", meta={"options": 4})
    assert Sample.from_json(told.to_json()) == told
