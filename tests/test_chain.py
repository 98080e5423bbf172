"""Labelled parts: what is joined comes apart again, and no other text is taken for a chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayling import chain

CATALOGUE = Path(__file__).with_name("build") / "catalogue.tsv"
DATA = Path(__file__).parents[2] / "shared" / "data"
FRENCH = chain.label("fr")
TWO = [(chain.ENGLISH, "Delete the file"), (FRENCH, "Supprimer le fichier")]
THREE = [(chain.INSTRUCTION, "Name a fruit."), (chain.ENGLISH, "Fig."), (FRENCH, "La figue.")]


def test_a_label_is_the_language_s_own_name() -> None:
    named = {"de": "[Deutsch]", "zh-CN": "[中文]", "en-GB": "[English]", "ar": "[العربية]"}
    assert {code: chain.label(code) for code in named} == named


@pytest.mark.parametrize("parts", [TWO, THREE])
def test_the_last_part_is_what_is_read(parts: list[tuple[str, str]]) -> None:
    reply = chain.join(parts)
    assert chain.parts(reply) == parts
    assert chain.final(reply) == parts[-1][1]
    assert chain.final(chain.final(reply)) == parts[-1][1]
    assert chain.begins(reply)
    assert chain.is_whole(reply, "fr")
    assert chain.is_whole(reply, "und")
    assert not chain.is_whole(reply, "de")


LINES = st.lists(st.sampled_from(["a", "", "[a]", " [English]", "[français]", "[Deutsch] "]))


@given(st.lists(LINES.map("\n".join).map(str.strip).filter(bool), min_size=2, max_size=2))
def test_what_is_joined_comes_apart(texts: list[str]) -> None:
    parts = [(chain.ENGLISH, texts[0]), (FRENCH, texts[1])]
    if all(map(chain.is_plain, texts)):
        assert chain.parts(chain.join(parts)) == parts
    else:
        with pytest.raises(ValueError, match="could be taken for a label"):
            chain.join(parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[English]",
        "[English]\n[français]",
        "[English]\nDelete the file",
        "English:\nDelete\nfrançais :\nSupprimer",
        "[Deutsch]\nDatei löschen\n[français]\nSupprimer le fichier",
        "Supprimer le fichier\n[English]\nDelete\n[français]\nSupprimer",
        "[Erreur : %(error)s]",
        "[interwiki]\nMeatBall = http://example.org\n[other]\nx",
    ],
)
def test_what_is_no_chain_is_its_own_final_part(text: str) -> None:
    assert chain.parts(text) == []
    assert chain.final(text) == text
    assert not chain.is_whole(text, "fr")


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("[English]\nDelete\n[français]\n", ""),
        ("[English]\nDelete\n[français]\nSupprimer\n[Deutsch]\nLöschen", "Löschen"),
        ("[Instruction in English]\nName one.\n[français]\nFigue.", "Figue."),
        ("[Instruction in English]\nName one.\n[English]\nFig.", "Fig."),
        ("[English]\nDelete\n[Deutsch]\nLöschen", "Löschen"),
    ],
)
def test_a_chain_that_is_not_whole_ends_in_its_last_part(text: str, final: str) -> None:
    assert chain.final(text) == final
    assert not chain.is_whole(text, "fr")


def test_a_text_in_brackets_is_no_label_where_a_text_is_due() -> None:
    parts = [(chain.ENGLISH, "[Error: %s]"), (FRENCH, "[Erreur : %s]")]
    assert chain.parts(chain.join(parts)) == parts
    # Models put spaces where nobody sees them.
    assert chain.parts("\n[English] \n[Error: %s]\n\n[français]\r\n [Erreur : %s]") == parts


def test_a_line_in_brackets_that_is_no_language_is_text() -> None:
    parts = [
        (chain.ENGLISH, "See below\n[note]\nIt is here"),
        (FRENCH, "Voir ci-dessous\n[note]\nC'est ici"),
    ]
    assert all(chain.is_plain(text) for _, text in parts)
    assert chain.parts(chain.join(parts)) == parts
    assert chain.final(chain.join(parts)) == parts[-1][1]
    for name in ("[français]", "[日本語]", "[नेपाली]", chain.INSTRUCTION):
        assert not chain.is_plain(f"a\n{name}\nb")


def test_no_text_of_a_catalogue_is_a_chain() -> None:
    texts = [text for line in CATALOGUE.read_text("utf-8").split("\n") for text in line.split("\t")]
    assert len(texts) > 100
    assert [text for text in texts if chain.final(text) != text or chain.begins(text)] == []


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is absent: real text")
def test_no_real_text_is_a_chain() -> None:
    files = list(DATA.rglob("*.txt"))
    assert files
    for file in files:
        for unit in (text := file.read_text("utf-8")).split("\n") + text.split("\n\n"):
            assert chain.final(unit) == unit
            assert not chain.begins(unit)
