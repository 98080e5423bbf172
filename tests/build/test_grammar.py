"""What the texts of a memory tell of their words."""

from __future__ import annotations

import pytest

from bayling.build.grammar import Grammar
from bayling.records import Pair


def grammar(language: str, *texts: tuple[str, str]) -> Grammar:
    return Grammar(
        [
            Pair(source, target, "en", language, f"p{n}", "x:y:1")
            for n, (source, target) in enumerate(texts)
        ]
    )


def test_a_noun_stands_between_a_determiner_and_what_is_no_content_word() -> None:
    known = grammar(
        "de",
        ("The file is here. Delete this file", "x"),
        ("The public sector and the public debate", "x"),
        ("Add it to the list, add that, add more", "x"),
        # Once may be chance.
        ("You take a drive", "x"),
        ("Drive there. I drive here", "x"),
    )
    assert {
        word for word in ["file", "public", "add", "drive", "there"] if known.is_noun(word)
    } == {"file"}
    assert known.is_noun("File")


def test_what_mostly_stands_before_a_word_may_be_a_term_with_it() -> None:
    known = grammar(
        "de",
        ("in intensive care", "x"),
        ("from Intensive Care", "x"),
        ("with care, with old care", "x"),
    )
    assert known.goes_with("intensive", "care")
    assert not known.goes_with("old", "care")
    assert not known.goes_with("some", "thing")


@pytest.mark.parametrize(
    ("language", "text", "words", "alike"),
    [
        ("de", "die Lage, der Lage, der Ort, dem Ort", ("Ort", "Lage"), False),
        ("de", "die Rechte, die Berechtigungen", ("Rechte", "Berechtigungen"), True),
        ("fr", "la forme, un formulaire", ("formulaires", "formes"), False),
        ("fr", "la forme, une phase", ("phases", "formes"), True),
        ("es", "la casa, el piso", ("piso", "casa"), False),
        ("it", "lo stato, il paese", ("stato", "paese"), True),
        ("pt", "a casa, o carro", ("casa", "carro"), False),
    ],
)
def test_articles_tell_genders(
    language: str, text: str, words: tuple[str, str], alike: bool
) -> None:
    one, other = grammar(language, ("x", text)).genders(*words)
    assert None not in (one, other)
    assert (one == other) == alike


def test_without_articles_no_gender_is_known() -> None:
    assert grammar("de", ("x", "der Tag, der Monat")).genders("Tag", "Jahr") == [None, None]
    assert grammar("zh", ("x", "这 里")).genders("这", "里") == [None, None]
