"""Exams score what BayLing's released predictions were published with, and the rule decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bayling.errors import InputError, UserError
from bayling.evaluate import _mathematics, exam

SHARED = Path(__file__).parents[3] / "shared" / "data"
RELEASED = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the predictions that BayLing released are not in ../shared/data"
)


def _released(task: str) -> exam.Paper:
    predictions = f"bayling/examination/predict.BayLing-13B.{task}.zero-shot.jsonl"
    return exam.Paper(task, SHARED / f"agieval/{task}.jsonl", SHARED / predictions)


@RELEASED
@pytest.mark.parametrize(
    "task", ["sat-math", "gaokao-history", "gaokao-physics", "gaokao-mathcloze"]
)
def test_published_accuracies(task: str) -> None:
    rows = (SHARED / "bayling" / "expected.tsv").read_text().splitlines()
    (figure,) = (row.split("\t")[2] for row in rows if f".{task}.zero-shot" in row)
    score = exam.score([_released(task)])["accuracy"]
    assert f"{score.value:.2f}" == figure
    assert score.details["correct"] * 100 / score.details["total"] == score.value


@RELEASED
def test_several_subjects_weigh_alike() -> None:
    tasks = ["sat-math", "gaokao-history", "gaokao-physics"]
    scores = exam.score([_released(task) for task in tasks])
    assert list(scores) == ["accuracy", *tasks]
    assert scores["accuracy"].value == pytest.approx((27.27273 + 34.04255 + 21.5) / 3, abs=1e-4)
    low, high = scores["accuracy"].interval or (0, 0)
    assert 23 < low < scores["accuracy"].value < high < 32
    assert scores["accuracy"].details["over"] == f"mean of 3 subjects: {', '.join(tasks)}"


@RELEASED
def test_without_the_deletion_the_a_of_answer_is_the_answer() -> None:
    assert exam.score([_released("sat-math")], "first-letter")["accuracy"].value < 24


@pytest.mark.parametrize(
    ("text", "rule", "letter"),
    [
        ("Answer is choice (B)", "bayling", "B"),
        ("Answer is choice (B)", "first-letter", "A"),
        ("Answer is choice (B)", "stated", "B"),
        ("Choice D, since E is odd", "bayling", "D"),
        ("A vector has a length, so the answer is C.", "bayling", "A"),
        ("A vector has a length, so the answer is C.", "stated", "C"),
        ("答案是选项(C)：原子弹", "stated", "C"),
        ("答案：D", "stated", "D"),
        ("Because of (E), no", "stated", "E"),
        ("The answer is Brown", "stated", ""),
        ("The answer is a bit tricky: it is none", "stated", ""),
        ("(A) is wrong, the answer is C", "stated", "C"),
        ("option B is wrong, so the answer is D", "stated", "D"),
        ("P(A)=0.3, answer D", "stated", "D"),
        ("答案应该是C", "stated", "C"),
        ("选择C", "stated", "C"),
        ("Answer: **C**", "stated", "C"),
        ("42", "bayling", ""),
        ("42", "stated", ""),
        ("option G", "bayling", ""),
    ],
)
def test_rules(text: str, rule: str, letter: str) -> None:
    assert exam.read_off("sat-en", text, rule) == letter


def test_several_letters_are_a_set_and_nothing_is_deleted() -> None:
    assert exam.read_off("gaokao-physics", "选 D 和 B，B 对") == "BD"
    assert exam.read_off("gaokao-physics", "Answer: B") == "AB"
    assert exam.key_of("gaokao-physics", {"label": ["D", "B"]}) == "BD"
    assert exam.key_of("gaokao-physics", {"label": "BD"}) == "BD"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so $x=3$ and thus $y = \frac12$", r"\frac12"),
        ("first $x=3$\nthen $7$", "7"),
        ("x = 4.", "4"),
        ("it is 3 or 5", "5"),
        (r"\boxed{\frac{1}{2}} = 7", r"\frac{1}{2}"),
        (r"\boxed{f(x) = 3}", "3"),
        ("由 $x=3$ 得，答案是 5", "5"),
        ("So:\n$$x = 3$$", "3$"),
        ("nothing", None),
        (r"\boxed 7", None),
        (r"\boxed{1", None),
    ],
)
def test_values_that_a_solution_states(text: str, answer: str | None) -> None:
    assert _mathematics.stated(text) == answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1/2", r"\frac12"),
        ("0.5", r"\dfrac{1}{2}"),
        (".5", "1/2"),
        (r"\frac1{72}", r"\tfrac{1}{72}"),
        (r"\sqrt2", r"\sqrt{2}"),
        ("x = 7", "7"),
        (r"\left( 1, 2\right)", "(1,2)"),
        (r"30^\circ", "30"),
        (r"\$40\%", "40"),
        (r"3\text{ cm}", "3"),
        (None, None),
    ],
)
def test_the_same_value_in_other_notation(one: str | None, other: str | None) -> None:
    assert _mathematics.same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    # AGIEval's keys in dollar signs are hardly ever met, and BayLing's figures come of it.
    [("1/2", "1/3"), ("2", None), ("12", "1.2"), ("-2", "2"), ("4", "$4$")],
)
def test_other_values(one: str, other: str | None) -> None:
    assert not _mathematics.same(one, other)


def _files(folder: Path, questions: list[object], predictions: list[object]) -> exam.Paper:
    paper = exam.Paper("sat-en", folder / "q.jsonl", folder / "p.jsonl")
    for path, rows in ((paper.questions, questions), (paper.predictions, predictions)):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return paper


def test_outputs_as_an_api_returns_them(tmp_path: Path) -> None:
    predictions: list[object] = [
        {"choices": [{"message": {"content": "B"}}]},
        {"choices": [{"text": "C"}]},
        {"text": ""},
        # An API that refuses.
        {"choices": [{"message": {"content": None}}]},
        {"text": None, "choices": []},
    ]
    labels = ["B", "B", "A", "A", "A"]
    paper = _files(tmp_path, [{"label": label} for label in labels], predictions)
    score = exam.score([paper])["accuracy"]
    assert dict(score.details) == {"correct": 1, "total": 5, "unanswered": 3}


@pytest.mark.parametrize(
    ("questions", "predictions", "message"),
    [
        ([{"label": None}], [{"text": "A"}], "q.jsonl, line 1: expected `label`, a letter"),
        ([{"label": "AB"}], [{"text": "A"}], "q.jsonl, line 1: expected one letter as `label`"),
        ([{"label": "A"}], [{"out": "A"}], "p.jsonl, line 1: expected `text`"),
        ([{"label": "A"}], [{"choices": ["A"]}], "p.jsonl, line 1: expected `text`"),
        ([{"label": "A"}], [{"choices": [{"message": 5}], "text": 5}], "line 1: expected `text`"),
        ([{"label": "A"}], [], "has 0 predictions, .* has 1 questions"),
        ([], [], "holds no questions"),
    ],
)
def test_odd_files_are_named(
    tmp_path: Path, questions: list[object], predictions: list[object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        exam.score([_files(tmp_path, questions, predictions)])


def test_a_value_is_needed_where_values_are_asked_for() -> None:
    with pytest.raises(ValueError, match="expected `answer`, a value"):
        exam.key_of("gaokao-mathcloze", {"label": "A"})


def test_misspelt_names_and_repeated_subjects(tmp_path: Path) -> None:
    paper = _files(tmp_path, [{"label": "A"}], [{"text": "A"}])
    with pytest.raises(UserError, match=r"no rule 'baylin'\. Did you mean 'bayling'"):
        exam.score([paper], "baylin")
    with pytest.raises(UserError, match=r"no subject 'sat-mth'\. Did you mean 'sat-math'"):
        exam.score([exam.Paper("sat-mth", paper.questions, paper.predictions)])
    with pytest.raises(UserError, match="'sat-en' is given twice"):
        exam.score([paper, paper])
