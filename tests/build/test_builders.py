"""Each builder alone, with an alignment made up by the test."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, cast

import pytest

from bayling import checks, jsonl, parts, wording
from bayling.build.align import Term
from bayling.build.builders import Resources, _drafts, _other_words, expected
from bayling.build.memory import Memory
from bayling.errors import UserError
from bayling.records import Dialogue, Message, Pair

PAIR = Pair(
    "Delete the PDF file %s", "Das PDF-Dokument %s wird nun gelöscht", "en", "de", "p1", "doc:de:1"
)


@dataclass
class FakeAligner:
    """Terms by their source phrase, and their alternatives."""

    phrases: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)

    def terms(self, pair: Pair, confidence: float = 0.3) -> list[Term]:
        places = {target: pair.target.index(target) for target in self.phrases.values()}
        return [
            Term(source, target, places[target], places[target] + len(target), 1.0)
            for source, target in self.phrases.items()
        ]

    def is_usual(self, term: Term) -> bool:
        return True

    def is_close(self, pair: Pair) -> bool:
        return True

    def translations(self, source: str) -> list[str]:
        return [self.phrases.get(source, ""), *self.others.get(source, [])]

    def alternatives(self, term: Term, pair: Pair) -> list[str]:
        return self.others.get(term.source, [])

    def sure(self, source: str, share: float = 0.0) -> list[str]:
        return self.others.get(source, [])


class FakeMemory(Memory):
    """A memory of these pairs whose alignment is made up."""

    def __init__(self, aligner: FakeAligner, pairs: Sequence[Pair] = ()) -> None:
        super().__init__(pairs)
        self.__dict__["aligner"] = aligner


def fake(aligner: FakeAligner, pairs: Sequence[Pair] = (), **others: Any) -> Resources:
    return Resources(FakeMemory(aligner, pairs), ("en", "de"), **others)


def nouns(*words: str) -> list[Pair]:
    """A memory whose sources have these words as nouns."""
    return [Pair(f"The {word} is no {word}", "x", "en", "de", word, "x:y:1") for word in words]


def _build(name: str, aligner: FakeAligner, seed: int = 1, **options: Any) -> list[Dialogue]:
    # The memory has seen "nun verwischt" and "etwas PDF", so they may stand in a draft.
    seen = Pair("x", "Nun verwischt, etwas PDF.", "en", "de", "x", "doc:de:2")
    resources = fake(aligner, [seen, *nouns("file")])
    made = parts.options("builder", name, options)
    part = parts.load("builder", name)
    return list(part.build([PAIR], resources, made, random.Random(seed)))


def _asked_for(aligner: FakeAligner, **options: Any) -> list[tuple[str, str]]:
    """(draft, request) of `revise` under many seeds."""
    options = {"most": 1, "avoid": 0, **options}
    made = [each for seed in range(60) for each in _build("revise", aligner, seed, **options)]
    return [(each.messages[1].text, each.messages[2].text) for each in made]


def test_what_any_translation_of_a_pair_has_to_satisfy() -> None:
    kinds = [check.kind for check in expected(PAIR)]
    assert kinds == ["language", "not_copy", "keep"]
    assert not checks.failures(expected(PAIR), PAIR.target)
    assert len(checks.failures(expected(PAIR), PAIR.source)) == 2
    assert len(checks.failures(expected(PAIR), "Das PDF-Dokument wird nun gelöscht")) == 1


@pytest.mark.parametrize(
    ("written", "is_kept"),
    [
        ("4600", True),
        ("4 600", True),
        ("4\u202f600", True),
        ("4.600", True),
        ("14 600", False),
        ("9 4 600", False),
    ],
)
def test_a_large_number_as_the_target_writes_it(written: str, is_kept: bool) -> None:
    pair = replace(PAIR, source="A village of 4600 people", target=f"Ein Dorf mit {written} Leuten")
    assert (not checks.failures(expected(pair), pair.target)) == is_kept


def test_translate_is_one_turn() -> None:
    [made] = _build("translate", FakeAligner())
    request, answer = made.messages
    assert request.text.endswith(PAIR.source)
    assert not request.learn
    assert (answer.text, answer.learn, answer.checks) == (PAIR.target, True, expected(PAIR))


def test_constrain_asks_for_words_of_the_reference() -> None:
    aligner = FakeAligner({"file": "Dokument", "Delete": "gelöscht"})
    counts = set()
    for seed in range(20):
        [made] = _build("constrain", aligner, seed)
        request, answer = made.messages
        words = [answer.text[span.start : span.end] for span in answer.spans]
        asked = {check.options["phrase"] for check in answer.checks if check.kind == "contain"}
        assert set(words) == asked <= {"Dokument", "gelöscht"}
        assert all(word in request.text for word in words)
        counts.add(len(words))
    assert counts == {1, 2}
    for seed in range(20):
        [made] = _build("constrain", aligner, seed, most=1)
        assert len(made.messages[-1].spans) == 1


@pytest.mark.parametrize("name", ["constrain", "revise"])
def test_a_pair_without_terms_is_passed_over(name: str) -> None:
    assert _build(name, FakeAligner()) == []


def test_a_revision_says_what_is_wrong_and_only_the_revision_is_learned() -> None:
    aligner = FakeAligner({"file": "Dokument"}, {"file": ["Datei", "Akte"]})
    for seed in range(20):
        [made] = _build("revise", aligner, seed, untranslated=0, avoid=0)
        asked, draft, request, revision = made.messages
        assert asked.text.endswith(PAIR.source)
        assert [message.learn for message in made.messages] == [False, False, False, True]
        assert draft.text in {PAIR.target.replace("Dokument", each) for each in ("Datei", "Akte")}
        assert "Dokument" in request.text
        assert revision.text == PAIR.target
        # The request is one that the chat understands as the revision's own checks.
        understood = wording.recognise(request.text)
        assert {(c.kind, c.options["phrase"]) for c in understood if c.kind != "term"} <= {
            (c.kind, c.options["phrase"]) for c in revision.checks if "phrase" in c.options
        }


def test_a_draft_may_leave_the_source_phrase_as_it_is() -> None:
    left = PAIR.target.replace("Dokument", "file")
    assert {
        draft for draft, _ in _asked_for(FakeAligner({"file": "Dokument"}), untranslated=1)
    } == {left}
    # Only where there is no other translation.
    aligner = FakeAligner({"file": "Dokument"}, {"file": ["Datei"]})
    assert left not in {draft for draft, _ in _asked_for(aligner, untranslated=1)}


@pytest.mark.parametrize(("share", "left"), [(0, 0), (0.5, 5), (0.2, 2), (1, 16)])
def test_a_share_of_the_drafts_at_most_has_words_left_untranslated(share: float, left: int) -> None:
    texts = [(f"The old disk{n}", f"Die alte Platte{n}") for n in range(4)]
    texts += [(f"The new file{n}", f"Die neue Datei{n}") for n in "abcefghijklmnopq"]
    pairs = [Pair(*text, "en", "de", f"p{n}", "x:y:1") for n, text in enumerate(texts)]
    built = _revised(pairs, untranslated=share)
    drafts = [each.messages[1].text for each in built]
    assert sum("Scheibe" in draft for draft in drafts) == 4
    assert sum("file" in draft for draft in drafts) == left


def test_no_two_drafts_are_wrong_in_the_same_two_words() -> None:
    texts = [("The old disk0", "Die alte Platte0"), ("Our old disk0", "Unsere alte Platte0")]
    pairs = [Pair(*text, "en", "de", f"p{n}", "x:y:1") for n, text in enumerate(texts)]
    assert len(_revised(pairs, untranslated=1)) == 1


def _revised(pairs: Sequence[Pair], **options: Any) -> list[Dialogue]:
    """Of pairs whose last word is a term, a disk with another translation or a file without."""

    class Other(FakeAligner):
        def terms(self, pair: Pair, confidence: float = 0.3) -> list[Term]:
            word, said = pair.source.split()[-1], pair.target.split()[-1]
            start = pair.target.index(said)
            return [Term(word, said, start, start + len(said), 1.0)]

    aligner = Other(others={f"disk{n}": [f"Scheibe{n}"] for n in range(4)})
    memory = [Pair("x", f"alte Scheibe{n}", "en", "de", "m", "x:y:2") for n in range(4)]
    memory += nouns(*(f"file{n}" for n in "abcefghijklmnopq"))
    made = parts.options("builder", "revise", {"avoid": 0, **options})
    part = parts.load("builder", "revise")
    return list(part.build(pairs, fake(aligner, memory), made, random.Random(1)))


def test_public_and_publique_are_one_word() -> None:
    for word, said in (("public", "publique"), ("Edit", "Édit"), ("competition", "compétition")):
        pair = Pair(f"The {word} key", f"La {said} ici", "en", "fr", "p", "x:y:1")
        aligner = FakeAligner({word: said})
        made = parts.options("builder", "revise", {"untranslated": 1})
        built = parts.load("builder", "revise").build([pair], fake(aligner), made, random.Random(1))
        assert list(built) == []


def test_a_wrong_phrase_that_holds_the_right_one_is_none() -> None:
    # "PDF file" is no draft for "PDF": what would be asked for is there already.
    assert _asked_for(FakeAligner({"PDF file": "PDF"}), untranslated=1) == []


def test_only_the_likely_alternatives_are_drafts() -> None:
    words = ["Datei", "Akte", "Papier", "Text", "Schrift", "Zettel"]
    drafts = _asked_for(FakeAligner({"file": "Dokument"}, {"file": words}), untranslated=0)
    used = {word for word in words for draft, _ in drafts if word in draft}
    assert used == set(words[:4])


def test_a_draft_has_other_mistakes_that_nobody_asks_about() -> None:
    terms = {"file": "Dokument", "Delete": "gelöscht"}
    aligner = FakeAligner(terms, {"file": ["Akte"], "Delete": ["verwischt"]})
    one = PAIR.target.replace("Dokument", "Akte")
    other = PAIR.target.replace("gelöscht", "verwischt")
    for others, expected_drafts in (
        (0, {one, other}),
        (1, {one.replace("gelöscht", "verwischt")}),
    ):
        found = _asked_for(aligner, others=others, untranslated=0)
        assert {draft for draft, _ in found} == expected_drafts


def test_a_draft_begins_with_a_capital() -> None:
    aligner = FakeAligner({"the": "Das"}, {"the": ["etwas"]})
    assert {draft[:6] for draft, _ in _asked_for(aligner, untranslated=0)} == {"Etwas "}


def test_a_draft_begins_with_what_the_memory_has_before_the_next_word() -> None:
    # "Veränderungen Sie" for "Ändern Sie": at the beginning a noun and a verb look alike.
    assert _asked_for(FakeAligner({"the": "Das"}, {"the": ["mehrs"]}), untranslated=0) == []


@pytest.mark.parametrize(
    ("source", "word", "left"),
    [
        ("Edit the entry", "Edit", False),
        ("Unable to see it", "Unable", False),
        ("I know him", "know", False),
        ("You don't know", "know", False),
        ("It was updated", "updated", False),
        ("He is quite nervously here", "nervously", False),
        ("She said they come", "come", False),
        ("Now I'm sure", "sure", False),
        ("He sometimes does", "sometimes", False),
        ("The entry is new", "entry", True),
        ("The new link to the page", "link", True),
        ("Files are here", "Files", True),
        ("Ask Fielding now", "Fielding", True),
    ],
)
def test_verbs_are_not_left_untranslated(source: str, word: str, left: bool) -> None:
    pair = Pair(source, "Das Dokument", "en", "de", "p", "x:y:1")
    assert _leaves(pair, word, "Dokument") == left


def test_only_german_nouns_are_left_untranslated() -> None:
    for said, left in (("Dokument", True), ("lokalen", False)):
        pair = Pair("The local document", f"Das sind die {said}", "en", "de", "p", "x:y:1")
        assert _leaves(pair, "document", said) == left
    # Not in the place of an adjective, even if a name gives it a capital.
    pair = Pair("The service is good", "Der Öffentliche Dienst ist gut", "en", "de", "p", "x:y:1")
    assert not _leaves(pair, "service", "Öffentliche")


NOUNS = (
    "deaths",
    "name",
    "file",
    "document",
    "service",
    "address",
    "details",
    "care",
    "entry",
    "link",
    "files",
)
OTHERS = [
    Pair(text, "x", "en", "de", text, "x:y:2")
    for text in (
        "Afterwards we go",
        "Add it and add that",
        "in intensive care",
        "for intensive care",
    )
]


def _leaves(pair: Pair, source: str, target: str) -> bool:
    """Whether drafts leave the word untranslated."""
    made = parts.options("builder", "revise", {"untranslated": 1})
    resources = fake(FakeAligner({source: target}), [*nouns(*NOUNS), *OTHERS])
    return bool(
        list(parts.load("builder", "revise").build([pair], resources, made, random.Random(1)))
    )


@pytest.mark.parametrize(
    ("source", "word", "left"),
    [
        ("We know the address", "address", True),
        ("The address was wrong", "address", True),
        # Before a noun it is half of a term, or no noun.
        ("The public sector", "public", False),
        ("It is very important", "important", False),
        ("He is a little strange.", "strange", False),
        ("That looks strange.", "strange", False),
        ("Five soldiers", "Five", False),
        ("The second was better", "second", False),
        # Half of a name; in a title capitals say nothing.
        ("He went to Saudi Arabia", "Arabia", False),
        ("He went to Turkey again", "Turkey", True),
        ("Then they met Theresa May", "Theresa", False),
        ("He called it a Chinese virus", "Chinese", False),
        ("This is particularly true.", "true", False),
        ("He tested negative.", "negative", False),
        ("Let's drive!", "drive", False),
        ("Afterwards there is coffee", "Afterwards", False),
        ("Rules to Add or remove", "Add", False),
        ("He needs some care", "care", True),
        ("He needs intensive care", "care", False),
        ("Subnet Details", "Details", True),
        ("Subnet Details", "Subnet", False),
        ("Edit Subnet Details", "Details", True),
    ],
)
def test_what_is_left_untranslated_is_a_whole_noun(source: str, word: str, left: bool) -> None:
    pair = Pair(source, "这里有一个新地址", "en", "zh", "p", "x:y:1")
    assert _leaves(pair, word, "地址") == left


@pytest.mark.parametrize(
    ("language", "target", "word", "other", "memory", "fits"),
    [
        ("de", "Das ist der Ort", "Ort", "Lage", "der Lage, die Lage, dem Ort", False),
        ("de", "Das ist der Ort", "Ort", "Platz", "der Platz, dem Platz, den Ort", True),
        # Of which gender it is, nothing tells.
        ("de", "Das ist der Ort", "Ort", "Unfallstelle", "der Unfallstelle, dem Ort", False),
        ("de", "mit gleichen Berechtigungen", "Berechtigungen", "Rechte", "gleichen Rechte", False),
        (
            "de",
            "mit gleichen Berechtigungen",
            "Berechtigungen",
            "Rechten",
            "gleichen Rechten",
            True,
        ),
        ("de", "Wir haben gefunden", "gefunden", "fanden", "haben fanden", False),
        ("de", "Wir haben gefunden", "gefunden", "entdecken", "haben entdecken", True),
        # What is finite leaves its prefix at the end.
        ("de", "Wie er berichtete", "berichtete", "mitteilte", "er mitteilte", False),
        ("de", "Wie er berichtete", "berichtete", "erklärte", "er erklärte", True),
        # The right word is there besides.
        ("de", "Die Datei, viele Dateien", "Datei", "Akte", "die Akte", False),
        # One word is what the other ends with, or the other with something in it.
        ("de", "Es ist eine Platte", "Platte", "Festplatte", "eine Festplatte", False),
        ("de", "Wir wollen hinzufügen", "hinzufügen", "hinzuzufügen", "wollen hinzuzufügen", False),
        # What describes a noun has to stand before it, or behind it, in the memory.
        ("de", "Am letzten Abschnitt", "letzten", "vergangenen", "am vergangenen Tag", False),
        ("de", "Am letzten Abschnitt", "letzten", "vergangenen", "am vergangenen Abschnitt", True),
        ("fr", "Trois phases étendues", "phases", "stades", "trois stades", False),
        ("fr", "Trois phases étendues", "phases", "stades", "trois stades étendues", True),
        ("zh", "我知道你", "知道", "认识", "我认识你", False),
        ("zh", "我喜欢你", "喜欢", "认识", "我认识你", True),
    ],
)
def test_another_word_suits_what_stands_around_it(
    language: str, target: str, word: str, other: str, memory: str, fits: bool
) -> None:
    pair = Pair("The thing", target, "en", language, "p", "x:y:1")
    aligner = FakeAligner({"thing": word}, {"thing": [other]})
    resources = fake(aligner, [Pair("x", memory, "en", language, "m", "x:y:2")])
    made = parts.options("builder", "revise", {"untranslated": 0})
    built = parts.load("builder", "revise").build([pair], resources, made, random.Random(1))
    assert bool(list(built)) == fits


@pytest.mark.parametrize(
    ("source", "target", "word", "said", "left"),
    [
        ("He needs care", "Il lui faut des soins", "care", "soins", False),
        ("He counts deaths", "Il compte les morts", "deaths", "morts", True),
        # Of "domain name" it is one half.
        ("The domain name is wrong", "Le nom de domaine est faux", "name", "nom", False),
        ("The name is wrong", "Le nom est faux", "name", "nom", True),
    ],
)
def test_what_is_left_in_french(source: str, target: str, word: str, said: str, left: bool) -> None:
    pair = Pair(source, target, "en", "fr", "p", "x:y:1")
    assert _leaves(pair, word, said) == left


def test_what_is_left_at_the_beginning_has_a_capital_and_is_left_all_the_same() -> None:
    pair = Pair("Delete the file", "Datei löschen", "en", "de", "p", "x:y:1")
    resources = fake(FakeAligner({"file": "Datei"}), nouns("file"))
    made = parts.options("builder", "revise", {"untranslated": 1, "avoid": 1})
    for seed in range(20):
        [dialogue] = parts.load("builder", "revise").build(
            [pair], resources, made, random.Random(seed)
        )
        assert dialogue.messages[1].text == "File löschen"
        kinds = {check.kind for check in dialogue.messages[-1].checks}
        # Nobody bans a word that was not translated at all.
        assert "contain" in kinds
        assert "avoid" not in kinds


def test_an_attribute_with_a_capital_is_no_noun() -> None:
    pair = Pair("The Olympic Games", "Die Olympischen Spiele", "en", "de", "p", "x:y:1")
    memory = [Pair("x", "Die Olympiasieger, die Olympisten", "en", "de", "o", "x:y:2")]
    for other, fits in (("Olympiasieger", False), ("Olympisten", True)):
        aligner = FakeAligner({"Olympic": "Olympischen"}, {"Olympic": [other]})
        made = parts.options("builder", "revise", {"untranslated": 0})
        built = parts.load("builder", "revise").build(
            [pair], fake(aligner, memory), made, random.Random(1)
        )
        assert bool(list(built)) == fits


def test_what_is_left_untranslated_is_asked_for_by_its_translation_alone() -> None:
    aligner = FakeAligner({"file": "Dokument"})
    asked = {request for _, request in _asked_for(aligner, untranslated=1)}
    instead = {
        wording.ask("use_instead", lang, random.Random(n), word="Dokument", old="file")
        for lang in ("en", "de")
        for n in range(200)
    }
    assert asked
    assert not asked & instead


def test_a_word_of_another_kind_begins_no_draft() -> None:
    # "Übertragen Volumen" for "Übertragung": a capital there does not make it a noun.
    aligner = FakeAligner({"the": "Das"}, {"the": ["gehen"]})
    assert _asked_for(aligner, untranslated=0) == []


def test_options_out_of_range() -> None:
    with pytest.raises(UserError, match="builder 'constrain', option 'most'"):
        parts.options("builder", "constrain", {"most": 0})
    with pytest.raises(UserError, match="builder 'revise', option 'untranslated'"):
        parts.options("builder", "revise", {"untranslated": 1.5})


GLOSSED = Pair("Delete the LDAP file %s", "Die Datei LDAP %s löschen", "en", "de", "g", "doc:de:1")


def _glossed(seed: int, **options: int) -> Dialogue:
    texts = [("Open the user group", "Die Nutzergruppe öffnen"), ("Open a page", "Seite öffnen")]
    others = [Pair(a, b, "en", "de", f"o{i}", "doc:de:2") for i, (a, b) in enumerate(texts)]
    phrases = {
        GLOSSED.id: {"file": "Datei", "Delete": "löschen"},
        "o0": {"user group": "Nutzergruppe"},
        # Another text's entry for a word of this one would contradict what is learned.
        "o1": {"page": "Seite", "Open": "öffnen", "file": "Akte"},
    }

    class Aligners:
        def is_usual(self, term: Term) -> bool:
            return True

        def terms(self, pair: Pair, confidence: float = 0.3) -> list[Term]:
            found = phrases[pair.id].items()
            places = [max(0, pair.target.find(target)) for _, target in found]
            return [
                Term(source, target, place, place + len(target), 1.0)
                for (source, target), place in zip(found, places, strict=True)
            ]

    resources = fake(cast(FakeAligner, Aligners()))
    made = parts.options("builder", "glossary", options)
    part = parts.load("builder", "glossary")
    found = list(part.build([GLOSSED, *others], resources, made, random.Random(seed)))
    return found[0]


def test_a_glossary_has_what_applies_what_does_not_and_names() -> None:
    seen = set()
    for seed in range(40):
        request, answer = _glossed(seed).messages
        assert request.text.endswith(GLOSSED.source)
        assert (answer.text, answer.learn) == (GLOSSED.target, True)
        assert not checks.failures(answer.checks, answer.text)
        entries = request.text.removesuffix(GLOSSED.source)
        asked = {
            c.options["term"]: c.options["translation"] for c in answer.checks if c.kind == "term"
        }
        marked = {answer.text[span.start : span.end] for span in answer.spans}
        assert marked == set(asked.values())
        assert all(word in entries for pair in asked.items() for word in pair)
        assert "Akte" not in entries
        kept = [c.options["items"] for c in answer.checks if c.kind == "keep"]
        assert ("LDAP" in entries) == (["LDAP"] in kept)
        seen |= {
            word
            for word in ("LDAP", "Seite", "Nutzergruppe", "Datei", "löschen")
            if word in entries
        }
    # A German glossary has nouns, and none that begins its text.
    assert seen == {"LDAP", "Nutzergruppe", "Datei"}


def test_a_glossary_of_what_applies_alone() -> None:
    for seed in range(10):
        request, answer = _glossed(seed, others=0, most=1).messages
        assert len(answer.spans) == 1
        assert "Seite" not in request.text


# Each has an item of another kind, and some have several.
KEPT = [
    ("Delete the PDF file %s", "Das PDF-Dokument %s wird nun gelöscht"),
    ("Used in {count} rooms", "In {count} Räumen benutzt"),
    ("%(name)s was added to %(group)s.", "%(name)s wurde zu %(group)s hinzugefügt."),
    ("Heading 6 of <b>12</b>", "Überschrift 6 von <b>12</b>"),
    ("See https://example.org/a for more", "Mehr dazu unter https://example.org/a"),
    ("Page '%s' copied", "Seite „%s“ kopiert"),
]


@pytest.mark.parametrize(("source", "target"), KEPT)
@pytest.mark.parametrize("dropped", [0.0, 1.0])
def test_keep_drafts_with_an_item_lost_or_damaged(source: str, target: str, dropped: float) -> None:
    pair = Pair(source, target, "en", "de", "k", "doc:de:1")
    part, options = parts.load("builder", "keep"), {"dropped": dropped}
    drafts = set()
    for seed in range(40):
        resources = fake(FakeAligner())
        made = parts.options("builder", "keep", options)
        for dialogue in part.build([pair], resources, made, random.Random(seed)):
            asked, draft, wish, revision = dialogue.messages
            assert [message.learn for message in dialogue.messages] == [False] * 3 + [True]
            assert asked.text.endswith(source)
            assert revision.text == target
            [span] = revision.spans
            item = target[span.start : span.end]
            assert item in source
            assert item in wish.text
            # Copying the draft never suffices, and nothing else is wrong with it.
            failed = {check.kind for check, _ in checks.failures(revision.checks, draft.text)}
            assert failed == {"keep"}, draft.text
            assert not checks.failures(revision.checks, target)
            rest = {*_words(target)} - {*_words(item)}
            assert rest <= {*_words(draft.text)}, draft.text
            drafts.add(draft.text)
    assert len(drafts) > (0 if dropped else 1)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def test_keep_passes_over_what_has_no_item_of_its_own() -> None:
    part = parts.load("builder", "keep")
    for source, target in (
        ("Delete the file", "Die Datei löschen"),
        ("%s of %s", "%s von %s"),  # which of the two?
        ("Delete 3 files", "Drei Dateien löschen"),
        ("%s", "%s"),  # nothing would be left of the draft
        ("Use aes256 here", "Hier aes256 benutzen"),
    ):
        pair = Pair(source, target, "en", "de", "k", "doc:de:1")
        resources = fake(FakeAligner())
        for seed in range(10):
            made = parts.options("builder", "keep", {"dropped": 1})
            assert list(part.build([pair], resources, made, random.Random(seed))) == []


def _own(answer: str, aligner: FakeAligner, seed: int, **options: int) -> list[Dialogue]:
    answers = {PAIR.id: ("de", "Auf Deutsch:\n" + PAIR.source, answer)}
    resources = fake(aligner, answers=answers)
    made = parts.options("builder", "revise_own", options)
    return list(
        parts.load("builder", "revise_own").build([PAIR], resources, made, random.Random(seed))
    )


def test_revise_own_drafts_from_what_the_model_answered() -> None:
    aligner = FakeAligner({"file": "Dokument", "Delete": "gelöscht"})
    draft = "Die PDF-Akte %s wird gelöscht"
    for seed in range(10):
        [made] = _own(draft, aligner, seed)
        asked, answered, wish, revision = made.messages
        assert asked.text.endswith(PAIR.source)
        assert (answered.text, answered.learn) == (draft, False)
        assert "Dokument" in wish.text
        assert (revision.text, revision.learn) == (PAIR.target, True)
        [span] = revision.spans
        assert (revision.text[span.start : span.end], span.role) == ("Dokument", "changed")
        assert not checks.failures(revision.checks, revision.text)


def test_revise_own_asks_for_several_words_of_one_answer_in_dialogues_of_their_own() -> None:
    aligner = FakeAligner({"file": "Dokument", "Delete": "gelöscht"})
    for most in (1, 2, 3):
        made = _own("Die Akte %s", aligner, 1, most=most)
        assert len(made) == min(most, 2)
        assert len({dialogue.id for dialogue in made}) == len(made)
        spans = [dialogue.messages[-1].spans[0] for dialogue in made]
        words = {PAIR.target[span.start : span.end] for span in spans}
        assert len(words) == len(made)
        assert words <= {"Dokument", "gelöscht"}


@pytest.mark.parametrize(
    "answer", ["", PAIR.target, "Das PDF-Dokument %s wurde gelöscht", "Dokumente, gelöschte"]
)
def test_revise_own_asks_for_nothing_that_is_there_in_any_form(answer: str) -> None:
    aligner = FakeAligner({"file": "Dokument", "Delete": "gelöscht"})
    assert _own(answer, aligner, 1) == []


def test_revise_own_passes_over_what_was_not_answered() -> None:
    assert _build("revise_own", FakeAligner({"file": "Dokument"})) == []


def _corrected(pair: Pair, aligner: FakeAligner, *others: Pair, **options: Any) -> list[Dialogue]:
    part = parts.load("builder", "correct")
    pairs = [*others, pair]
    found = []
    for seed in range(40):
        made = parts.options("builder", "correct", {"precise": 1, **options})
        built = part.build(pairs, fake(aligner, pairs), made, random.Random(seed))
        found += [each for each in built if each.pair_ids[0] == pair.id]
    return found


def test_only_the_errors_that_are_wanted_are_made() -> None:
    pair = Pair("Use 16 disks of this kind", "Nutze 16 dieser Platten", "en", "de", "p", "x:y:1")
    part = parts.load("builder", "correct")
    for errors, count in ((["number"], 1), (["omitted", "added"], 0)):
        made = parts.options("builder", "correct", {"errors": errors})
        assert len(list(part.build([pair], fake(FakeAligner()), made, random.Random(1)))) == count
    with pytest.raises(UserError, match="option 'errors'"):
        parts.options("builder", "correct", {"errors": []})


def test_a_dialogue_knows_where_its_source_texts_stand() -> None:
    from bayling.build.builders import dialogue

    other = replace(PAIR, id="o", source=f"Now {PAIR.source}")
    said = (f"Into German:\n{PAIR.source}", f"this:\n{other.source}", f"{PAIR.source}, please")
    made = dialogue("x", PAIR, [Message("user", each) for each in said], other)
    marked = [[each.text[s.start : s.end] for s in each.spans] for each in made.messages]
    assert marked == [[PAIR.source], [other.source], []]
    assert [span.role for each in made.messages for span in each.spans] == ["source", "source"]


def test_an_omission_is_the_end_of_a_text() -> None:
    target = "Die alte Datei wurde nun gelöscht, aber der Projektordner nicht."
    pair = Pair("The file was deleted, but the folder not.", target, "en", "de", "p", "x:y:1")
    made = _corrected(pair, FakeAligner({"folder": "Projektordner"}))
    assert made
    for dialogue in made:
        _, draft, wish, revision = dialogue.messages
        assert draft.text == "Die alte Datei wurde nun gelöscht."
        assert "folder" in wish.text
        assert revision.text == target
        assert not draft.learn


@pytest.mark.parametrize(
    ("language", "target"),
    [
        ("de", "Die alte Datei wurde nun gelöscht, aber der Ordner ist noch da."),
        ("de", "Die alte Datei wurde nun gelöscht, sagte Hans Ordner."),
        ("de", "Die alte Datei wurde gelöscht. Der Ordner auch."),
        ("en", "The old file was deleted again today, because the Ordner was full."),
        ("zh", "请输入新的字母和名称的所有不同的部分，因为数字和Ordner都可以用。"),
    ],
)
def test_what_may_be_left_out(language: str, target: str) -> None:
    made = _omissions(language, target)
    assert made
    assert all("Ordner" not in draft for draft in made)


@pytest.mark.parametrize(
    ("language", "target"),
    [
        # Nothing joins what follows.
        ("de", "Die alte Datei wurde nun gelöscht, der Ordner ist noch da."),
        ("zh", "请输入新的字母和名称的部分，数字和Ordner都可以用。"),
        # What joins clauses in one language is a verb in another.
        ("en", "The old company, founded by two brothers from Leeds, was sold to Ordner."),
        # It goes on behind another comma.
        ("de", "Die alte Datei wurde dort gestern gelöscht, aber der Ordner, sagt man, ist da."),
        # A clause that has said nothing yet.
        ("de", "Wenn die alte Datei schon gestern gelöscht wurde, weil der Ordner voll war."),
        ("zh", "如果你输入新的字母和名称的部分，因为数字和Ordner都可以用。"),
        # A subject with its relative clause.
        ("de", "Der alte Staatsanwalt, der seit langem sehr krank war, aber der Ordner war da."),
        # A name behind a title.
        (
            "de",
            "Wir trafen den alten Bürgermeister, Hans Meier, aber der Ordner war nicht da.",
        ),
        # Who said something, and not what.
        ("de", "Wir haben ihn dort alle verklagt, wie er sagte, weil der Ordner noch fehlte."),
        # Less than a sentence, on either side.
        ("de", "Unbenutzbarkeitserklärungen fehlen hier, aber der Ordner ist da."),
        ("de", "Die alte Datei wurde nun gelöscht, aber Ordner nicht."),
        # The last of a list.
        ("de", "Wir haben dort altes Brot, frische Milch, und der Ordner liegt im Schrank."),
        # Within an entity, and within quotation marks.
        ("de", "Das Volume wird hier nun gesucht &amp; aber der Ordner fehlt uns noch."),
        ("de", "Sie sagte uns: „Die Datei ist hier nicht mehr da, aber der Ordner ist da.“"),
    ],
)
def test_no_omission_leaves_a_stump(language: str, target: str) -> None:
    assert _omissions(language, target) == []


def _omissions(language: str, target: str) -> list[str]:
    pair = Pair("the folder", target, "ru", language, "p", "x:y:1")
    made = _corrected(pair, FakeAligner({"folder": "Ordner"}), errors=["omitted"])
    return [each.messages[1].text for each in made]


def test_what_was_added_is_named_without_the_space_before_a_mark() -> None:
    meta = [{"document": "d", "place": n} for n in (1, 2)]
    texts = [("It is done.", "C'est fait."), ("We go home.", "On rentre .")]
    pairs = [Pair(a, b, "en", "fr", f"p{n}", "x:y:1", meta[n]) for n, (a, b) in enumerate(texts)]
    part, made = parts.load("builder", "correct"), parts.options("builder", "correct")
    for seed in range(20):
        for each in part.build(pairs[:1], fake(FakeAligner(), pairs), made, random.Random(seed)):
            assert "rentre " not in each.messages[2].text


def test_a_unit_is_no_name() -> None:
    pair = Pair("It has 5 of GB and RFC here", "Es hat 5 von GB und RFC hier", "en", "de", "p", "x")
    assert _drafts.names(pair, fake(FakeAligner())) == ["RFC"]
    whole = Pair("He reads Diario de Juarez", "Er liest Diario de Juarez", "en", "de", "p", "x")
    assert "Diario" not in _drafts.names(whole, fake(FakeAligner()))


def test_a_wrong_number_is_named_and_stands_nowhere_else() -> None:
    pair = Pair("Use 16 of 17 disks", "Nutze 16 von 17 Platten", "en", "de", "p", "x:y:1")
    made = _corrected(pair, FakeAligner())
    assert made
    for dialogue in made:
        _, draft, wish, revision = dialogue.messages
        wrong = [word for word in draft.text.split() if word not in revision.text.split()]
        assert len(wrong) == 1
        assert wrong[0] in wish.text
    # A number that is part of a name is none.
    raid = Pair("Use RAID-5 here", "Nutze hier RAID-5", "en", "de", "p", "x:y:1")
    assert not any("RAID-" in each.messages[2].text for each in _corrected(raid, FakeAligner()))


def test_a_wrong_name_is_a_misspelt_one() -> None:
    pair = Pair("She lives in Berlin now", "Sie wohnt jetzt in Berlin", "en", "de", "p", "x:y:1")
    names = {each.messages[1].text.split()[-1] for each in _corrected(pair, FakeAligner())}
    assert len(names) > 2
    missing = {name for name in names if len(name) == 5}
    assert missing
    assert names - missing
    assert all(name[0] == "B" and set(name) <= set("Berlin") for name in names)
    assert all(sorted(name) == sorted("Berlin") for name in names - missing)
    # Of a short one nobody would know what is meant.
    short = replace(pair, source="She lives in Ulm now", target="Sie wohnt jetzt in Ulm")
    assert _corrected(short, FakeAligner()) == []


def test_a_mistranslation_is_what_a_word_is_taken_for() -> None:
    aligner = FakeAligner(
        {"increase": "Erhöhung"}, {"decrease": ["Senkung"], "increase": ["Anstieg"]}
    )
    memory = Pair("x", "Eine Senkung, keine Erhöhung", "en", "de", "o", "x:y:2")
    pair = Pair("an increase of prices", "eine Erhöhung der Preise", "en", "de", "p", "x:y:1")
    made = _corrected(pair, aligner, memory)
    assert {each.messages[1].text for each in made} == {"eine Senkung der Preise"}
    assert any("Senkung" in each.messages[2].text for each in made)
    # Of the other way round the words themselves are known.
    back = Pair("die Erhöhung der Preise", "the increase of prices", "de", "en", "p", "x:y:1")
    for memory, drafts in (
        ("the decrease, increase", set[str]()),
        ("the decrease of, increase", {"the decrease of prices"}),
    ):
        seen = Pair("x", memory, "de", "en", "o", "x:y:2")
        made = _corrected(back, FakeAligner({"Erhöhung": "increase"}), seen)
        assert {each.messages[1].text for each in made} == drafts
    # Between two other languages nothing is known.
    other = Pair("eine Erhöhung der Preise", "une hausse des prix", "de", "fr", "p", "x:y:1")
    assert _corrected(other, FakeAligner({"Erhöhung": "hausse"})) == []


@pytest.mark.parametrize(
    ("source", "target", "word", "said", "others", "made"),
    [
        ("on 12 January", "am 12. Januar", "January", "Januar", ["Februar"], True),
        ("on January 31st", "am 31. Januar", "January", "Januar", ["Februar"], False),
        ("You may go", "Sie Januar gehen", "may", "Januar", ["Februar"], False),
        # The dative has an ending.
        ("in three years", "in drei Jahren", "years", "Jahren", ["Monate"], False),
        ("in three years", "in drei Jahren", "years", "Jahren", ["Monaten"], True),
        ("months, years", "Monate, Jahre", "years", "Jahre", ["Monate"], False),
    ],
)
def test_what_a_word_is_taken_for_fits_in(
    source: str, target: str, word: str, said: str, others: list[str], made: bool
) -> None:
    pair = Pair(source, target, "en", "de", "p", "x:y:1")
    known = dict.fromkeys(("February", "february", "months"), others)
    memory = [
        Pair(
            "x",
            "12. Februar drei Monate drei Monaten, Monate, Monate, sie Februar gehen",
            "en",
            "de",
            "m",
            "",
        )
    ]
    aligner = FakeAligner({word: said}, known)
    [term] = aligner.terms(pair)
    found = _other_words.confused(term, pair, fake(aligner, memory), random.Random(1))
    assert bool(found) == made


def test_no_late_day_in_a_shorter_month_into_english() -> None:
    for day, made in (("12", True), ("31", False)):
        pair = Pair(f"am {day}. Januar", f"on January {day}", "de", "en", "p", "x:y:1")
        memory = [Pair("x", "on February. on March. on May", "de", "en", "m", "x:y:2")]
        aligner = FakeAligner({"Januar": "January"})
        [term] = aligner.terms(pair)
        found = _other_words.confused(term, pair, fake(aligner, memory), random.Random(1))
        assert bool(found) == made


def test_a_misspelt_name_comes_last_and_is_always_named() -> None:
    pair = Pair("She met 14 of Berlin", "Sie traf 14 aus Berlin", "en", "de", "p", "x:y:1")
    drafts = {each.messages[1].text for each in _corrected(pair, FakeAligner())}
    assert all("14" not in draft and "Berlin" in draft for draft in drafts)
    named = _corrected(pair, FakeAligner(), errors=["name"], precise=0)
    assert named
    assert all("Berlin" in each.messages[2].text for each in named)


def test_no_cry_is_added_to_a_statement() -> None:
    meta = [{"document": "d", "place": n} for n in (1, 2)]
    for said, added, made in (
        ("Es ist getan.", "Wir gehen heim!", False),
        ("Ist es getan?", "Gehen wir heim?", True),
        ("Es ist getan!", "Wir gehen heim.", True),
    ):
        texts = [("It is done.", said), ("We go.", added)]
        pairs = [Pair(a, b, "en", "de", f"p{n}", "x", meta[n]) for n, (a, b) in enumerate(texts)]
        options = parts.options("builder", "correct", {"errors": ["added"]})
        built = parts.load("builder", "correct").build(
            pairs[:1], fake(FakeAligner(), pairs), options, random.Random(1)
        )
        assert bool(list(built)) == made


@pytest.mark.parametrize(
    ("number", "others"),
    [
        ("30", {"10", "20"}),
        ("7", {"2", "3", "4", "5", "6", "8", "9"}),
        ("1990", {"1991", "1992", "1993"}),
        ("10:30", {f"10:3{digit}" for digit in "123456789"}),
        ("5000", {"3000", "4000", "6000", "7000"}),
        # 52 is no day, and not every month has a 29th or a 31st.
        ("31", {"13"}),
        ("29", {"21", "22", "23", "24", "25", "26", "27", "28"}),
        ("25", {"21", "22", "23", "24", "26", "27", "28"}),
        ("85", {"81", "82", "83", "84", "86", "87", "88", "89", "58"}),
        ("4.5", {f"4.{digit}" for digit in "12346789"}),
        ("7,500", {"5,500", "6,500", "8,500", "9,500"}),
        # A date, and what may be a time.
        ("24.12.2010", set()),
        ("10.30", set()),
    ],
)
def test_a_wrong_number_may_still_be_one(number: str, others: set[str]) -> None:
    assert set(_drafts.other_numbers(number)) == others


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It took 14 days", "14"),
        ("on May 14 it rained", "14"),
        ("Wait 1 day", None),
        ("Set it to 0 here", None),
        ("as in 12, 14 and more", None),
        ("a Nokia 9060 Communicator", None),
        ("Nokia sold 9060 of them", "9060"),
        ("the host 192.168.0.254 here", None),
        ("the range 2001:db8::/128 here", None),
        ("as setquota(8) says", None),
    ],
)
def test_which_numbers_are_got_wrong(text: str, number: str | None) -> None:
    found = _drafts.wrong_numbers(Pair(text, text, "en", "de", "p", "x:y:1"))
    assert [*found] == ([number] if number else [])


def test_what_comes_next_is_translated_as_well() -> None:
    meta = [{"document": "d", "place": n} for n in (1, 2)]
    texts = [("It is done.", "Es ist getan."), ("We go home.", "Wir gehen heim.")]
    pairs = [Pair(a, b, "en", "de", f"p{n}", "x:y:1", meta[n]) for n, (a, b) in enumerate(texts)]
    part, made = parts.load("builder", "correct"), parts.options("builder", "correct")
    [dialogue] = part.build(pairs[:1], fake(FakeAligner(), pairs), made, random.Random(1))
    assert dialogue.messages[1].text == "Es ist getan. Wir gehen heim."
    assert dialogue.messages[3].text == "Es ist getan."


def test_numbers_are_asked_for_only_where_all_are_plain() -> None:
    from bayling.build.builders import _questions

    def listed(target: str) -> str | None:
        pair = Pair("x", target, "en", "de", "p", "x:y:1")
        resources = fake(FakeAligner())
        found = _questions.list_numbers(pair, resources.user(pair, random.Random(1)))
        return found[1].text if found else None

    assert "12" in (listed("Es sind 12 Dateien.") or "")
    assert all(each in (listed("3 von 17, und noch 3") or "") for each in ("3", "17"))
    # Who lists the digits alone would leave one out.
    assert listed("Zwei von 17 Dateien") is None
    for target in ("RAID-1 mit 4 Platten", "von -1 bis 255", "lvm2 und 3", "{0} von 5", "N+1, 2"):
        assert listed(target) is None, target
    assert listed("Phase III von 5") is None
    assert "2011; 35,6" in (listed("Im Jahr 2011 waren es 35,6 Prozent") or "")


def test_words_are_counted_only_where_nobody_counts_otherwise() -> None:
    from bayling.build.builders import _questions

    def counted(target: str) -> bool:
        pair = Pair("x", target, "en", "fr", "p", "x:y:1")
        user = fake(FakeAligner()).user(pair, random.Random(1))
        return _questions.count_words(pair, user) is not None

    assert counted("Il y a 9 cas, dit-elle : « Non ! »")
    assert not counted("Il y a 9 336 cas")
    assert not counted('Il dit"non" et part')
    assert not counted("Il dit non...et part")


def test_the_source_is_no_way_back_from_a_free_translation() -> None:
    free = FakeAligner({"increase": "Erhöhung"}, {"decrease": ["Senkung"]})
    pair = Pair("She had an increase", "Sie hatte eine Erhöhung", "en", "de", "p", "x:y:1")
    memory = [pair, Pair("x", "eine Senkung", "en", "de", "o", "x:y:2")]
    for close in (True, False):
        free.is_close = lambda pair, close=close: close  # type: ignore[method-assign, misc]
        for kind in ("switch", "mixed"):
            resources = fake(free, memory)
            made = parts.load("builder", kind).build(
                [pair] * 100, resources, parts.options("builder", kind), random.Random(1)
            )
            last = [dialogue.messages[-1].text for dialogue in made]
            assert (pair.source in last) == close
            reason = "nothing shows that its source is the way back"
            assert (reason in resources.passed_over) == (kind == "switch" and not close)
    thai = Pair("The file is new", "ไฟล์เป็นไฟล์ใหม่", "en", "th", "p", "x:y:1")
    assert _of("switch", [thai]) == []


@pytest.mark.parametrize(
    ("source", "target", "given", "said", "other", "fits"),
    [
        ("He often comes", "Er kommt oft", "often", "oft", "häufig", True),
        ("The previously said", "Das zuvor Gesagte", "previously", "zuvor", "vorher", True),
        # Another part of speech, and what belongs to a noun.
        ("It is currently off", "Es ist derzeit aus", "currently", "derzeit", "aktuelle", False),
        ("The currently open", "Das aktuelle offene", "currently", "aktuelle", "derzeit", False),
        ("The daily job", "Der Dienst täglich", "daily", "täglich", "jeweils", False),
        ("Really now", "Wirklich jetzt", "Really", "Wirklich", "Fakt", False),
        ("Come thereafterly", "Komm danach", "thereafterly", "danach", "später", True),
        (
            "It is unlikely",
            "Es ist unwahrscheinlich",
            "unlikely",
            "unwahrscheinlich",
            "kaum",
            False,
        ),
    ],
)
def test_an_adverb_for_an_adverb(
    source: str, target: str, given: str, said: str, other: str, fits: bool
) -> None:
    pair = Pair(source, target, "en", "de", "p", "x:y:1")
    [term] = FakeAligner({given: said}).terms(pair)
    resources = fake(FakeAligner({given: said}, {given: [other]}))
    assert bool(_other_words.mistranslated(term, pair, resources, random.Random(1))) == fits


def test_a_misspelt_name_is_no_month_and_not_half_of_one() -> None:
    memory = [Pair("x", "y", "en", "de", "o", "x:y:2")]

    def named(source: str, target: str) -> list[str]:
        pair = Pair(source, target, "en", "de", "p", "x:y:1")
        return _drafts.plain_names(pair, fake(FakeAligner(), memory))

    assert named("He met Angela Merkel in April", "Im April traf er Angela Merkel") == [
        "Angela Merkel"
    ]
    assert named("Angela Merkel spoke", "Es sprach Angela Merkel") == ["Angela Merkel"]
    # A preposition that begins both is no part of the name.
    memory.append(Pair("he is in it", "y", "en", "de", "o", "x:y:2"))
    assert named("In Berlin he spoke", "In Berlin sprach er") == ["Berlin"]
    assert named("Did Merkel speak", "Hat Merkel gesprochen") == ["Merkel"]
    assert named("Yesterday Merkel spoke", "Gestern sprach Merkel") == ["Merkel"]


def _of(kind: str, pairs: Sequence[Pair], seed: int = 1, **options: Any) -> list[Dialogue]:
    part = parts.load("builder", kind)
    made = parts.options("builder", kind, options)
    return list(part.build(pairs, fake(FakeAligner(), pairs), made, random.Random(seed)))


FORMAL = Pair("Can you open your file?", "Können Sie Ihre Datei öffnen?", "en", "de", "f", "x:y:1")
INFORMAL = Pair(
    "Can you open your file?", "Kannst du deine Datei öffnen?", "en", "de", "i", "x:y:2"
)


def test_the_other_address_is_asked_for() -> None:
    for seed in range(10):
        formal, informal = _of("register", [FORMAL, INFORMAL], seed)
        for made, wanted, other in ((formal, FORMAL, INFORMAL), (informal, INFORMAL, FORMAL)):
            _, draft, _, revision = made.messages
            assert (draft.text, draft.learn) == (other.target, False)
            assert (revision.text, revision.learn) == (wanted.target, True)
            assert not checks.failures(revision.checks, revision.text)
            assert checks.failures(revision.checks, draft.text), "the draft is the other one"
            assert set(made.pair_ids) == {"f", "i"}


@pytest.mark.parametrize(
    ("source", "target", "meta"),
    [
        ("It is done", "Es ist getan", {}),
        ("Can you do it?", "Geht das?", {"register": "formal"}),  # it addresses nobody
        ("Can you do it?", "Können Sie das?", {"register": "informal"}),
        ("Can you do it?", "Können Sie das?", {"register": "neutral"}),
        ("They can do it", "Hoffentlich können Sie das", {}),  # nobody is meant
    ],
)
def test_no_register_where_text_and_memory_do_not_say_so(
    source: str, target: str, meta: dict[str, str]
) -> None:
    assert _of("register", [Pair(source, target, "en", "de", "p", "x:y:1", meta)]) == []


def test_a_limit_is_kept_and_a_longer_translation_becomes_the_draft() -> None:
    texts = ["Die Verbindung ist unterbrochen worden.", "Verbindung unterbrochen."]
    pairs = [
        Pair("The connection was lost", text, "en", "de", f"p{n}", "x:y:1")
        for n, text in enumerate(texts)
    ]
    for seed in range(20):
        long, short = _of("length", pairs, seed)
        assert len(long.messages) == 2
        assert [message.text for message in short.messages[1::2]] == texts
        [limit] = [check for check in short.messages[3].checks if check.kind == "length"]
        assert str(limit.options["most"]) in short.messages[2].text
        assert checks.holds(limit, texts[1]).ok
        assert not checks.holds(limit, texts[0]).ok


def test_an_edited_source_has_the_memory_s_translation() -> None:
    texts = [
        ("Delete the file now", "Datei jetzt löschen"),
        ("Delete the disk now", "Platte jetzt löschen"),
    ]
    pairs = [Pair(a, b, "en", "de", f"p{n}", "x:y:1") for n, (a, b) in enumerate(texts)]
    made = _of("edit_source", pairs, alike=0.5)
    assert [each.messages[1].text for each in made] == [texts[0][1], texts[1][1]]
    assert made[0].messages[2].text.endswith(texts[1][0])
    [span] = made[0].messages[3].spans
    assert texts[1][1][span.start : span.end] == "Platte"
    # Two translators, two wordings: no edit of one word.
    other = Pair("Delete the disk now", "Nun die Platte entfernen", "en", "de", "p", "x:y:1")
    assert _of("edit_source", [pairs[0], other]) == []


def test_sentence_after_sentence_then_all_at_once() -> None:
    texts = [("One is here.", "Eins ist da."), ("Two is here.", "Zwei ist da."), ("Three", "Drei")]
    pairs = [
        Pair(a, b, "en", "de", f"p{n}", "x:y:1", {"document": "d", "place": n})
        for n, (a, b) in enumerate(texts)
    ]
    for seed in range(10):
        [made] = _of("continue", pairs, seed, paragraph=1)
        said = [message.text for message in made.messages[1::2]]
        # What is no sentence is not gone on to.
        assert said == ["Eins ist da.", "Zwei ist da.", "Eins ist da. Zwei ist da."]
        assert all(message.learn for message in made.messages[1::2])
    assert _of("continue", pairs, longest=15) == []


def test_a_third_language_or_back(tmp_path: Any) -> None:
    pair = Pair("Delete the file", "Datei löschen", "en", "de", "p", "x:y:1")
    third = Pair("Delete the file", "Supprimer le fichier", "en", "fr", "q", "x:y:1")
    path = tmp_path / "fr.jsonl"
    jsonl.write(path, [third.to_json()])
    [made] = _of("switch", [pair], also=[str(path)], back=1)
    # Nothing shows that the source is the way back from there.
    assert [message.text for message in made.messages[1::2]] == [
        "Datei löschen",
        "Supprimer le fichier",
    ]
    for message in made.messages[1::2]:
        assert not checks.failures(message.checks, message.text)
    [plain] = _of("switch", [pair])
    assert len(plain.messages) == 4


def test_what_begins_a_sentence_is_no_name() -> None:
    def named(source: str, target: str) -> list[str]:
        memory = [Pair("An image is here", "Ein Bild ist hier", "en", "de", "o", "x:y:2")]
        pair = Pair(source, target, "en", "de", "p", "x:y:1")
        return _drafts.names(pair, fake(FakeAligner(), memory))

    assert named("It works. In time", "Es geht. In time") == []
    assert named("Once in Berlin", "Einst in Berlin") == ["Berlin"]
    assert named("Use Red Hat here", "Nutze hier Red Hat") == ["Red Hat"]
    assert named("Set OS::Glance::Images", "Setze OS::Glance::Images") == []
    # A title has capitals that a sentence has not.
    assert named("Delete Image", "Image löschen") == []


def test_a_damaged_code_is_said_to_be_wrong_and_a_missing_one_to_be_missing() -> None:
    pair = Pair("Used in {count} rooms", "In {count} Räumen benutzt", "en", "de", "k", "doc:de:1")
    keep = {
        phrasing.replace("{item}", "{count}")
        for language in ("en", "de")
        for phrasing in wording.phrasings("keep", language)
    }
    for dropped in (0, 1):
        made = [each for seed in range(20) for each in _of("keep", [pair], seed, dropped=dropped)]
        assert made
        kept = 0
        for dialogue in made:
            _, draft, wish, _ = dialogue.messages
            [wrong] = {*draft.text.split()} - {*pair.target.split()} or {""}
            kept += wish.text in keep
            assert wish.text in keep or wrong in wish.text
            assert bool(wrong) != bool(dropped)
        # Who reads nothing there says of nothing that it is not to be translated.
        assert bool(kept) != bool(dropped)


def test_an_entity_is_lost_and_no_blank_asked_about() -> None:
    pair = Pair("Themes &amp; tools", "Themen &amp; Werkzeuge", "en", "de", "k", "doc:de:1")
    for seed in range(20):
        for made in _of("mixed", [pair], seed):
            assert made.messages[1].text == "Themen Werkzeuge"
            assert "&amp;" in made.messages[2].text


def test_a_glossary_has_usual_terms_and_no_parts_of_names() -> None:
    from bayling.build.builders import glossary

    def entries(source: str, target: str, given: str, said: str, usual: bool = True) -> int:
        aligner = FakeAligner({given: said}, {"militants": ["Kämpfer"]})
        aligner.is_usual = lambda term: usual  # type: ignore[method-assign]
        pair = Pair(source, target, "en", "de", "p", "x:y:1")
        return len(glossary._entries(pair, fake(aligner)))

    assert entries("It is a file here", "Das ist eine Datei", "file", "Datei") == 1
    assert entries("It is a file here", "Das ist eine Datei", "file", "Datei", usual=False) == 0
    assert entries("from Puerto Rico", "aus Puerto Rico", "Puerto", "Puerto") == 0
    assert entries("Dialogue is good", "Der Dialog ist gut", "Dialogue", "Dialog") == 0
    assert entries("with militants", "mit Kämpfern", "militants", "Kämpfern") == 0
    assert entries("all the rules", "alle die Regeln", "rules", "Regeln") == 1
    assert entries("Our Commission met", "Die Kommission tagte", "Commission", "Kommission") == 1
    assert entries("the pattern", "das Muster und Kern", "pattern", "Kern") == 1


def test_one_word_is_named_only_where_it_is_most_of_what_is_missing() -> None:
    target = "Es regnet heute in der ganzen Stadt, sagte der Sprecher."
    pair = Pair(
        "It rains all over town today, said the spokesman.", target, "en", "de", "p", "x:y:1"
    )
    made = _corrected(pair, FakeAligner({"said": "sagte"}))
    assert made
    assert not any("said" in each.messages[2].text for each in made)


def test_what_differs_in_a_pronoun_is_no_edit_of_a_content_word() -> None:
    texts = [("Good luck to you now", "Ich wünsche dir nun viel Glück dabei")]
    texts += [("Luck to you now", "Ich wünsche Ihnen nun viel Glück dabei")]
    pairs = [Pair(a, b, "en", "de", f"p{n}", "x:y:1") for n, (a, b) in enumerate(texts)]
    assert _of("edit_source", pairs, alike=0.5) == []
    assert not _edits("Good luck to you", "Luck to you", ("祝你好运", "祝您好运"), "zh")
    # Numbers say something in any language.
    assert _edits("He has three files", "He has five files", ("有3个文件", "有5个文件"), "zh")
    assert _edits("He has three files", "He has five files", ("有三个文件", "有五个文件"), "zh")


def _edits(one: str, other: str, said: tuple[str, str], language: str) -> list[Dialogue]:
    texts = zip((one, other), said, strict=True)
    pairs = [Pair(a, b, "en", language, f"p{n}", "x:y:1") for n, (a, b) in enumerate(texts)]
    return _of("edit_source", pairs, alike=0.5)


def test_what_is_left_of_a_text_without_an_item() -> None:
    def without(item: str, target: str) -> str | None:
        pair = Pair(f"x {item} y", target, "en", "de", "k", "doc:de:1")
        found = _drafts.code_or_number(pair, 1.0, random.Random(1))
        return found and _drafts.with_mistakes(target, [found[1]])

    assert without("%s", "Öffnen Sie %s\nund speichern.") == "Öffnen Sie \nund speichern."
    # Neither empty brackets nor two words in one, nor what announces something or belongs to it.
    assert without("&nbsp;", "(&nbsp;) leer") is None
    assert without("%s", "Abbild: %s") is None
    assert without("%s", "无法恢复 id 为 %s 的服务器") in (
        "无法恢复 id 为 % 的服务器",
        "无法恢复 id 为 s 的服务器",
    )
    assert without("%s", "无法恢复 %s 的服务器") == "无法恢复的服务器"
    assert without("&nbsp;", "Siehe&nbsp;Abb.") is None


def test_two_mistakes_never_write_the_same() -> None:
    target = "Wir haben 12 Katzen und 17 Hunde"
    pair = Pair("We have 12 cats and 17 dogs", target, "en", "de", "p", "x:y:1")
    made = [each for seed in range(200) for each in _of("mixed", [pair], seed)]
    several = 0
    for dialogue in made:
        draft = dialogue.messages[1].text
        numbers = re.findall(r"\d+", draft)
        assert len(set(numbers)) == 2, draft
        several += not {"12", "17"} & {*numbers}
    assert several > 100


def test_of_an_address_the_scheme_is_never_damaged() -> None:
    pair = Pair("See https://example.org/a", "Siehe https://example.org/a", "en", "de", "k", "x:1")
    for seed in range(20):
        found = _drafts.code_or_number(pair, 0, random.Random(seed))
        assert found
        assert found[1].wrong.startswith("https://")


def test_a_code_without_spaces_around_it_gets_none() -> None:
    pair = Pair("size %(req)i GiB", "大小%(req)iGiB", "en", "zh", "k", "doc:de:1")
    drafts = set()
    for seed in range(20):
        found = _drafts.code_or_number(pair, 0, random.Random(seed))
        assert found
        drafts.add(_drafts.with_mistakes(pair.target, [found[1]]))
    assert drafts == {"大小%(REQ)iGiB", "大小(req)iGiB", "大小%(req)GiB"}


def test_several_corrections_of_any_sort_one_after_the_other() -> None:
    source = (
        "We hear that Berlin had 14 boats more, an increase, but nobody knows the reason for it."
    )
    target = (
        "Wir hören, dass Berlin 14 Boote mehr hatte, eine Erhöhung, aber niemand kennt den Grund."
    )
    pair = Pair(source, target, "en", "de", "p", "x:y:1", {"document": "a", "place": 1})
    after = Pair("It is still.", "Sie ist still.", "en", "de", "q", "x:y:2")
    after = replace(after, meta={"document": "a", "place": 2})
    aligner = FakeAligner(
        {"increase": "Erhöhung", "reason": "Grund"}, {"decrease": ["Senkung"], "reason": ["Anlass"]}
    )
    memory = [pair, after, Pair("x", "eine Senkung den Anlass", "en", "de", "o", "x:y:3")]
    faults = {
        "Senkung": lambda text: "Senkung" in text,
        "14": lambda text: "14" not in text,
        "Berlin": lambda text: "Berlin" not in text,
        "Anlass": lambda text: "Anlass" in text,
        "cut": lambda text: "niemand" not in text,
        "added": lambda text: "still" in text,
    }
    made = parts.options("builder", "mixed", {"wishes": 6, "most": 4})
    seen: Counter[str] = Counter()
    sizes: Counter[int] = Counter()
    for seed in range(200):
        built = parts.load("builder", "mixed").build(
            [pair], fake(aligner, memory), made, random.Random(seed)
        )
        for dialogue in built:
            said = [each.text for each in dialogue.messages]
            drafts = said[1 : said.index(target) : 2]
            wrong = [{name for name, has in faults.items() if has(draft)} for draft in drafts]
            # Each has a mistake less than the one before, and none that was mended.
            assert [len(each) for each in wrong] == list(range(len(wrong), 0, -1))
            assert all(later < earlier for earlier, later in pairwise(wrong))
            sizes[len(wrong)] += 1
            seen.update(wrong[0])
            assert dialogue.messages[2 * len(drafts) + 1].learn
    assert seen.keys() == faults.keys()
    assert sizes.keys() == {2, 3, 4}


def test_what_allows_one_correction_is_rarely_used() -> None:
    pair = Pair("She had an increase", "Sie hatte eine Erhöhung", "en", "de", "p", "x:y:1")
    memory = [pair, Pair("x", "eine Senkung", "en", "de", "o", "x:y:2")]
    resources = fake(FakeAligner({"increase": "Erhöhung"}, {"decrease": ["Senkung"]}), memory)
    for wishes, numbers in ((3, range(30, 75)), (1, [200])):
        made = parts.options("builder", "mixed", {"wishes": wishes})
        build = parts.load("builder", "mixed").build
        assert len(list(build([pair] * 200, resources, made, random.Random(1)))) in numbers
