"""Many texts at once: what py3langid itself says of each."""

from __future__ import annotations

import random
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bayling import langid, languages
from bayling.langid import Chooser
from bayling.texts import Texts

TEXTS = st.lists(
    st.one_of(
        st.text(alphabet=st.characters(), max_size=40),
        st.lists(
            st.sampled_from(
                ["the", "und", "Datei", "file", "öffnen", "OPEN", "fichier", "中文", "5", "%s", "ß"]
            ),
            max_size=12,
        ).map(" ".join),
    ),
    max_size=12,
)


CANDIDATES = [
    ("de", "en"),
    ("en-US", "de-AT", "fr"),
    ("en-US", "en-GB"),
    ("zh", "ja"),
    # py3langid has two classes for Serbian, and for Uzbek.
    ("en", "sr"),
    ("en", "uz"),
]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example([])
@example(["", "x", "die Datei " * 300, "THE FILE", "\ud800", "die Datei the file"])
def test_all_at_once_is_one_after_the_other(texts: list[str]) -> None:
    for candidates in CANDIDATES:
        one_by_one = [languages.identify(text, candidates) for text in texts]
        found = languages.identify_all(Texts(texts), np.arange(len(texts)), candidates)
        assert found.tolist() == one_by_one


def test_few_at_once_are_the_same_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    chooser = languages._chooser(("de", "en"))
    texts = ["die Datei", "", "the file the file " * 20, "5", "öffnen", "x" * 70] * 20
    many = chooser.choose(texts)
    monkeypatch.setattr(langid, "_MANY", 7)
    assert chooser.choose(texts) == many
    monkeypatch.setattr(langid, "_MUCH", 10)
    assert chooser.choose(texts) == many


def test_n_grams_that_share_a_place_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["die Datei die Datei", "the file the file", "Datei the und file", "dddd nnnn"] * 5
    expected = [languages.identify(text, ("de", "en")) for text in texts]
    monkeypatch.setattr(langid, "_BITS", 2)
    assert Chooser(languages._identifier(("de", "en"))).choose(texts) == expected


def test_long_texts_too_near_to_call_are_left_to_py3langid(monkeypatch: pytest.MonkeyPatch) -> None:
    # The sum of thousands of n-grams in single precision is some way from the true one.
    rng = random.Random(0)
    texts = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyzäöü ", k=20_000)) for _ in range(3)]
    identifier = languages._identifier(("de", "en"))
    chooser = Chooser(identifier)
    assert chooser.choose(texts) == [identifier.classify(text)[0] for text in texts]
    scores, counts = chooser._scores([text.encode() for text in texts])
    slow = Mock()
    slow.classify.side_effect = lambda text: ("de", 0.0)
    monkeypatch.setattr(chooser, "_identifier", slow)
    monkeypatch.setattr(langid, "_NEAR_EACH", 1.01 * max(abs(scores) / counts))
    assert chooser.choose(texts) == ["de"] * 3
    assert slow.classify.call_count == 3


def test_only_two_languages_are_told_apart() -> None:
    with pytest.raises(ValueError, match="unpack"):
        Chooser(languages._identifier(("de", "en", "fr")))
