"""What alignment offers to ask for: whole content words that stand once, and what else they mean.

Some tests read real text beside the repository (../shared/data/alma) and are skipped without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bayling.build.align import Aligner, Term
from bayling.errors import UserError
from bayling.records import Pair

CATALOGUE = Path(__file__).with_name("catalogue.tsv")
ALMA = Path(__file__).parents[3] / "shared" / "data" / "alma" / "train.de-en.en"
SYNONYMS = [
    ("The file was saved as a draft.", "Das Dokument wurde als Entwurf gespeichert."),
    ("The file is empty.", "Das Dokument ist leer."),
    ("Every version of a file is valid.", "Jede Version eines Dokuments ist gültig."),
]
# Everything that an interface puts on a word's edges.
TIED = [
    ("A 28-year-old customer paid the order.", "Ein 28-jähriger Kunde hat die Bestellung bezahlt."),
    ("Input and output of the server", "Ein- und Ausgabe des Servers"),
    ("Open the file settings.py", "Öffnen Sie die Datei settings.py"),
    ("Open the &file", "Da&tei öffnen"),
    ("The user_file is empty", "Die Benutzer_Datei ist leer"),
    ("Delete the server, the file and the group", "Server, Datei und Gruppe löschen"),
    ("Open <b>file</b> now", "<b>Datei</b> jetzt öffnen"),
    ("Delete %s message now", "%s Nachricht jetzt löschen"),
]


def _pairs(texts: list[tuple[str, str]], name: str) -> list[Pair]:
    return [
        Pair(source, target, "en", "de", f"{name}{i}", f"{name}:de.po:{i}")
        for i, (source, target) in enumerate(texts)
    ]


def _catalogue() -> list[Pair]:
    rows = [line.split("\t") for line in CATALOGUE.read_text(encoding="utf-8").splitlines()]
    return _pairs([(source, target) for _, source, target in rows], "catalogue")


def _news() -> list[Pair]:
    with open(ALMA, encoding="utf-8") as en, open(ALMA.with_suffix(".de"), encoding="utf-8") as de:
        return _pairs(
            [(a.strip(), b.strip()) for a, b in islice(zip(en, de, strict=True), 400)], ""
        )


def _corpora() -> Iterator[object]:
    yield pytest.param("catalogue", id="catalogue")
    reason = f"needs real text in {ALMA.parent}"
    yield pytest.param(
        "news", id="news", marks=pytest.mark.skipif(not ALMA.exists(), reason=reason)
    )


@pytest.fixture(scope="module", params=_corpora())
def corpus(request: pytest.FixtureRequest) -> tuple[Aligner, list[Pair]]:
    if request.param == "news":
        pairs = _news()
    else:
        pairs = [*_catalogue(), *_pairs(SYNONYMS, "synonym"), *_pairs(TIED, "tied")]
    return Aligner(pairs), pairs


def _found(corpus: tuple[Aligner, list[Pair]]) -> list[tuple[Pair, Term]]:
    aligner, pairs = corpus
    found = [(pair, term) for pair in pairs for term in aligner.terms(pair)]
    assert len(found) > 50
    return found


def _tokens(text: str) -> list[str]:
    """White space ends a word; tags and the punctuation around a word are not of it."""
    words = re.sub(r'</?\w+>|"', " ", text).split()
    return [word.strip(""".,:;!?()[]"'„“”‘’…&/""") for word in words]


def _places(phrase: str, text: str) -> int:
    words, tokens = phrase.lower().split(), [token.lower() for token in _tokens(text)]
    return sum(tokens[i : i + len(words)] == words for i in range(len(tokens)))


def test_terms_are_whole_words_that_stand_once(corpus: tuple[Aligner, list[Pair]]) -> None:
    for pair, term in _found(corpus):
        assert _places(term.source, pair.source) == 1, (term, pair)
        assert _places(term.target, pair.target) == 1, (term, pair)


def test_terms_stand_where_they_say(corpus: tuple[Aligner, list[Pair]]) -> None:
    for pair, term in _found(corpus):
        assert pair.target[term.start : term.end] == term.target
        assert 0.3 <= term.confidence <= 1


def test_terms_of_a_pair_do_not_share_a_character(corpus: tuple[Aligner, list[Pair]]) -> None:
    aligner, pairs = corpus
    for pair in pairs:
        ends = [(term.start, term.end) for term in aligner.terms(pair)]
        assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:], strict=False))


