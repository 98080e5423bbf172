"""Many texts at once: what py3langid itself says of each."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bayling import languages
from bayling.langid import Chooser

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


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example([])
@example(["", "x", "die Datei " * 300, "THE FILE", "\ud800", "die Datei the file"])
def test_all_at_once_is_one_after_the_other(texts: list[str]) -> None:
    for candidates in [("de", "en"), ("en-US", "de-AT", "fr"), ("en-US", "en-GB"), ("zh", "ja")]:
        one_by_one = [languages.identify(text, candidates) for text in texts]
        assert languages.identify_all(texts, candidates) == one_by_one


def test_only_two_languages_are_told_apart() -> None:
    with pytest.raises(ValueError, match="unpack"):
        Chooser(languages._identifier(("de", "en", "fr")))
