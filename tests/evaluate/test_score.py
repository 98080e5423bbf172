"""Released outputs score what their authors' figures say, and odd files are named."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from bayling.errors import InputError, UserError
from bayling.evaluate import score
from bayling.records import Score

BAYLING = Path(__file__).parents[3] / "shared" / "data" / "bayling"
RELEASED = pytest.mark.skipif(
    not BAYLING.is_dir(), reason="the outputs that BayLing released are not in ../shared/data"
)


def _expected(file: str) -> dict[str, float]:
    """What expected.tsv says of a file: {what: figure}."""
    rows = (line.split("\t") for line in (BAYLING / "expected.tsv").read_text().splitlines())
    return {row[0]: float(row[2]) for row in rows if len(row) == 3 and row[1] == file}


# chrF2 and the share of lines with all constraints met: measured once with sacrebleu alone and by
# hand, ../shared/papers.md §1.6.3 and §1.6.5.
@RELEASED
@pytest.mark.parametrize(("system", "chrf2"), [("bayling-7b", 53.62), ("vicuna-13b-1.1", 54.71)])
def test_released_translations(system: str, chrf2: float) -> None:
    folder = BAYLING / "translation"
    hypotheses = folder / f"{system}.de-en.hypo"
    scores = score.translation(folder / "deen.src", hypotheses, [folder / "deen.ref"], "de", "en")
    figure = _expected(f"translation/{hypotheses.name}")["BLEU 13a"]
    assert round(scores["bleu"].value, 2) == figure
    assert round(scores["chrf2"].value, 2) == chrf2
    assert list(scores) == ["bleu", "chrf2", "ter", "off_target", "errors"]
    assert scores["bleu"].n == 1984
    # fastText's identification counts 0.6 and 2.6 % (papers.md §1.6.4); ours may differ a little.
    assert scores["off_target"].value < 3
    # A third of Vicuna's trouble is talk: 'The English translation for "…" is "…".'
    assert (scores["off_target"].details["commentary"] > 100) == (system == "vicuna-13b-1.1")


@RELEASED
def test_released_constraints() -> None:
    name = "constrained_translation/chatglm-6b.hypo.en-zh.zh.jsonl"
    scores = score.constraints(BAYLING / name, "zh")
    expected = _expected(name)
    assert list(scores) == ["satisfied", "all_satisfied", "bleu"]
    figure = expected["constraints satisfied, exact substring, %"]
    assert round(scores["satisfied"].value, 2) == figure
    assert round(scores["bleu"].value, 2) == expected["BLEU zh"]
    assert round(scores["all_satisfied"].value, 2) == 43.99


def _file(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path


def test_lines_end_at_line_feeds_and_empty_ones_count(tmp_path: Path) -> None:
    # U+2028 and form feed end a line for str.splitlines, not here.
    source = _file(tmp_path / "s", "eins\u2028eins\n\ndrei\x0cdrei\n")
    texts = _file(tmp_path / "h", "one\u2028one\n\nthree\x0cthree")
    scores = score.translation(source, texts, [texts], "de", "en")
    assert {each.n for each in scores.values()} == {3}
    assert scores["chrf2"].value == pytest.approx(100)


def test_several_references(tmp_path: Path) -> None:
    source = _file(tmp_path / "s", "Die Katze sitzt auf der Matte.\n")
    text, other = "The cat sits on the mat.", "A cat is sitting on a mat."
    first, second = _file(tmp_path / "r1", other + "\n"), _file(tmp_path / "r2", text + "\n")
    texts = _file(tmp_path / "h", text + "\n")
    both = score.translation(source, texts, [first, second], "de", "en")["bleu"]
    assert both.value == pytest.approx(BLEU().corpus_score([text], [[other], [text]]).score)
    assert "nrefs:2" in both.signature
    assert score.translation(source, texts, [first], "de", "en")["bleu"].value < 50


def test_chrf_with_words_and_another_tokenizer_on_request(tmp_path: Path) -> None:
    source = _file(tmp_path / "s", "Die Katze sitzt.\n")
    texts, reference = (
        _file(tmp_path / "h", "The cat sat.\n"),
        _file(tmp_path / "r", "The cat sits.\n"),
    )
    scores = score.translation(source, texts, [reference], "de", "en", "char", chrf_words=True)
    assert "tok:char" in scores["bleu"].signature
    plus = CHRF(word_order=2).corpus_score(["The cat sat."], [["The cat sits."]])
    assert scores["chrf++"].value == pytest.approx(plus.score)
    assert scores["chrf2"].value > scores["chrf++"].value


@pytest.mark.parametrize("short", ["h", "r"])
def test_different_line_counts_are_named(tmp_path: Path, short: str) -> None:
    paths = {name: _file(tmp_path / name, "a\nb\nc\n") for name in ("s", "h", "r")}
    _file(paths[short], "a\nb\n")
    with pytest.raises(InputError, match=rf"{short}: has 2 lines, .*s has 3"):
        score.translation(paths["s"], paths["h"], [paths["r"]], "de", "en")


def test_one_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--from and --to are both 'en'; expected two languages"):
        score.translation(tmp_path, tmp_path, [tmp_path], "en", "en")


def test_empty_files_are_named(tmp_path: Path) -> None:
    empty = _file(tmp_path / "empty", "")
    with pytest.raises(InputError, match="is empty; expected one sentence a line"):
        score.translation(empty, empty, [empty], "de", "en")


def _constraints(path: Path, rows: list[dict[str, object]]) -> Path:
    return _file(path, "".join(json.dumps(row) + "\n" for row in rows))


def test_constraints_are_fragments_and_those_without_count_for_bleu_alone(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"src": "x", "tgt": "The cat sat.", "constraint": ["he ca", "SAT"], "hypo": "The cat sat."},
        {"src": "x", "tgt": "A dog.", "constraint": ["dog"], "hypo": "A dog."},
        {"src": "x", "tgt": "A bird.", "constraint": [], "hypo": "A bird."},
    ]
    scores = score.constraints(_constraints(tmp_path / "c", rows), "en")
    assert scores["satisfied"].value == pytest.approx(200 / 3)
    assert scores["satisfied"].details == {"casefolded": 100.0, "constraints": 3}
    assert scores["all_satisfied"].value == 50.0
    assert [scores[name].n for name in ("satisfied", "all_satisfied", "bleu")] == [2, 2, 3]


@pytest.mark.parametrize(
    "row",
    [
        {"tgt": "a", "hypo": "a"},
        {"tgt": "a", "hypo": "a", "constraint": "a"},
        {"tgt": "a", "hypo": "a", "constraint": [1]},
        {"tgt": "a", "constraint": ["a"]},
    ],
)
def test_a_line_of_another_form_is_named(tmp_path: Path, row: dict[str, object]) -> None:
    path = _constraints(tmp_path / "c", [row])
    with pytest.raises(InputError, match="c, line 1: expected the keys tgt, hypo"):
        score.constraints(path, "en")


def test_a_file_without_constraints_is_named(tmp_path: Path) -> None:
    path = _constraints(tmp_path / "c", [{"tgt": "a", "hypo": "a", "constraint": []}])
    with pytest.raises(InputError, match="holds no constraints"):
        score.constraints(path, "en")


def test_the_table_shows_figures_intervals_and_signatures() -> None:
    scores = {
        "bleu": Score("bleu", 28.168, "bleu|tok:13a", 1984, (27.3, 29.0)),
        "off_target": Score(
            "off_target", 0.4, "off_target|x", 1984, None, {"floor": 0.05, "copy": 3}
        ),
        "wins": Score("wins", 72, "wins|x", 80),
        "relative": Score(
            "relative",
            150.0,
            "relative|x",
            80,
            None,
            {"categories": {"math": {"r": 1.5, "wins": 1}}},
        ),
    }
    shown = Console(file=io.StringIO(), width=100)
    shown.print(score.table(scores))
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    for piece in (
        "28.17",
        "27.30 – 29.00",
        "1984",
        "floor 0.05, copy 3",
        "bleu|tok:13a",
        "72 ",
        "math",
        "1.50",
        "wins 1",
    ):
        assert piece in text
