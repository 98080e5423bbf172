"""Columns of many texts: what the definitions say of each text by itself."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from bayling import languages, markup
from bayling.texts import Texts

EVERYTHING = "".join(map(chr, range(0x110000)))
PIECES = ["a", "Ä", "e\u0301", "д", "中", "かな", "한", "5", "٣", " ", "\u00a0", "\n", "%s", "<b>"]
PIECES += ["{name}", "www.example.org", "https://x.y", "a@b.c", "„", "_", "\ud800", "ǅ", "ᾳ"]
SOME = st.one_of(
    st.text(alphabet=st.characters(), max_size=20),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)
MANY = st.lists(SOME, min_size=1, max_size=6)


def width(character: str) -> int:
    wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return 0 if unicodedata.combining(character) else wide


def test_columns_are_those_of_each_character() -> None:
    # Of those that are not assigned, versions of Python say different things.
    some = [each for each in EVERYTHING if unicodedata.category(each) != "Cn"]
    assert Texts(some).widths.tolist() == list(map(width, some))


@given(MANY)
@example(["", "a", ""])
def test_columns_add_up(texts: list[str]) -> None:
    alone = [sum(Texts(list(text)).widths.tolist()) if text else 0 for text in texts]
    assert Texts(texts).widths.tolist() == alone


@given(MANY)
@example(["", "see www.", "example.org:", "//x"])
def test_items_and_digits_are_found_where_they_are(texts: list[str]) -> None:
    found = Texts(texts)
    assert found.items == {
        place: markup.places(text) for place, text in enumerate(texts) if markup.items(text)
    }
    assert found.with_digits.tolist() == [bool(re.search(r"\d", text)) for text in texts]
    assert found.words == [unicodedata.normalize("NFC", markup.strip(text)) for text in texts]


@given(MANY)
def test_letters_are_counted_by_script(texts: list[str]) -> None:
    found = Texts(texts)
    for text, scripts, letters in zip(found.words, found.scripts, found.letters, strict=True):
        for number, (pattern, _) in enumerate(languages._SCRIPTS.values()):
            of_script = re.findall(pattern, text)
            assert scripts[number] == len(of_script)
            assert letters[number] == sum(map(str.isalpha, of_script))
        assert letters.sum() == sum(map(str.isalpha, text))


@given(MANY)
@example(["a b-c 5 d5", "- a", "", "b"])
def test_words_are_between_spaces(texts: list[str]) -> None:
    found = Texts(texts)
    expected = [sum(any(map(str.isalpha, word)) for word in text.split()) for text in found.words]
    assert found.spaced_words.tolist() == expected


def test_no_character_is_of_two_scripts() -> None:
    for first, (pattern, _) in languages._SCRIPTS.items():
        for character in re.findall(pattern, EVERYTHING):
            assert [*languages._SCRIPTS][languages.script_number(character)] == first


def test_no_text_at_all() -> None:
    assert Texts([]).widths.tolist() == Texts([]).spaced_words.tolist() == Texts([]).words == []