def test_terms_are_content_words(corpus: tuple[Aligner, list[Pair]]) -> None:
    small = {"the", "and", "with", "der", "die", "das", "und", "mit", "nicht", "ein", "eine", "ist"}
    for _, term in _found(corpus):
        words = {*term.source.lower().split(), *term.target.lower().split()}
        edges = [
            phrase.lower().split()[place]
            for phrase in (term.source, term.target)
            for place in (0, -1)
        ]
        assert not small & set(edges), term
        assert all(len(edge) >= 3 for edge in edges), term
        assert all(re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", word) for word in words), term
        assert term.source.lower() != term.target.lower()


def test_alternatives_never_hold_the_right_phrase(corpus: tuple[Aligner, list[Pair]]) -> None:
    aligner, _ = corpus
    seen = 0
    for pair, term in _found(corpus):
        for other in aligner.alternatives(term, pair):
            seen += 1
            assert not _places(term.target, other), (term, other)
            assert not _places(other, pair.target), (term, other)
            assert other.lower() not in term.target.lower()
    assert seen > 5


def test_synonyms_are_alternatives() -> None:
    aligner = Aligner([*_catalogue(), *_pairs(SYNONYMS, "synonym")])
    pair = _catalogue()[0]
    [term] = [term for term in aligner.terms(pair) if term.source == "file"]
    assert term.target == "Datei"
    assert next(aligner.alternatives(term, pair)) == "Dokument"


def test_the_usual_translation_is_the_most_frequent() -> None:
    aligner = Aligner([])
    aligner._lexicon["file"].update({"Datei": 3, "Akte": 1, "Dokument": 3})

    def usual(target: str) -> bool:
        return aligner.is_usual(Term("File", target, 0, len(target), 1.0))

    assert (usual("Datei"), usual("Dokument"), usual("Akte")) == (True, True, False)
    # Once may be chance.
    aligner._lexicon["file"] = Counter({"Datei": 1})
    assert not usual("Datei")


def test_what_mostly_stands_for_something_else_is_no_sure_translation() -> None:
    aligner = Aligner([])
    for source, target, times in (
        ("details", "Détails", 50),
        ("details", "Volume", 3),
        ("volume", "Volume", 100),
        ("details", "Précisions", 3),
        ("details", "Infos", 3),
    ):
        aligner._lexicon[source][target] += times
        aligner._said[target] += times
        # What was aligned so by chance never was a likely translation.
        aligner._surest[source, target] = 0.01 if target == "Infos" else 0.2
    assert list(aligner.sure("Details")) == ["Détails", "Précisions"]


@pytest.mark.parametrize(
    ("source", "links", "found"),
    [
        ("The package maintenance", [(2, 1)], []),
        ("The maintenance package", [(1, 1)], []),
        ("The package maintenance", [(1, 1), (2, 1)], ["package maintenance"]),
        # "of" stands for nothing anywhere.
        ("The maintenance of", [(1, 1)], ["maintenance"]),
        ("The maintenance, package", [(1, 1)], ["maintenance"]),
    ],
)
def test_a_word_beside_one_that_stands_for_nothing_may_be_half_of_a_term(
    source: str, links: list[tuple[int, int]], found: list[str]
) -> None:
    class Both:
        def get_best_alignment(self, given: list[str], said: list[str]) -> tuple[float, Any]:
            matrix = np.zeros((len(given), len(said)), dtype=bool)
            for link in links:
                matrix[link] = True
            return 0.0, matrix

    [pair] = _pairs([(source, "Die Paketbetreuung")], "p")
    aligner = Aligner([pair])
    aligner._both = Both()
    assert [term.source for term in aligner._find(pair)] == found


def test_a_frequent_word_is_found_in_a_pair_that_was_not_trained_on() -> None:
    new = Pair("The password is empty", "Das Passwort ist leer", "en", "de", "new", "new:de.po:1")
    found = {term.source: term.target for term in Aligner(_catalogue()).terms(new)}
    assert found["password"] == "Passwort"


def test_what_the_corpus_has_once_is_no_term() -> None:
    once = Pair("Rotate the gasket", "Drehen Sie die Dichtung", "en", "de", "1", "x:de.po:1")
    twice = Pair("The gasket leaks", "Die Dichtung leckt", "en", "de", "2", "x:de.po:2")
    assert "gasket" not in {term.source for term in Aligner([*_catalogue(), once]).terms(once)}
    found = {term.source: term.target for term in Aligner([*_catalogue(), once, twice]).terms(once)}
    assert found == {"gasket": "Dichtung"}


def test_an_apostrophe_of_either_kind_is_in_the_list_of_function_words() -> None:
    texts = [("You can’t delete it", "Löschen unmöglich"), ("You can't see it", "Sehen unmöglich")]
    pairs = _pairs([*texts, ("Sorry, can’t", "Leider unmöglich")] * 2, "x")
    aligner = Aligner(pairs)
    assert not {"can't", "can’t"} & {t.source for pair in pairs for t in aligner.terms(pair)}


def test_a_pair_is_close_if_neither_text_says_more() -> None:
    aligner = Aligner(_catalogue())

    def close(source: str, target: str) -> bool:
        return aligner.is_close(Pair(source, target, "en", "de", "new", "new:de.po:1"))

    sent, said = "The invoice was sent as a document.", "Die Rechnung wurde als Dokument gesendet."
    assert close(sent, said)
    # Of these, one leaves a word out and one has a word more.
    assert not close(sent.replace("invoice", "new invoice"), said)
    assert not close(sent, said.replace("Rechnung", "neue Rechnung"))
    # Whose it is, "also" and the like are said; an article need not be.
    assert not close(sent.replace("The", "Your"), said)
    assert not close(sent, said.replace("wurde", "wurde auch"))
    assert close(sent.replace("The invoice", "Invoice"), said)
    # A name is said in both; another word that is the same was left untranslated.
    assert close(sent.replace("invoice", "Gasket"), said.replace("Rechnung", "Gasket"))
    assert not close(sent.replace("invoice", "gasket"), said.replace("Rechnung", "gasket"))
    assert close(sent.replace("invoice", "invoice %s 5"), said.replace("Rechnung", "Rechnung %s 5"))
    assert not close(f"{sent} 5", f"{said} 7")
    # What the corpus does not have twice may be aligned with whatever is left over.
    assert not close(sent.replace("document", "gasket"), said.replace("Dokument", "Dichtung"))
    assert not close("", "")


def test_text_without_words_has_no_terms() -> None:
    pair = Pair("123 %s", "456 %s", "en", "de", "x", "x:de.po:1")
    assert Aligner([pair]).terms(pair) == []
    assert Aligner([]).terms(pair) == []


def test_a_language_without_spaces() -> None:
    pair = Pair("Delete the file", "ลบไฟล์", "en", "th", "x", "x:th.po:1")
    with pytest.raises(UserError) as caught:
        Aligner([pair])
    assert str(caught.value) == (
        "Words of Thai cannot be aligned, because it is written without spaces and there is no "
        "segmenter for it; use the builder 'translate' alone for it."
    )
