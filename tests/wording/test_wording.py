"""The wording files are data: these tests are their schema."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from bayling import languages, wording
from bayling.errors import UserError
from bayling.wording import _files

# What a phrasing may leave out: a user need not say which language the source is in.
OPTIONAL = {"source_language"}
CELLS = [
    (kind, language, held_out)
    for kind in wording.KINDS
    for language in wording.languages_with_wording()
    for held_out in (False, True)
]
VALUES = {
    "source": "Open {0} {files}.",
    "gapped": "___ {0} öffnen",
    "source_language": "en",
    "target_language": "de",
    "word": "Datei",
    "words": ["Datei", "öffnen", "alle"],
    "term": "file",
    "old": "Akte",
    "item": "{0}",
    "entries": [("file", "Datei"), ("LDAP", None)],
    "count": 12,
}


# What a language's quotation marks are; the straight ones are everybody's.
QUOTES = {
    "ar": ("«»", "“”"),
    "de": ("„“", "‚‘", "»«"),
    "en": ("“”",),
    "es": ("«»", "“”"),
    "fr": ("«»", "“”"),
    "it": ("«»", "“”"),
    "ja": ("「」", "『』"),
    "pt": ("“”", "«»"),
    "ru": ("«»", "„“"),
    "zh": ("“”", "「」"),
}
# What people type who do not care: allowed everywhere.
STRAIGHT = "\"'"


# The kinds of instruction of the task `follow`, and the placeholders of their phrasings.
INSTRUCTIONS: dict[str, tuple[str, ...]] = {
    "about": ("topic",),
    "sentences": ("count",),
    "at_most": ("count",),
    "at_least": ("count",),
    "include": ("words",),
    "without": ("old",),
    "points": ("count",),
    "capitals": (),
    "ending": ("phrase",),
    "object": (),
    "language": ("target_language",),
}


def placeholders(phrasing: str) -> list[str]:
    return re.findall(r"\{(\w*)\}", phrasing)


def bag(phrasing: str) -> set[str]:
    """The words of a phrasing without its placeholders."""
    return set(re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", " ", phrasing.lower())))


def test_the_ten_languages_are_there() -> None:
    assert wording.languages_with_wording() == list(QUOTES)


@pytest.mark.parametrize("language", wording.languages_with_wording())
def test_a_file_holds_exactly_the_kinds(language: str) -> None:
    content = _files.load(language)
    sections = {"phrasings", "answers", "joining", "recognising", "following"}
    assert set(content) - {"address"} == sections
    assert set(content.get("address", ("formal", "informal"))) == {"formal", "informal"}
    assert set(content["phrasings"]) == set(wording.KINDS)
    for lists in content["phrasings"].values():
        assert set(lists) == {"train", "held_out"}
    assert set(content["answers"]) == set(wording.ANSWERS)
    assert set(content["joining"]) == {"quotes", "separator", "last", "untranslated"}
    assert all(len(pair) == 2 for pair in content["joining"]["quotes"])
    lists = {
        "polite",
        "vague",
        "asking",
        "negating",
        "preferring",
        "than",
        "in_place",
        "dismissing",
        "here",
        "equating",
        "replacing",
        "written",
        "criticising",
        "praising",
    }
    assert set(content["recognising"]) == {*lists, "cues", "behind", "also"}
    assert set(content["recognising"]["cues"]) == {"keep", "old", "term", "word"}
    assert set(content["recognising"]["behind"]) == {"keep", "old", "word"}
    for kind, phrasings in content["recognising"]["also"].items():
        for phrasing in phrasings:
            assert set(placeholders(phrasing)) == set(wording.KINDS[kind]), phrasing
    words = content["recognising"]
    assert set(words["in_place"]) <= set(words["cues"]["old"])
    listed = itertools.chain(*(words[name] for name in lists))
    # YAML could read `no` or `is: x` as something else than a string.
    assert all(isinstance(each, str) for each in listed)
    cues = itertools.chain(*words["cues"].values(), *words["behind"].values())
    assert all(isinstance(each, str) for each in cues)


@pytest.mark.parametrize(("kind", "language", "held_out"), CELLS)
def test_phrasings_are_complete(kind: str, language: str, held_out: bool) -> None:
    phrasings = wording.phrasings(kind, language, held_out)
    # `translate` begins nearly every dialogue, and none of its phrasings may begin 3 % of them.
    assert len(phrasings) >= (4 if held_out else 36 if kind == "translate" else 12)
    assert len(set(phrasings)) == len(phrasings)
    for phrasing in phrasings:
        found = placeholders(phrasing)
        assert len(found) == len(set(found)), f"twice the same placeholder: {phrasing}"
        assert set(found) - OPTIONAL == set(wording.KINDS[kind]) - OPTIONAL, phrasing
        assert set(found) <= set(wording.KINDS[kind]), phrasing
        assert phrasing == phrasing.strip()
        assert phrasing.count("{") == phrasing.count("}") == len(found)
        for opening, closing in QUOTES.get(language, ()):
            assert phrasing.count(opening) == phrasing.count(closing), phrasing


@pytest.mark.parametrize(("kind", "language", "held_out"), CELLS)
def test_the_text_is_the_end(kind: str, language: str, held_out: bool) -> None:
    texts = {"source", "gapped"} & set(wording.KINDS[kind])
    for phrasing in wording.phrasings(kind, language, held_out):
        assert [phrasing.endswith(f"\n{{{text}}}") for text in texts] == [True] * len(texts)
        assert texts or "\n" not in phrasing


@pytest.mark.parametrize("language", wording.languages_with_wording())
@pytest.mark.parametrize("kind", wording.KINDS)
def test_held_out_phrasings_are_other_words(kind: str, language: str) -> None:
    """Of the words of a held-out phrasing and one to train on, at most 60 % are shared."""
    trained = wording.phrasings(kind, language)
    for unseen in wording.phrasings(kind, language, held_out=True):
        for seen in trained:
            shared, both = bag(unseen) & bag(seen), bag(unseen) | bag(seen)
            assert len(shared) <= 0.6 * len(both), f"{unseen!r} is too much like {seen!r}"


@pytest.mark.parametrize("language", wording.languages_with_wording())
@pytest.mark.parametrize("kind", wording.ANSWERS)
def test_answers_are_complete(kind: str, language: str) -> None:
    answers = _files.load(language)["answers"][kind]
    assert len(set(answers)) == len(answers) >= (2 if kind == "language_named" else 4)
    for answer in answers:
        found = placeholders(answer)
        # "That is 'Datei'." need not say the term again.
        assert set(found) - {"term"} == set(wording.ANSWERS[kind]) - {"term"}, answer
        assert set(found) <= set(wording.ANSWERS[kind]), answer
        assert answer == answer.strip()


@pytest.mark.parametrize("language", wording.languages_with_wording())
def test_only_quotation_marks_of_the_language(language: str) -> None:
    """Those of another language are what a machine writes."""
    known = {mark for pair in QUOTES[language] for mark in pair} | set(STRAIGHT)
    content = _files.load(language)
    texts = [each for lists in content["phrasings"].values() for each in sum(lists.values(), [])]
    texts += [each for answers in content["answers"].values() for each in answers]
    texts += content["joining"]["quotes"]
    for text in texts:
        # An apostrophe within a word is none.
        marks = set(re.findall(r"(?<!\w)[«»“”„‚‘「」『』]|[«»“”„‚‘「」『』](?!\w)", text))
        assert marks <= known, text


def test_a_deck_deals_every_phrasing_before_any_of_them_again() -> None:
    deck, rng = wording.Deck(), random.Random(1)
    count = len(wording.phrasings("use", "en"))
    dealt = [deck.deal("use", "en", rng) for _ in range(3 * count)]
    assert all(dealt.count(phrasing) == 3 for phrasing in wording.phrasings("use", "en"))
    assert dealt[:count] != dealt[count : 2 * count]


ADDRESSING = [lang for lang in wording.languages_with_wording() if "address" in _files.load(lang)]


@pytest.mark.parametrize(
    ("phrasing", "language", "address"),
    [
        ("Übersetze auf Deutsch", "de", "informal"),
        ("Übersetzen Sie bitte auf Deutsch", "de", "formal"),
        ("Was heißt das auf Deutsch?", "de", None),
        ("Traduis-le en {target_language}", "fr", "informal"),
        ("Traduisez-le en {target_language}", "fr", "formal"),
        ("utilise {word} pour {term}", "fr", "informal"),
        ("Переведите на {target_language}", "ru", "formal"),
        ("Переведи на {target_language}", "ru", "informal"),
        ("Translate this", "en", None),
    ],
)
def test_who_addresses_whom_how(phrasing: str, language: str, address: str | None) -> None:
    assert wording.address_of(phrasing, language) == address


@pytest.mark.parametrize("language", ADDRESSING)
def test_every_kind_has_phrasings_for_either_address(language: str) -> None:
    """Else a deck would be dealt without end."""
    for kind in wording.KINDS:
        said = {wording.address_of(each, language) for each in wording.phrasings(kind, language)}
        assert None in said or {"formal", "informal"} <= said, kind


def test_a_deck_keeps_to_an_address() -> None:
    deck, rng = wording.Deck(), random.Random(2)
    for address in ("formal", "informal"):
        dealt = [deck.deal("translate", "de", rng, address) for _ in range(90)]
        said = {wording.address_of(each, "de") for each in dealt}
        assert said == {None, address}
        # Those that suit either come again before the others do, and still come all.
        assert len(set(dealt)) > 20


def test_german_never_inflects_a_language_name() -> None:
    for kind, held_out in itertools.product(("translate", "constrain", "glossary"), (False, True)):
        for phrasing in wording.phrasings(kind, "de", held_out):
            assert not re.search(r"\b(ins|aus dem|vom) \{|_language\}\w", phrasing), phrasing


@pytest.mark.parametrize(("kind", "language", "held_out"), CELLS)
def test_asking_fills_every_placeholder(kind: str, language: str, held_out: bool) -> None:
    values = {key: VALUES[key] for key in wording.KINDS[kind]}
    for seed in range(40):
        said = wording.ask(kind, language, random.Random(seed), held_out, **values)
        left = set(placeholders(said)) & {each for each in VALUES if each not in ("item",)}
        assert not left
        if "source" in values:
            assert said.endswith("\nOpen {0} {files}.")
        if "target_language" in values:
            assert languages.name("de", language) in said


def test_values_are_not_interpreted() -> None:
    said = wording.ask("use_for", "en", random.Random(0), word="{term}", term="{word} \\1 {}")
    assert "{term}" in said
    assert "{word} \\1 {}" in said


def test_the_same_seed_asks_in_the_same_words() -> None:
    def asked(seed: int) -> list[str]:
        rng = random.Random(seed)
        return [wording.ask("use", "de", rng, word="Datei") for _ in range(20)]

    assert asked(1) == asked(1)
    assert asked(1) != asked(2)
    assert len(set(asked(1))) > 8


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("en", ["a"], {"“a”", '"a"', "'a'"}),
        ("en", ["a", "b"], {"“a” and “b”", '"a" and "b"', "'a' and 'b'"}),
        ("de", ["a", "b", "c"], {"„a“, „b“ und „c“", '"a", "b" und "c"', "'a', 'b' und 'c'"}),
    ],
)
def test_words_become_a_list_in_quotation_marks(
    language: str, words: list[str], expected: set[str]
) -> None:
    said = [
        wording.ask(
            "constrain",
            language,
            random.Random(seed),
            source="x",
            source_language="en",
            target_language="fr",
            words=words,
        )
        for seed in range(60)
    ]
    assert {each for each in expected if any(each in text for text in said)} == expected
    assert all(any(each in text for each in expected) for text in said)


def test_a_glossary_is_a_line_an_entry_and_says_what_is_not_translated() -> None:
    styles = set()
    for seed in range(60):
        said = wording.ask(
            "glossary",
            "de",
            random.Random(seed),
            source="Open",
            source_language="en",
            target_language="de",
            entries=[("file", "Datei"), ("LDAP", None)],
        )
        [first] = [line for line in said.splitlines() if "file" in line]
        [second] = [line for line in said.splitlines() if "LDAP" in line]
        assert first.index("file") < first.index("Datei")
        assert second.removeprefix("- ") == "LDAP (nicht übersetzen)" or second.count("LDAP") == 2
        styles.add((first, second))
    assert len(styles) > 8


def test_a_region_reads_the_file_of_its_language() -> None:
    assert wording.phrasings("use", "de-AT") == wording.phrasings("use", "de")


def test_unknown_language_and_kind_are_named() -> None:
    with pytest.raises(
        UserError, match=r"no wording of requests in 'fi'; there is in: .*de, en, es"
    ):
        wording.phrasings("use", "fi")
    with pytest.raises(UserError, match=r"no kind of request called 'use_fro'.*'use_for'\?"):
        wording.phrasings("use_fro", "en")


@pytest.mark.parametrize("language", wording.languages_with_wording())
def test_instructions_to_follow_are_complete(language: str) -> None:
    lists = {"topics": 12, "things": 10, "endings": 4, "about": 4}
    section = _files.load(language)["following"]
    assert set(section) == set(INSTRUCTIONS) | set(lists)
    for key in section:
        given = wording.following(key, language)
        cased = key != "capitals" or language not in ("ar", "ja", "zh")
        assert len(set(given)) == len(given) == (lists.get(key, 3) if cased else 0)
        for text in given:
            assert text == text.strip()
            assert sorted(placeholders(text)) == sorted(INSTRUCTIONS.get(key, ()))
    topics, things = (wording.following(key, language) for key in ("topics", "things"))
    assert not set(topics) & set(things)
    # A topic is what an answer may be told to do without: one word.
    assert all(len(topic.split()) == 1 for topic in topics)


def test_templates_name_the_target_and_hold_the_source() -> None:
    assert len(set(wording.TEMPLATES)) == 6
    for place, template in enumerate(wording.TEMPLATES):
        assert template.count("{source}") == template.count("{target_language}") == 1
        # Every other one says where from.
        assert ("{source_language}" in template) == (place % 2 == 0)
    said, (span,) = wording.from_template(1, "Open {0}", "de", "zh-CN")
    assert said == "[German]: Open {0}\n[Chinese (Simplified, China)]:"
    assert (said[span.start : span.end], span.role) == ("Open {0}", "source")


def test_where_the_source_text_stands() -> None:
    for language in wording.languages_with_wording():
        values = {"source_language": "en", "target_language": "de"}
        said = wording.ask("translate", language, random.Random(1), source="A {file}.", **values)
        (span,) = wording.source_span(said, "A {file}.")
        assert said[span.start : span.end] == "A {file}."
        assert (span.end, span.role) == (len(said), "source")
    assert wording.source_span("use 'Datei'", "A file.") == ()
    assert wording.source_span("use 'Datei'", "") == ()
