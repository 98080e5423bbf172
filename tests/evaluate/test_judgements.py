"""A judge's reviews come out as BayLing's figures, whichever system was shown first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bayling.errors import InputError
from bayling.evaluate import judgements

FILE = (
    Path(__file__).parents[3]
    / "shared/data/bayling/reviews/bayling-13b.vs.alpaca.singleturn.en.jsonl"
)
RELEASED = pytest.mark.skipif(
    not FILE.is_file(), reason="the reviews that BayLing released are not in ../shared/data"
)


@RELEASED
def test_published_wins_and_relative_score() -> None:
    scores = judgements.score(FILE)
    assert [scores[name].value for name in ("wins", "ties", "losses")] == [72, 2, 6]
    relative = scores["relative"]
    assert f"{relative.value:.2f}" == "153.25"
    # papers.md §1.6.7
    means = (relative.details["first_mean"], relative.details["second_mean"])
    assert [round(mean, 2) for mean in means] == [8.71, 5.68]
    categories = relative.details["categories"]
    assert sum(each["wins"] for each in categories.values()) == 72
    assert relative.interval is not None
    assert relative.interval[0] < relative.value < relative.interval[1]


@RELEASED
def test_the_text_says_what_the_released_scores_say() -> None:
    for line in FILE.read_text().splitlines():
        row = json.loads(line)
        assert judgements.scores_in(row["review"][0]) == tuple(row["score"])


def _row(first: str, second: str, **others: object) -> dict[str, object]:
    return {"system1": {"name": first}, "system2": {"name": second}, **others}


def _file(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "reviews.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_both_orders_and_reviews_without_scores(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        _row("a", "b", score=[8, 4], category="writing"),
        _row("b", "a", review="Good.\nScore of Assistant 1: 4\nScore of Assistant 2: 6.5"),
        _row("a", "b", review=["Both are fine."]),
    )
    scores = judgements.score(path)
    assert [scores[name].value for name in ("wins", "ties", "losses")] == [2, 0, 0]
    assert scores["relative"].value == pytest.approx(100 * 14.5 / 8)
    assert scores["relative"].details["unread"] == 1
    assert set(scores["relative"].details["categories"]) == {"writing", ""}


def test_a_question_in_both_orders_is_one(tmp_path: Path) -> None:
    once = [_row("a", "b", score=[n % 5 + 3, 4], question_id=n) for n in range(30)]
    turned = [_row("b", "a", score=[4, n % 5 + 3], question_id=n) for n in range(30)]
    (tmp_path / "one").mkdir()
    one = judgements.score(_file(tmp_path / "one", *once))["relative"]
    both = judgements.score(_file(tmp_path, *once, *turned))["relative"]
    assert (one.value, one.interval) == (both.value, both.interval)
    assert (both.details["questions"], both.details["judged_in_both_orders"]) == (30, 30)
    assert one.details["judged_in_both_orders"] == 0


def test_a_system_without_points(tmp_path: Path) -> None:
    scores = judgements.score(_file(tmp_path, _row("a", "b", score=[3, 0])))
    assert list(scores) == ["wins", "ties", "losses"]


@pytest.mark.parametrize(
    ("review", "scores"),
    [
        ("Score of the Assistant 1: 9\nScore of the Assistant 2: 7.5", (9.0, 7.5)),
        ("**Score for Assistant 1**: 9/10. Score for Assistant 2: 3/10", (9.0, 3.0)),
        ("Score of Assistant 1: 2 … Score of Assistant 1: 3, score of assistant 2: 4", (3.0, 4.0)),
        ("助手1的得分：8\n助手2的得分：6", (8.0, 6.0)),
        ("助手1得分为8分，助手2得分为7分", (8.0, 7.0)),
        ("助手一的最终得分（满分10）：8，助手二的评分是7", (8.0, 7.0)),
        ("**助理1的得分**：**8**\n**Assistant 2的得分**：**6**", (8.0, 6.0)),
        ("Score of Assistant 1 (1-10): 8\nScore of Assistant 2 (1-10): 9", (8.0, 9.0)),
        ("Assistant 1's score: 8\nScore of Assistant 2 is 7.5", (8.0, 7.5)),
        ("Score of Assistant 1: -3\nScore of Assistant 2: 4", None),
        ("Score of Assistant 1: 9", None),
    ],
)
def test_scores_in_a_review(review: str, scores: tuple[float, float] | None) -> None:
    assert judgements.scores_in(review) == scores


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"system1": {"name": "a"}}], "line 1: expected `system2` with a `name`"),
        ([_row("a", "b")], "line 1: expected `review`"),
        (
            [_row("a", "b", score=[1, 2]), _row("a", "c", score=[1, 2])],
            "line 2: reviews a and c; before it was a and b",
        ),
        ([_row("a", "b", review="none")], "holds no review with a score"),
        ([], "holds no review with a score"),
    ],
)
def test_odd_files_are_named(tmp_path: Path, rows: list[dict[str, object]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        judgements.score(_file(tmp_path, *rows))
