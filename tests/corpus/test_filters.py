"""Filters: what each drops and keeps, and the laws that all of them obey."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayling import parts
from bayling.corpus.filters import Verdict
from bayling.errors import UserError
from bayling.records import Pair

DATA = Path(__file__).parents[3] / "shared" / "data"


def pair(source: str, target: str, source_lang: str = "en", target_lang: str = "de") -> Pair:
    return Pair(source, target, source_lang, target_lang, "id", "test:x:1")


def judge(name: str, *pairs: Pair, **options: object) -> list[Verdict]:
    part = parts.load("filter", name)
    return list(part.judge(iter(pairs), parts.options("filter", name, options)))


def reason(name: str, source: str, target: str, *langs: str, **options: object) -> str:
    (verdict,) = judge(name, pair(source, target, *langs), **options)
    assert verdict.keep == (not verdict.reason)
    return verdict.reason


def test_length_counts_words_and_not_markup() -> None:
    assert reason("length", "Delete %s?", "%s löschen?") == ""
    assert "the target has 0 words" in reason("length", "{}th", "{}.")
    assert "the source has 1 word; expected 2 to 150" in reason(
        "length", "Open 5", "Öffne die 5", min_words=2
    )
    long = "word " * 151
    assert "the source has 151 words; expected 1 to 150" in reason("length", long, long)


def test_length_counts_two_letters_as_a_word_where_none_are_spaced() -> None:
    (verdict,) = judge("length", pair("Fine", "今天天气很好。", "en", "zh"))
    assert verdict.score == 3


def test_ratio_lets_short_texts_differ() -> None:
    assert reason("ratio", "OK", "Einverstanden") == ""
    assert reason("ratio", "Hi.", "嗨。", "en", "zh") == ""
    said = reason("ratio", "Yes", "Das ist eine ganze Geschichte, die hier keiner erwartet")
    assert "the target takes 55 columns, the source 3: 5.0 times as long; expected 3" in said
    assert "the source takes" in reason("ratio", "word " * 20, "Wort")


@pytest.mark.parametrize("name", ["deu", "fra", "jpn", "zho-CN", "arb", "rus"])
def test_ratio_keeps_real_translations(name: str) -> None:
    path = DATA / "ntrex" / f"ref.{name}.txt"
    if not path.exists():
        pytest.skip(f"{path} holds the real text")
    sources = (DATA / "ntrex" / "src.eng.txt").read_text(encoding="utf-8").split("\n")
    targets = path.read_text(encoding="utf-8").split("\n")
    pairs = [pair(*texts) for texts in zip(sources, targets, strict=True) if all(texts)]
    assert all(verdict.keep for verdict in judge("ratio", *pairs))


def test_identical_looks_at_words_only() -> None:
    assert (
        reason("identical", "Ticket #%(id)s", "Ticket #%(id)s") == "the target repeats the source"
    )
    assert reason("identical", "Start page", "start-page!") != ""
    assert reason("identical", "%s: 100", "%s: 100") == ""
    assert reason("identical", "File", "Datei") == ""


def test_language_names_the_wrong_side() -> None:
    english, german = "Please open the file now", "Bitte öffnen Sie jetzt die Datei"
    assert reason("language", english, german) == ""
    assert reason("language", english, english) == "the target is English instead of German"
    assert reason("language", german, english) == (
        "the source is German instead of English and the target is English instead of German"
    )
    (verdict,) = judge("language", pair(german, german))
    assert verdict.score == 1


def test_language_trusts_short_texts_unless_the_script_is_wrong() -> None:
    assert reason("language", "Admin", "Administrator") == ""
    assert reason("language", "File", "Файл") == "the target is Russian instead of German"
    assert reason("language", "%s: 1 2 3", "%s: 1 2 3") == ""
    assert reason("language", "Administration", "Administration", min_words=1) != ""


def test_language_works_between_varieties_of_one() -> None:
    source, target = "The color of the center line", "The colour of the centre line"
    assert reason("language", source, target, "en-US", "en-GB") == ""


def test_duplicate_keeps_the_first_but_for_case_space_and_punctuation() -> None:
    verdicts = judge(
        "duplicate",
        pair("Open file", "Datei öffnen"),
        pair("open  file…", "„Datei öffnen“"),
        pair("Open file", "Öffne die Datei"),
        pair("…", "…"),
        pair("?", "?"),
    )
    assert [verdict.keep for verdict in verdicts] == [True, False, True, True, True]
    assert verdicts[1].reason == "repeats pair 1 of those that were kept here"


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("&File _Open %s", "&Datei _Öffnen %s", ""),
        ("Costs 1,000.5", "Kostet 1.000,5", ""),
        ("%(a)s and %(b)s", "%(b)s und %(a)s", ""),
        ("Hi {name}", "Hallo", "'{name}' 1 time in the source and '{name}' 0 times in the target"),
        ("one page", "1 Seite", "'1' 0 times in the source and '1' 1 time in the target"),
        ("<b>Bold</b>", "<i>Fett</i>", "; 4 items differ"),
        ("See https://a.example/x", "Siehe https://a.example/y", "; 2 items differ"),
        ("{n} of {n}", "{n}", "'{n}' 2 times in the source and '{n}' 1 time in the target"),
        (f'<a href="{"x" * 50}">', "A", "…' 1 time in the source"),
    ],
)
def test_markup_has_to_agree(source: str, target: str, said: str) -> None:
    found = reason("markup", source, target)
    assert said in found
    assert bool(said) == bool(found)


def test_markup_may_be_told_to_allow_some() -> None:
    assert reason("markup", "one page", "1 Seite", max_different=1) == ""


def test_thresholds_have_a_floor() -> None:
    with pytest.raises(UserError, match="'ratio', option 'max'"):
        judge("ratio", max=0.5)


text = st.text(max_size=30)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(text, text), max_size=8))
def test_every_filter_gives_one_verdict_per_pair_and_a_reason_for_each_drop(
    texts: list[tuple[str, str]],
) -> None:
    pairs = [pair(*each) for each in texts]
    for name in parts.names("filter"):
        verdicts = judge(name, *pairs)
        assert len(verdicts) == len(pairs)
        assert all(verdict.keep == (not verdict.reason) for verdict in verdicts)


@given(text, text)
def test_markup_and_ratio_do_not_care_which_side_is_which(source: str, target: str) -> None:
    for name in ("markup", "ratio"):
        one, other = judge(name, pair(source, target), pair(target, source))
        assert (one.keep, one.score) == (other.keep, other.score)


@given(st.lists(st.sampled_from(["A", "a", "a.", "B"]), max_size=8))
def test_dropping_duplicates_twice_drops_nothing_more(sources: list[str]) -> None:
    pairs = [pair(source, "x") for source in sources]
    kept = [
        each
        for each, verdict in zip(pairs, judge("duplicate", *pairs), strict=True)
        if verdict.keep
    ]
    assert all(verdict.keep for verdict in judge("duplicate", *kept))
