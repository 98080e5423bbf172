"""mFTI's partition, against the counts of the paper's own languages, and what is told of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from bayling import jsonl, languages, manifest, parts, wording
from bayling.config import EarlyStopping, Evaluate
from bayling.evaluate import partition, report, significance
from bayling.evaluate import run as stage
from bayling.evaluate.metrics import _statistics
from bayling.languages import Direction
from bayling.records import Result, Sample

# The paper's study: these three on both sides, two as sources, two as targets, six not at all.
BOTH, SOURCES, TARGETS = ["en", "ko", "sw"], ["zh", "fi"], ["de", "hi"]
OTHERS = ["ru", "fr", "bg", "ar", "ca", "ta"]
TRAINED = [
    Direction(source, target)
    for source in BOTH + SOURCES
    for target in BOTH + TARGETS
    if source != target
]


def test_the_papers_partition() -> None:
    every = [Direction(*each) for each in permutations(BOTH + SOURCES + TARGETS + OTHERS, 2)]
    counts = Counter(label for each in every for label in partition.labels(each, TRAINED))
    # 22 and 16 are the paper's table; the rest follows from 7 languages that are trained and 6 not.
    assert counts == {
        "seen": 22,
        "reversed": 16,
        "unseen": 156 - 22 - 16,
        "one-side reversed": 4,
        "source unseen": 6 * 7,
        "target unseen": 7 * 6,
        "both unseen": 6 * 5,
    }


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("en>de", ("seen",)),
        ("en-GB>de-AT", ("seen",)),
        ("en>es", ("reversed",)),
        ("de>fr", ("unseen", "pair unseen")),
        ("de>es", ("unseen", "one-side reversed")),
        ("it>es", ("unseen", "both sides reversed")),
        ("ru>en", ("unseen", "source unseen")),
        ("en>ru", ("unseen", "target unseen")),
        ("ru>zh", ("unseen", "both unseen")),
    ],
)
def test_what_is_not_trained_around_english(direction: str, expected: tuple[str, ...]) -> None:
    texts = ("en>de", "de>en", "en>fr", "fr>en", "es>en", "en>it")
    trained = list(map(Direction.parse, texts))
    assert partition.labels(Direction.parse(direction), trained) == expected


# ---------------------------------------------------------------------- figures

WORDS = {
    "de": "die Datei wurde nicht gefunden bitte geben Sie einen Namen ein",
    "zh": "文件 没有 找到 请 输入 一个 名称 然后 等待",
    "fr": "le fichier est introuvable veuillez saisir un nom",
}
MACRO = [("bleu", "bleu", BLEU), ("chrf", "chrf2", CHRF), ("ter", "ter", TER)]


def _results(languages_: Sequence[str], chance: float, seed: int = 0) -> list[Result]:
    rng = random.Random(seed)
    found = []
    for language in languages_:
        for number in range(20):
            words = random.Random(number).choices(WORDS[language].split(), k=9)
            said = [word for word in words if rng.random() > chance]
            sample = Sample(
                f"{language}{number}", "The file.", " ".join(words), "en", language, "test"
            )
            found.append(Result(sample, (), (" ".join(said) or "x",)))
    rng.shuffle(found)
    return found


def _sacrebleu(theirs: type, name: str, results: Sequence[Result], language: str) -> float:
    own = [result for result in results if result.sample.target_lang == language]
    asian = language == "zh"
    options: dict[str, Any] = {
        "bleu": {"tokenize": "zh" if asian else "13a"},
        "ter": {"normalized": asian, "asian_support": asian},
    }.get(name, {})
    references = [[result.sample.reference for result in own]]
    score = theirs(**options).corpus_score([result.outputs[-1] for result in own], references)
    return float(score.score)


@pytest.mark.parametrize(("metric", "name", "theirs"), MACRO, ids=[each[0] for each in MACRO])
def test_several_directions_are_the_mean_of_theirs(metric: str, name: str, theirs: type) -> None:
    results = _results(["de", "zh", "fr"], 0.3)[:-7]
    part, options = parts.load("metric", metric), parts.options("metric", metric)
    (score,) = part.score(results, options)
    each = {code: _sacrebleu(theirs, metric, results, code) for code in ("de", "zh", "fr")}
    assert score.name == name
    assert score.value == pytest.approx(sum(each.values()) / 3)
    found = score.details["directions"]
    for code, value in each.items():
        assert found[f"en>{code}"]["score"] == pytest.approx(value)
        own = [result for result in results if result.sample.target_lang == code]
        assert found[f"en>{code}"]["n"] == len(own)
        # Each one's figure is what it is alone.
        assert part.score(own, options)[0].value == pytest.approx(value)
        assert "directions" not in part.score(own, options)[0].details
    assert score.n == 53
    low, high = score.interval
    assert low < score.value < high
    assert "|mean-over:3-directions|bs:1000|seed:12345" in score.signature
    # Where a language has a tokenizer of its own, both are told, with whose they are.
    assert score.signature.count(" + ") == (0 if metric == "chrf" else 1)
    told = (
        score.signature
        if metric == "chrf"
        else next(
            each for each in score.signature.split(" + ") if "tok:zh" in each or "asian:yes" in each
        )
    )
    assert ("|en>zh|" in f"{told}|") == (metric != "chrf")


def test_resamples_are_drawn_within_directions() -> None:
    results = _results(["de", "fr"], 0.3)
    (segments,) = parts.load("metric", "chrf").segments(results, parts.options("metric", "chrf"))
    german = [result.sample.target_lang == "de" for result in results]
    for often in _statistics.resamples(segments):
        assert often[german].sum() == 20
        assert often.sum() == 40


def test_an_interval_over_directions_does_not_take_in_their_difference() -> None:
    # One direction perfect and one hopeless, each of equal lines: nothing is left to chance.
    results = [
        Result(Sample(str(i), "x", "Das ist eine Datei", "en", code, "test"), (), (text,))
        for code, text in (("de", "Das ist eine Datei"), ("fr", "Wolken ziehen"))
        for i in range(10)
    ]
    (score,) = parts.load("metric", "bleu").score(results, parts.options("metric", "bleu"))
    assert score.interval == (score.value, score.value)
    assert score.value == pytest.approx(50, abs=5)


@pytest.mark.parametrize("metric", ["bleu", "chrf", "ter"])
def test_two_systems_over_several_directions(metric: str) -> None:
    good, bad = _results(["de", "fr"], 0.1, 1), _results(["de", "fr"], 0.4, 2)
    ((_, test),) = significance.paired(bad, good, metric).items()
    part, options = parts.load("metric", metric), parts.options("metric", metric)
    assert test["a"] == pytest.approx(part.score(bad, options)[0].value)
    assert test["b"] == pytest.approx(part.score(good, options)[0].value)
    assert test["p_randomisation"] < 0.001
    assert significance.paired(bad, bad, metric).popitem()[1]["p_bootstrap"] == 1.0


def test_the_first_answers_are_averaged_too() -> None:
    results = [
        Result(each.sample, (), ("nichts", each.outputs[-1]))
        for each in _results(["de", "fr"], 0.2)
    ]
    (score,) = parts.load("metric", "chrf").score(results, parts.options("metric", "chrf"))
    once = [Result(each.sample, (), each.outputs[:1]) for each in results]
    (first,) = parts.load("metric", "chrf").score(once, parts.options("metric", "chrf"))
    assert score.details["first"] == first.value


def _translated(source: str, target: str, text: str) -> Result:
    references = {
        "de": "Die Datei konnte nicht gefunden werden, bitte versuchen Sie es später noch einmal.",
        "fr": "Le fichier est introuvable, veuillez réessayer plus tard.",
        "en": "The file could not be found, please try again later.",
    }
    sample = Sample(
        f"{source}{target}", references[source], references[target], source, target, "x"
    )
    return Result(sample, (), (references[text],))


def test_off_target_knows_the_languages_of_all_directions() -> None:
    # A model that falls back to English, asked from German to French.
    lost = _translated("de", "fr", "en")
    part = parts.load("metric", "off_target")
    usual, among = (
        parts.options("metric", "off_target", options)
        for options in ({}, {"among": ["en", "de", "fr"]})
    )
    right = [_translated("de", "fr", "fr"), _translated("fr", "de", "de")]
    (score,) = part.score([lost, *right], usual)
    assert score.details["off_target"] == 1
    assert score.details["directions"]["de>fr"] == {"score": 50.0, "n": 2}
    assert score.signature.split("|between:")[1].startswith("de-fr,fr-de|among:de,en,fr|")
    # Alone, as in a partition, only the recipe can say which languages are in play.
    (score,) = part.score([lost], among)
    assert (score.value, score.details["floor"]) == (100, 0)
    assert part.score(right, among)[0].value == 0
    (single,) = part.score([right[0]], usual)
    assert "among" not in single.signature
    assert "directions" not in single.details


# ---------------------------------------------------------------------- the stage

DIRECTIONS = ("en>de", "de>en", "fr>de", "fr>ru")


class Parrot:
    """Answers every question with the same words."""

    name = "parrot"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, conversations: Any, on_answer: Any = None, room: Any = None) -> list[str]:
        self.asked += [each[-1].text for each in conversations]
        return ["Die Datei wurde gefunden."] * len(conversations)


def _write(folder: Path, each: int = 3) -> Path:
    samples = [
        Sample(f"{direction}{number}", f"Text {number}", "Die Datei war da.", *ends, "shop:x:1")
        for direction in DIRECTIONS
        for ends in [Direction.parse(direction)]
        for number in range(each)
    ]
    jsonl.write(folder / "samples.jsonl", (sample.to_json() for sample in samples))
    return folder / "samples.jsonl"


def _run(
    folder: Path, name: str, trained: Sequence[str], task: str = "translation", **settings: Any
) -> dict[str, dict[str, Any]]:
    given = Evaluate(tasks=[task], directions=list(DIRECTIONS), **settings)
    return stage.run(
        given,
        _write(folder),
        {"model": name},
        Parrot,
        1,
        folder / "evaluate" / name,
        trained=list(map(Direction.parse, trained)),
    )


def test_scores_are_given_by_partition(tmp_path: Path) -> None:
    scores = _run(tmp_path, "tuned", ["en>de"], metrics=["bleu", "chrf"])
    unseen = ["unseen", "source unseen", "both unseen"]
    names = ["translation", *(f"translation, {each}" for each in ["seen", "reversed", *unseen])]
    assert list(scores) == names
    assert [scores[name]["chrf2"]["n"] for name in names] == [12, 3, 3, 6, 3, 3]
    results = [
        Result.from_json(row) for row in jsonl.read(tmp_path / "evaluate/tuned/translation.jsonl")
    ]
    seen = [result for result in results if result.sample.direction == ("en", "de")]
    (alone,) = parts.load("metric", "chrf").score(seen, parts.options("metric", "chrf"))
    assert scores["translation, seen"]["chrf2"] == alone.to_json()
    assert manifest.read_json(tmp_path / "evaluate/tuned/scores.json") == scores
    # A model that was trained on something else is in another place of the same plan.
    assert list(_run(tmp_path, "tuned", [*DIRECTIONS], metrics=["chrf"])) == ["translation"]


def test_instructions_have_no_direction(tmp_path: Path) -> None:
    assert list(_run(tmp_path, "tuned", ["en>de"], "follow")) == ["follow"]


def test_nothing_is_said_of_a_model_of_which_nothing_is_known(tmp_path: Path) -> None:
    assert list(_run(tmp_path, "model", [])) == ["translation"]


def test_the_first_of_each_direction_are_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = _run(tmp_path, "tuned", ["en>de"], samples=2)
    assert scores["translation"]["chrf2"]["details"]["directions"].keys() == set(DIRECTIONS)
    assert scores["translation"]["chrf2"]["n"] == 8
    said = "the first 8 of 12 samples are asked, 2 of each direction at most."
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("first", [["en>de"], list(DIRECTIONS)], ids=["some", "all"])
def test_the_report_tells_partitions(tmp_path: Path, first: list[str]) -> None:
    from bayling.evaluate import _before_after, show

    recipe = {"name": "many", "directions": ["en>de", "de>en"], "variants": {"one": [], "two": []}}
    manifest.write_json(tmp_path / "recipe.json", recipe)
    for name, trained in (("one", first), ("two", ["en>de", "de>en"])):
        folder = tmp_path / "variants" / name
        folder.mkdir(parents=True)
        manifest.write_json(folder / "recipe.json", {"name": name, "model": {"name": "m"}})
        _run(folder, "tuned", trained, metrics=["chrf"])
    page = report.write(tmp_path).read_text(encoding="utf-8")
    assert "<h3>translation, unseen</h3>" in page
    assert "2 directions" in page
    assert "Its conversations are not in the folder" not in page
    systems = stage.systems(tmp_path)
    scores = {name: stage.scores(path) for name, path in systems.items()}
    told = str(_before_after.differences(scores, systems))
    # What is seen by the second alone is tested over what both have seen; reversed is nothing.
    assert "translation, seen: chrF2" in told
    # Nothing is unseen by who was trained in everything.
    assert ("translation, unseen: chrF2" in told) == (len(first) == 1)
    assert "translation, reversed: chrF2" not in told
    show.scores(tmp_path)


@pytest.mark.parametrize("template", range(1, 7))
def test_questions_in_one_template(template: int) -> None:
    task = parts.load("task", "translation")
    options = parts.options("task", "translation", {"template": template})
    sample = Sample("1", "Open {0}", "Ouvrir {0}", "de", "fr", "x")
    flow = task.flow(sample, options, random.Random(1))
    (request,) = next(flow)
    assert request.text == (
        wording.TEMPLATES[template - 1]
        .replace("{source_language}", languages.name("de"))
        .replace("{target_language}", languages.name("fr"))
        .replace("{source}", "Open {0}")
    )
    (span,) = request.spans
    assert (request.text[span.start : span.end], span.role) == ("Open {0}", "source")
    with pytest.raises(StopIteration) as end:
        flow.send("Ouvrir {0}")
    assert end.value.value.outputs == ("Ouvrir {0}",)


def test_samples_in_directions_that_no_recipe_names(tmp_path: Path) -> None:
    # As `bayling evaluate RUN --samples FILE` asks them.
    folder = tmp_path / "evaluate" / "tuned"
    settings = Evaluate(tasks=["translation"], metrics=["chrf"])
    trained = [Direction("en", "de")]
    scores = stage.run(settings, _write(tmp_path), {}, Parrot, 1, folder, trained=trained)
    assert "translation, unseen" in scores
    assert manifest.require(folder, "evaluate")["settings"]["trained"] == ["en>de"]


@pytest.mark.parametrize(
    ("trained", "count", "expected"),
    [
        (["en>de"], 2, {"en>de": 2}),
        (["en>de", "fr>de", "it>es"], 5, {"en>de": 3, "fr>de": 2}),
        # More than there are: what is there.
        (["en>de"], 40, {"en>de": 3}),
        (["it>es"], 6, {"en>de": 2, "de>en": 2, "fr>de": 1, "fr>ru": 1}),
        ([], 4, dict.fromkeys(DIRECTIONS, 1)),
    ],
)
def test_early_stopping_watches_what_is_trained(
    tmp_path: Path, trained: list[str], count: int, expected: dict[str, int]
) -> None:
    samples = [
        Sample(
            f"{direction}{n}", f"Text {direction}", "Die Datei.", *Direction.parse(direction), "x"
        )
        for n in range(3)
        for direction in DIRECTIONS
    ]
    jsonl.write(tmp_path / "samples.jsonl", (sample.to_json() for sample in samples))
    wanted, backend = EarlyStopping(samples=count), Parrot()
    directions = list(map(Direction.parse, trained))
    judge = stage.judge(wanted, tmp_path / "samples.jsonl", 1, directions)
    assert 0 < judge(backend) < 100
    asked = Counter(each for said in backend.asked for each in DIRECTIONS if each in said)
    assert asked == expected
