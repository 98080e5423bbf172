"""Filters: what each drops and keeps, and the laws that all of them obey."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import judge, pair, real, reason

from bayling import parts
from bayling.errors import UserError


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


@pytest.mark.parametrize("name", ["deu:de", "fra:fr", "jpn:ja", "zho-CN:zh", "arb:ar", "rus:ru"])
def test_ratio_keeps_real_translations(name: str) -> None:
    assert all(verdict.keep for verdict in judge("ratio", *real(f"ntrex-{name}")))


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
        ("More than 39,768 cases", "Plus de 39 768 cas", ""),
        ("39,768 of 1,234,567.5", "1\u202f234\u202f567,5 … 39\u00a0768", ""),
        ("20 100 000 Fälle bei COVID 19 100 000", "20,100,000 cases of COVID 19: 100,000", ""),
        ("Chapter 3 400 pages", "Kapitel 3: 400 Seiten", ""),
        ("Chapter 3 400 pages, 3 400", "Kapitel 3: 400 Seiten, 3.400", ""),
        ("From 8:00 to 20:30", "De 8 h 00 à 20h30", ""),
        (
            "Over 39,768 cases",
            "Plus de 39 769 cas",
            "'39,768' 1 time in the source and '39,768' 0 times in the target; 3 items differ",
        ),
        ("1 2000 cases", "12,000 Fälle", "; 3 items differ"),
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


# Lone surrogates too: they come out of JSON and UTF-16.
text = st.text(alphabet=st.characters(), max_size=30)
# Takes 50 ms a pair; test_filters_more.py asks it.
SLOW = "similarity"


def options_of(name: str, folder: Path) -> dict[str, object]:
    if name != "unlike_tests":
        return {}
    path = folder / "tests.txt"
    path.write_text("the file was deleted\nplease open the next door\n", encoding="utf-8")
    return {"paths": [path]}


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.tuples(text, text), max_size=8))
def test_every_filter_gives_one_verdict_per_pair_and_a_reason_for_each_drop(
    texts: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    pairs = [pair(*each) for each in texts]
    for name in sorted({*parts.names("filter")} - {SLOW}):
        verdicts = judge(name, *pairs, **options_of(name, tmp_path_factory.getbasetemp()))
        assert len(verdicts) == len(pairs)
        assert all(verdict.keep == (not verdict.reason) for verdict in verdicts)


words = st.lists(
    st.sampled_from(
        ["the", "file", "die", "Datei", "5", "%s", "文件", "файл", "(", "?", "Ã¼", "é"]
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.tuples(words, words), max_size=8), at=st.integers(0, 8))
def test_a_filter_that_does_not_look_back_judges_chunks_as_it_judges_all(
    texts: list[tuple[str, str]], at: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pairs = [pair(*each) for each in texts]
    for name in sorted({*parts.names("filter")} - {SLOW}):
        if getattr(parts.load("filter", name), "LOOKS_BACK", False):
            continue
        options = options_of(name, tmp_path_factory.getbasetemp())
        chunks = judge(name, *pairs[:at], **options) + judge(name, *pairs[at:], **options)
        assert chunks == judge(name, *pairs, **options)


def test_which_filters_look_back() -> None:
    looking = {
        name
        for name in parts.names("filter")
        if getattr(parts.load("filter", name), "LOOKS_BACK", False)
    }
    assert looking == {"alignment", "duplicate", "near_duplicate", "one_to_many"}


@given(words, words)
def test_it_makes_no_difference_which_side_is_which(source: str, target: str) -> None:
    for name in ("garbled", "markup", "numbers", "punctuation", "ratio", "repetition", "script"):
        one = judge(name, pair(source, target, "en", "de"))
        other = judge(name, pair(target, source, "de", "en"))
        assert [(each.keep, each.score) for each in one] == [
            (each.keep, each.score) for each in other
        ]


@given(st.lists(st.sampled_from(["A", "a", "a.", "B"]), max_size=8))
def test_dropping_duplicates_twice_drops_nothing_more(sources: list[str]) -> None:
    pairs = [pair(source, "x") for source in sources]
    kept = [
        each
        for each, verdict in zip(pairs, judge("duplicate", *pairs), strict=True)
        if verdict.keep
    ]
    assert all(verdict.keep for verdict in judge("duplicate", *kept))
