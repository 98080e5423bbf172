"""Overlap against brute force: the Jaccard index of every pair of texts, computed one by one."""

from __future__ import annotations

import re
from functools import partial

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bayling.overlap import Overlap, ngrams

TEXTS = st.text(alphabet="abcAB 1.,ä", max_size=14)


def _shingles(text: str) -> set[str]:
    words = re.findall(r"[a-zäA-Z]+", text)
    plain = f" {' '.join(words).lower()} "
    return {plain[i : i + 4] for i in range(len(plain) - 3)} or {plain}


def _jaccard(one: str, other: str) -> float:
    a, b = _shingles(one), _shingles(other)
    return len(a & b) / len(a | b)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6), TEXTS)
@example(["abc abc abc", "abc"], "abcabc")
@example([""], "1 2 3")
def test_as_brute_force_says(held_out: list[str], text: str) -> None:
    expected = any(_jaccard(text, each) >= 0.6 for each in held_out)
    assert Overlap(held_out).touches(text) == expected


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_every_text_resembles_itself_and_order_does_not_matter(texts: list[str]) -> None:
    forwards, backwards = Overlap(texts), Overlap(reversed(texts))
    assert all(forwards.touches(text) for text in texts)
    assert [forwards.touches(text[1:]) for text in texts] == [
        backwards.touches(text[1:]) for text in texts
    ]


def test_added_later_is_as_good_as_there_from_the_start() -> None:
    overlap = Overlap(())
    assert not overlap.touches("Delete the file")
    overlap.add("Delete the file")
    assert overlap.touches("delete the file!")


def test_numbers_placeholders_case_and_punctuation_do_not_make_a_text_new() -> None:
    overlap = Overlap(["The file %s has 3 pages."])
    assert overlap.touches("the file {name} has 17 pages")
    assert not overlap.touches("The folder was moved to another place.")


def test_how_much_of_an_indexed_text_another_one_holds() -> None:
    overlap = Overlap(["a b c d e", "x y", "", "五六七八"], partial(ngrams, n=3))
    assert overlap.most_of("so: A, b, c, d") == (2 / 3, 0)
    assert overlap.most_of("x y") == (1, 1)
    assert overlap.most_of("x y z") == (0, 0)
    assert overlap.most_of("") == (0, 0)
    assert overlap.most_of("第五六七章") == (1 / 2, 3)
