"""Which of a unit's texts answer two languages that are asked for."""

from __future__ import annotations

import pytest

from bayling.corpus.readers import _variants


@pytest.mark.parametrize(
    ("spellings", "asked", "places"),
    [
        (["en", "de"], ("en", "de"), (0, 1)),
        (["en", "de"], ("de", "en"), (1, 0)),
        (["de-AT", "de", "en"], ("en", "de"), (2, 1)),
        (["en-US", "en-GB"], ("en", "en-US"), (1, 0)),
        (["pt-BR"], ("pt-PT", "pt-BR"), (None, 0)),
        (["pt-BR"], ("pt-BR", "pt-PT"), (0, None)),
        (["en", "x"], ("en", "de"), (0, None)),
        (["x", "de"], ("en", "de"), (None, 1)),
        ([], ("en", "de"), (None, None)),
        (["x" * 99, "en", *["fr"] * 99, "de"], ("en", "de"), (1, 101)),
    ],
)
def test_one_text_is_never_both_sides(
    spellings: list[str], asked: tuple[str, str], places: tuple[int | None, int | None]
) -> None:
    assert _variants.choose(spellings, *asked) == places


def test_many_languages_are_told_in_short() -> None:
    assert _variants.told(["en", "", "de", "en"]) == "en, de"
    assert _variants.told([str(number) for number in range(99)]).endswith("63, and 35 more")
    assert _variants.told([""]) == "none"
