"""Metrics against sacrebleu's own figures, published intervals and answers judged by hand."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

import bayling
from bayling import parts
from bayling.errors import MissingError, UserError
from bayling.evaluate.metrics import _statistics, _surface, errors, off_target
from bayling.records import Check, Editing, Message, Result, Sample, Score

REFERENCES = [
    "Die Datei konnte nicht geöffnet werden.",
    "Bitte geben Sie Ihren Namen ein.",
    "Der Benutzer wurde erfolgreich gelöscht.",
    "Keine Ergebnisse für diese Suche gefunden.",
]
ANSWERS = [
    "Die Datei konnte leider nicht geöffnet werden.",
    "Bitte geben Sie den Namen ein.",
    "Der Benutzer wurde gelöscht.",
    "Keine Treffer für diese Suche.",
]


def _result(
    *outputs: str,
    reference: str = "Die Datei wurde nicht gefunden.",
    source: str = "The file was not found.",
    langs: tuple[str, str] = ("en", "de"),
    wishes: Sequence[Check] = (),
) -> Result:
    return Result(Sample("1", source, reference, *langs, "test"), (), outputs, tuple(wishes))


def _use(phrase: str) -> Check:
    return Check("contain", {"phrase": phrase})


def _score(metric: str, results: Sequence[Result], **options: object) -> dict[str, Score]:
    part = parts.load("metric", metric)
    found = part.score(results, parts.options("metric", metric, options))
    return {score.name: score for score in found}


@pytest.fixture
def answered() -> list[Result]:
    return [_result(a, reference=r) for a, r in zip(ANSWERS, REFERENCES, strict=True)]


@pytest.mark.parametrize(
    ("metric", "name", "theirs"),
    [("bleu", "bleu", BLEU), ("chrf", "chrf2", CHRF), ("ter", "ter", TER)],
)
def test_surface_scores_are_sacrebleus(
    answered: list[Result], metric: str, name: str, theirs: type
) -> None:
    oracle = theirs()
    expected = oracle.corpus_score(ANSWERS, [REFERENCES], n_bootstrap=1000)
    score = _score(metric, answered)[name]
    assert score.value == pytest.approx(expected.score, abs=1e-9)
    assert score.interval is not None
    low, high = score.interval
    assert (high - low) / 2 == pytest.approx(expected._ci, abs=0.3)
    assert (high + low) / 2 == pytest.approx(expected._mean, abs=5)
    assert score.n == 4
    plain = theirs()
    plain.corpus_score(ANSWERS, [REFERENCES])
    for piece in (plain.get_signature().format(), f"bayling:{bayling.__version__}", "seed:12345"):
        assert piece in score.signature


def test_the_same_results_give_the_same_interval(answered: list[Result]) -> None:
    assert _score("bleu", answered) == _score("bleu", answered)


def test_the_last_output_counts_and_the_first_stands_beside_it(answered: list[Result]) -> None:
    twice = [_result("Hallo", *each.outputs, reference=each.sample.reference) for each in answered]
    score = _score("chrf", twice)["chrf2"]
    assert score.value == _score("chrf", answered)["chrf2"].value
    first = [_result("Hallo", reference=each.sample.reference) for each in answered]
    assert score.details == {"first": _score("chrf", first)["chrf2"].value}
    assert _score("chrf", answered)["chrf2"].details == {}


@pytest.mark.parametrize(
    ("target", "tokenizer"), [("de", "13a"), ("zh", "zh"), ("zh-TW", "zh"), ("fr", "13a")]
)
def test_bleu_takes_its_tokenizer_from_the_target_language(target: str, tokenizer: str) -> None:
    score = _score("bleu", [_result("文件", reference="文件", langs=("en", target))])["bleu"]
    assert f"tok:{tokenizer}|" in score.signature


def test_bleu_takes_a_tokenizer_on_request() -> None:
    results = [_result("ファイル", reference="ファイル", langs=("en", "ja"))]
    assert "tok:char" in _score("bleu", results, tokenizer="char")["bleu"].signature
    with pytest.raises(UserError, match="tokenizer"):
        _score("bleu", results, tokenizer="words")


@pytest.mark.parametrize(("language", "package"), [("ja", "MeCab"), ("ko", "mecab_ko")])
def test_a_missing_mecab_is_named(language: str, package: str) -> None:
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed")
    with pytest.raises(MissingError, match=re.escape(f'pip install "sacrebleu[{language}]"')):
        _score("bleu", [_result("x", langs=("en", language))])


@pytest.mark.parametrize(
    ("hits", "asked", "low", "high"),
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)],
)
def test_wilson_as_published(hits: int, asked: int, low: float, high: float) -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    assert _statistics.wilson(hits, asked) == pytest.approx((low, high), abs=0.005)


def test_the_bootstrap_agrees_with_wilson_on_a_proportion() -> None:
    counts = [(int(i < 60), 1) for i in range(200)]
    interval = _statistics.bootstrap(_statistics.share("share", counts, "test"))
    assert interval == pytest.approx(_statistics.wilson(60, 200), abs=1.0)


@pytest.mark.parametrize(
    ("output", "label", "off"),
    [
        ("Die Datei wurde nicht gefunden.", "", False),
        ("The file was not found.", "copy", True),
        ("the file was not found", "copy", True),
        ("Le fichier n'a pas été trouvé, я не знаю почему это происходит", "wrong_language", True),
        ("Файл не найден.", "wrong_language", True),
        ("The document could not be found anywhere.", "wrong_language", True),
        ("", "empty", True),
        ("%s 12", "empty", True),
        ("Here is the translation: Die Datei wurde nicht gefunden.", "commentary", False),
        ("Die Übersetzung lautet: Die Datei wurde nicht gefunden.", "commentary", False),
        ('"The file was not found" is "Die Datei wurde nicht gefunden".', "commentary", False),
        ("Die Datei wurde nicht gefunden.\nSie fehlt.", "commentary", False),
        ("Die Datei wurde nicht gefunden, " + "und zwar nirgends, " * 6, "commentary", False),
        (
            "Die Datei wurde leider nicht gefunden. Please ask your administrator.",
            "mixed",
            False,
        ),
    ],
)
def test_off_target_and_its_labels(output: str, label: str, off: bool) -> None:
    sample = _result("").sample
    assert off_target.label(sample, output) == label
    assert off_target.is_off_target(sample, output) == off


def test_what_the_reference_does_is_no_trouble() -> None:
    same = _result(
        "", source="Apache License, version 2.0", reference="Apache License, version 2.0"
    )
    assert off_target.label(same.sample, "Apache License, version 2.0") != "copy"
    numbers = _result("", source="%s: 100", reference="%s: 100")
    assert not off_target.is_off_target(numbers.sample, "%s: 100")
    colon = _result("", source="Translation: %s", reference="Übersetzung: %s")
    assert off_target.label(colon.sample, "Übersetzung: %s") == ""


def test_off_target_stands_beside_its_floor() -> None:
    results = [
        _result("The file was not found."),
        _result("Die Datei fehlt hier."),
        _result("Die Datei fehlt hier."),
        _result("Die Datei fehlt hier.", reference="The file is the same everywhere."),
    ]
    score = _score("off_target", results)["off_target"]
    assert score.value == 25.0
    assert score.details["floor"] == 25.0
    assert score.details["off_target"] == score.details["copy"] == 1
    assert "wilson95" in score.signature
    assert "between:en-de" in score.signature


def test_satisfaction_counts_wishes_and_results() -> None:
    results = [
        _result("x", "Die Datei fehlt.", wishes=[_use("Datei"), _use("fehlt")]),
        _result("x", "Die datei fehlt.", wishes=[_use("Datei"), _use("fehlt")]),
        _result("x", "Das Dokument fehlt.", wishes=[_use("Datei")]),
        _result("Ohne Wunsch."),
    ]
    scores = _score("satisfaction", results)
    assert scores["satisfied"].value == pytest.approx(60.0)
    assert scores["satisfied"].details["casefolded"] == pytest.approx(80.0)
    assert scores["all_satisfied"].value == pytest.approx(100 / 3)
    assert scores["all_satisfied"].details["casefolded"] == pytest.approx(200 / 3)
    assert {score.n for score in scores.values()} == {3}


def test_wishes_that_know_no_case_are_asked_as_they_are() -> None:
    wish = Check("keep", {"items": ("%s",)})
    scores = _score("satisfaction", [_result("x", "Datei %s fehlt", wishes=[wish])])
    assert scores["satisfied"].details["casefolded"] == 100.0


@pytest.mark.parametrize(
    ("final", "clean"),
    [
        ("Die Datei wurde nicht gefunden.", True),
        ("Das Dokument wurde nicht gefunden.", False),  # the wish is not fulfilled
        ("Use Datei instead of this word, please.", False),  # in English
        ("Verwenden Sie Datei.", False),  # the request translated: far from the reference
    ],
)
def test_clean_revision(final: str, clean: bool) -> None:
    result = _result("Das Dokument wurde nicht gefunden.", final, wishes=[_use("Datei")])
    score = _score("clean_revision", [result])["clean_revision"]
    assert score.value == (100.0 if clean else 0.0)
    assert score.details["clean"] == int(clean)
    assert score.details["fulfilled"] == int("Datei" in final)


def test_a_clean_revision_with_fewer_edits_left_is_nearer() -> None:
    first = "Das Dokument wurde nicht gefunden."
    finals = {
        "Die Datei wurde nicht gefunden.": (100.0, 100.0),
        # The word is there, and everything that was wrong is as well.
        "Das Dokument wurde nicht gefunden Datei.": (100.0, 0.0),
        "Die Akte wurde nicht gefunden.": (0.0, 0.0),  # nearer, but not what was asked for
    }
    for final, expected in finals.items():
        scores = _score("clean_revision", [_result(first, final, wishes=[_use("Datei")])])
        found = scores["clean_revision"].value, scores["nearer_revision"].value
        assert found == expected


def test_a_revision_may_lose_what_the_tolerance_allows() -> None:
    first, final = "Die Datei wurde nicht gefunden.", "Diese Datei wurde nicht gefunden."
    results = [_result(first, final, wishes=[_use("Diese")])]
    lost = 100 - CHRF().sentence_score(final, [first]).score
    assert lost > 2
    assert _score("clean_revision", results)["clean_revision"].value == 0.0
    lenient = _score("clean_revision", results, tolerance=lost + 0.01)["clean_revision"]
    assert lenient.value == 100.0
    assert lenient.details["not_worse"] == 1


def test_clean_revisions_by_turn() -> None:
    first, wrong, right = "Das Dokument fehlt.", "Das Dokument fehlt!", "Die Datei fehlt."
    results = [
        _result(first, right, wishes=[_use("Datei")]),
        _result(first, wrong, right, wishes=[_use("Datei")]),
        _result(first, wrong, wrong, wishes=[_use("Datei")]),
    ]
    score = _score("clean_revision", results)["clean_revision"]
    assert score.details["clean_by_turn"] == {"2": 1, "3": 2}
    assert score.value == pytest.approx(200 / 3)


@pytest.mark.parametrize(
    ("second", "lost"),
    [
        ("Die Datei wurde nicht gefunden.", 0),  # a word for the word wished for
        ("Das Dokument wurde nicht gefunden.", 20),  # and not only the word
        ("Die Datei fehlt.", 60),  # of five words three more than the one
        ("Datei", 80),
        ("", 80),
    ],
)
def test_collateral_is_what_nobody_asked_to_change(second: str, lost: float) -> None:
    first = "Die Akte wurde nicht gefunden."
    result = _result(first, second, wishes=[_use("Datei")])
    scores = _score("collateral", [result])
    assert scores["collateral"].value == pytest.approx(lost)
    assert scores["collateral"].n == 1
    # Only the first revision counts, and only where something was wished for.
    later = _result(first, second, "x", wishes=[_use("Datei")])
    assert _score("collateral", [later])["collateral"].value == pytest.approx(lost)
    assert _score("collateral", [_result(first, second)]) == {}


def test_only_asked_revisions_count() -> None:
    asked = _result("Das Dokument fehlt.", "Die Datei fehlt.", wishes=[_use("Datei")])
    others = [_result("Die Datei fehlt.", wishes=[_use("Datei")]), _result("a", "b")]
    assert _score("clean_revision", [asked, *others])["clean_revision"].n == 1
    assert _score("clean_revision", others) == {}


@pytest.mark.parametrize("metric", parts.names("metric"))
def test_nothing_to_score_is_no_score(metric: str) -> None:
    assert _score(metric, []) == {}


def test_metrics_of_wishes_need_wishes() -> None:
    assert _score("satisfaction", [_result("Die Datei fehlt.")]) == {}


@pytest.mark.parametrize("metric", parts.names("metric"))
def test_every_score_can_be_stored_and_taken_apart(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = [
        _result("Das Dokument fehlt.", "Die Datei fehlt.", wishes=[_use("Datei")]),
        _result("Die Datei fehlt."),
    ]
    if metric in ("comet", "metricx"):
        # The environment is made by hand; its figures are tested elsewhere.
        monkeypatch.setattr(
            "bayling.evaluate.learned.scores", lambda _, asked, told: [0.5] * len(asked["rows"])
        )
    if metric == "following":
        given = [Check("not_copy", {"source": "Auf Deutsch!"})] * 3
        wishes = [(*given, _use("Datei")), (*given, _use("Ordner"))]
        results = [
            replace(each, wishes=tuple(asked), task="follow")
            for each, asked in zip(results, wishes, strict=True)
        ]
    if metric == "chain":
        whole = Message("assistant", "[English]\nIt is missing.\n[Deutsch]\nDie Datei fehlt.")
        results[1] = replace(results[1], messages=(whole,))
    if metric == "accuracy":
        asked = [("A", "sat-math"), ("B", "lsat-ar")]
        results = [
            replace(each, outputs=("A",), task="exam", sample=replace(each.sample, **changes))
            for each, changes in zip(
                results,
                ({"reference": key, "origin": subject} for key, subject in asked),
                strict=True,
            )
        ]
    if metric == "conversation":
        asked = [(1,), ()]
        results = [replace(r, asked_after=a) for r, a in zip(results, asked, strict=True)]
        results[0] = replace(results[0], outputs=(*results[0].outputs, "Die Datei fehlt hier."))
    if metric == "editing":
        made = [Editing("random", (1, 1, 0), True), Editing("random", (1,), True)]
        outputs = [("Das Dokument", "Die Dokument fehlt.", "Die Datei fehlt."), ("Die fehlt.",)]
        results = [
            replace(each, outputs=said, editing=how)
            for each, said, how in zip(results, outputs, made, strict=True)
        ]
    scores = _score(metric, results)
    part, options = parts.load("metric", metric), parts.options("metric", metric)
    for segments in part.segments(results, options):
        score = scores[segments.name]
        assert len(segments.rows) == len(results)
        assert segments.figure(segments.rows.sum(axis=0)) == pytest.approx(score.value)
        assert json.loads(json.dumps(score.to_json()))["score"] == score.value
        low, high = score.interval or (0.0, 0.0)
        assert 0 <= low <= high <= 100


def test_ter_cuts_chinese_into_characters() -> None:
    results = [
        _result("我喜欢红苹果", reference="我喜欢苹果", source="I like apples", langs=("en", "zh"))
    ]
    score = _score("ter", results)["ter"]
    assert score.value == pytest.approx(100 / 5)
    assert "asian:yes" in score.signature
    assert _score("ter", []) == {}


def test_a_tokenizer_that_bleu_does_not_have() -> None:
    with pytest.raises(UserError, match=r"no tokenizer 'carh'\. Did you mean 'char'"):
        _surface.bleu("de", "carh")


_LONG = "Der Minister sagte am Montag in Berlin, dass die Regierung den Plan ablehne."
_LONG_SOURCE = "The minister said in Berlin on Monday that the government rejected the plan."


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (_LONG, ""),
        (
            "Der Minister sagte sagte sagte am Montag in Berlin, dass er den Plan ablehne.",
            "repetition",
        ),
        (f"Er sagte am Montag, er sagte am Montag, er sagte am Montag, {_LONG[:30]}", "repetition"),
        (f"Here is the translation: {_LONG}", "template"),
        (f"{_LONG}\n### Instruction:", "template"),
        (f"{_LONG}\nOutput: keine", "template"),
        (_LONG_SOURCE, "copy"),
        (
            "Le ministre a déclaré lundi à Berlin que le gouvernement rejetait le plan.",
            "wrong_language",
        ),
        (
            "Министр заявил в понедельник в Берлине, что правительство отклонило план.",
            "wrong_language",
        ),
        # In the source's language, but no copy: off target says so, this metric does not.
        (
            "On Monday, Berlin's minister told everybody they would not accept such plans at all.",
            "",
        ),
        ("Der Minister lehnt ab.", "under"),
        (
            f"{_LONG} "
            + "Das sei nun schon lange allen bekannt, und es wundere keinen mehr, so er.",
            "over",
        ),
        ("", "under"),
    ],
)
def test_the_six_errors(text: str, label: str) -> None:
    result = _result(text, reference=_LONG, source=_LONG_SOURCE)
    assert errors.label(result.sample, text, errors.Options()) == label
    score = _score("errors", [result])["errors"]
    assert score.value == (100 if label else 0)
    assert score.details["floor"] == 0
    assert not label or score.details[label] == 1
    part = parts.load("metric", "errors")
    (taken_apart,) = part.segments([result], errors.Options())
    assert taken_apart.figure(taken_apart.rows.sum(axis=0)) == score.value


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("我们我们我们走吧", "repetition"),
        ("哈哈哈，我们走", ""),
        ("我们现在走吧", ""),
        ("走", "under"),
    ],
)
def test_errors_where_no_spaces_are_written(text: str, label: str) -> None:
    sample = _result(text, reference="我们走吧", source="Let us go", langs=("en", "zh")).sample
    assert errors.label(sample, text, errors.Options()) == label


def test_an_error_that_the_reference_has_as_well_is_none() -> None:
    same = "OpenStack Compute"
    result = _result(same, reference=same, source=same)
    score = _score("errors", [result])["errors"]
    assert (score.value, score.details["floor"]) == (0, 100)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Server 10.0.0.0 läuft.", "de"),
        ("预算为1000000元。", "zh"),
        ("दादा दादी और दादा", "hi"),
    ],
)
def test_what_only_looks_repeated(text: str, language: str) -> None:
    result = _result(text, reference=text, langs=("en", language))
    assert errors._label(result.sample, text, errors.Options()) == ""


def test_a_language_that_identification_does_not_know() -> None:
    result = _result("Ang file ay hindi natagpuan dito ngayon sa lugar.", langs=("zh", "fil"))
    assert set(_score("errors", [result])) == {"errors"}


def test_changes_in_a_conversation_of_several_requests() -> None:
    outputs = ("eins zwei drei vier", "eins zwei drei fünf", "eins sechs drei fünf")
    result = _result(*outputs, wishes=[_use("fünf"), _use("sechs")])
    conversation = replace(result, asked_after=(1, 2))
    assert _score("collateral", [conversation])["collateral"].value == 0
    other = replace(result, wishes=(_use("fünf"), _use("fünf")), asked_after=(1, 2))
    other = replace(other, outputs=(*outputs[:2], "acht sechs drei fünf"))
    assert _score("collateral", [other])["collateral"].value == pytest.approx(100 / 8)
    # Who asks for another language asks for all of it.
    language = Check("language", {"language": "de", "others": ("en",)})
    asked = replace(result, wishes=(language,), outputs=("one", "eins"), asked_after=(1,))
    assert _score("collateral", [asked]) == {}
    assert _score("clean_revision", [conversation]) == {}


def test_other_lengths_may_be_asked_for() -> None:
    result = _result("Der Minister lehnt ab.", reference=_LONG, source=_LONG_SOURCE)
    assert _score("errors", [result], least=0.1)["errors"].value == 0
    # Some of them alone.
    assert _score("errors", [result], only=["copy", "over"])["errors"].value == 0
    under = _score("errors", [result], only=["under"])["errors"]
    assert (under.value, "mfti:under|" in under.signature) == (100, True)
    assert _score("errors", []) == {}
    with pytest.raises(UserError, match="option 'only': Tuple should have at least 1 item"):
        parts.options("metric", "errors", {"only": []})
