"""Replies by way of English: of translations from a memory, of instructions from two files."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bayling import chain, checks, jsonl, manifest, parts
from bayling.build import run as stage
from bayling.build.builders import Resources, _other_files, nothing
from bayling.build.division import HeldOut, Roles
from bayling.build.memory import Memory
from bayling.config import Build
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Dialogue, Pair, Sample

GERMAN, FRENCH, ENGLISH = "Datei %s löschen", "Supprimer le fichier %s", "Delete the file %s"
CATALOGUE = Path(__file__).with_name("catalogue.tsv")
DE_RU, EN_FR = Direction("de", "ru"), Direction("en", "fr")
PAIR = Pair(GERMAN, FRENCH, "de", "fr", "p", "x:y:1", {"english": ENGLISH})
PLAIN = Pair(GERMAN, FRENCH, "de", "fr", "p", "x:y:1")


def _made(
    kind: str, pairs: list[Pair], apart: HeldOut | None = None, **options: Any
) -> tuple[list[Dialogue], Counter[str]]:
    held_out = apart.resembles if apart else nothing
    resources = Resources(Memory(pairs), ("source", "target"), held_out=held_out)
    values = parts.options("builder", kind, options)
    built = parts.load("builder", kind).build(pairs, resources, values, random.Random(1))
    return list(built), resources.passed_over


def _replies(dialogues: list[Dialogue]) -> list[list[tuple[str, str]]]:
    return [chain.parts(m.text) for each in dialogues for m in each.messages if m.learn]


def test_a_translation_by_way_of_english() -> None:
    [made], _ = _made("chain", [PAIR])
    asked, reply = made.messages
    assert asked.text.endswith(GERMAN)
    assert reply.text == f"[English]\n{ENGLISH}\n[français]\n{FRENCH}"
    assert {check.kind for check in reply.checks} == {"language", "not_copy", "keep", "chain"}
    assert not checks.failures(reply.checks, reply.text)
    # The same checks refuse the English part in the target's place.
    swapped = f"[English]\n{FRENCH}\n[français]\n{ENGLISH}"
    assert {check.kind for check, _ in checks.failures(reply.checks, swapped)} >= {"language"}


@pytest.mark.parametrize(
    "english",
    [
        [Pair(ENGLISH, FRENCH, "en", "fr", "q", "x:y:1")],
        [Pair(GERMAN, ENGLISH, "de", "en-GB", "q", "x:y:1")],
        # Of several English texts the one that both sides are translations of.
        [
            Pair("Remove %s", GERMAN, "en", "de", "q", "x:y:1"),
            Pair(ENGLISH, GERMAN, "en", "de", "r", "x:y:1"),
            Pair(ENGLISH, FRENCH, "en", "fr", "s", "x:y:1"),
        ],
    ],
)
def test_where_the_english_comes_from(english: list[Pair], tmp_path: Path) -> None:
    expected = [[(chain.ENGLISH, ENGLISH), (chain.label("fr"), FRENCH)]]
    jsonl.write(tmp_path / "pairs.jsonl", [pair.to_json() for pair in english])
    made, passed = _made("chain", [PLAIN, english[0]], also=[str(tmp_path / "pairs.jsonl")])
    assert _replies(made) == expected
    assert passed == {"it is in English on one side": 1}
    values = parts.options("builder", "chain", {"also": [str(tmp_path / "pairs.jsonl")]})
    assert parts.load("builder", "chain").inputs(values) == [tmp_path / "pairs.jsonl"]


@pytest.mark.parametrize(
    ("english", "target", "reason"),
    [
        (None, FRENCH, "nothing says what it is in English"),
        (GERMAN, FRENCH, "it is the same in English"),
        ("Delete the file", FRENCH, "its placeholders, tags or numbers are others in English"),
        (f"{ENGLISH}\n[Deutsch]\n", FRENCH, "a line of it could be taken for a label"),
        (ENGLISH, f"{FRENCH}\n[English]", "a line of it could be taken for a label"),
    ],
)
def test_what_makes_no_chain(english: str | None, target: str, reason: str) -> None:
    meta = {"english": english} if english else {}
    made, passed = _made("chain", [Pair(GERMAN, target, "de", "fr", "p", "x:y:1", meta)])
    assert made == []
    assert [count for said, count in passed.items() if said.startswith(reason)] == [1]


def test_a_file_that_holds_no_pairs(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "other.jsonl", [{"text": "a"}])
    with pytest.raises(InputError, match="line 1: is not a pair; expected a line such as pairs"):
        _made("chain", [PLAIN], also=[str(tmp_path / "other.jsonl")])


def test_no_learned_text_is_like_one_that_is_held_out(tmp_path: Path) -> None:
    apart = HeldOut(both_sides=True)
    apart.add(Pair("Delete the file 3", "Elimina il file", "en-GB", "it", "q", "x:y:1"))
    assert _made("chain", [PAIR])[0]
    reason = "its text in English is like one that is held out"
    assert _made("chain", [PAIR], apart) == ([], {reason: 1})
    jsonl.write(
        tmp_path / "also.jsonl",
        [
            Pair(GERMAN, "Elimina il file %s", "de", "it", "r", "x:y:1").to_json(),
            Pair("Ganz anderes", "Elimina il file", "de", "it", "s", "x:y:1").to_json(),
        ],
    )
    options = {"also": [str(tmp_path / "also.jsonl")], "back": 0}
    assert [len(each.messages) for each in _made("switch", [PAIR], **options)[0]] == [4]
    reason = "its text in the other language is like one that is held out"
    assert _made("switch", [PAIR], apart, **options) == ([], {reason: 1})


def test_chains_of_several_directions_leak_nothing(tmp_path: Path) -> None:
    rows = [line.split("\t") for line in CATALOGUE.read_text("utf-8").splitlines()]
    # German in other letters, so that nobody takes it for German or English.
    other = str.maketrans(
        "abcdefghijklmnopqrstuvwxyzäöüßABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ",
        "абцдефгхийклмнопярстувшжызэёюъ" + "АБЦДЕФГХИЙКЛМНОПЯРСТУВШЖЫЗЭЁЮ",
    )
    pairs = [
        Pair(source, target, *codes, f"{codes}{n}", f"{name}:x.po:{n}", meta)
        for n, (name, en, de) in enumerate(rows)
        for source, target, codes, meta in (
            (en, f"Le {de.translate(other)}", ("en", "fr"), {}),
            (de, de.translate(other), ("de", "ru"), {"english": en}),
        )
    ]
    jsonl.write(tmp_path / "pairs.jsonl", (pair.to_json() for pair in pairs))
    settings = Build(mix={"chain": 1}, dialogues=200, validation=4, test=20, min_words=3)
    roles = Roles((DE_RU,), (EN_FR,))
    stage.run(settings, tmp_path / "pairs.jsonl", 1, tmp_path / "build", roles=roles)
    apart = HeldOut(both_sides=True)
    for row in jsonl.read(tmp_path / "build" / "samples-test.jsonl"):
        sample = Sample.from_json(row)
        apart.add(Pair(sample.source, sample.reference, *sample.direction, sample.id, "x:1"))
    built = {
        name: [Dialogue.from_json(row) for row in jsonl.read(tmp_path / "build" / f"{name}.jsonl")]
        for name in ("train", "validation")
    }
    english = [parts_of[0][1] for parts_of in _replies(built["train"])]
    assert len(english) > 5
    assert not [text for text in english if apart.resembles(text, "en")]
    # What is watched is held out itself.
    assert len(built["validation"]) == 4
    passed = manifest.require(tmp_path / "build", "build")["counts"]["passed_over"]["chain"]
    assert passed.keys() >= {"its text in English is like one that is held out"}


def test_instructions_of_two_kinds_in_files_of_one_name(tmp_path: Path) -> None:
    rows = [_rows(*[(f"{said} {n}", "Fig.") for n in range(6)]) for said in ("Name", "Nomme")]
    for folder, each in zip(("en", "fr"), rows, strict=True):
        (tmp_path / folder).mkdir()
        jsonl.write(tmp_path / folder / "alpaca.jsonl", each)
    english, french = (str(tmp_path / each / "alpaca.jsonl") for each in ("en", "fr"))
    both = {"english": english, "translated": french, "language": "fr"}
    mix = {"general": {"share": 1, "path": english}, "chain_general": {"share": 1, **both}}
    jsonl.write(tmp_path / "pairs.jsonl", [PAIR.to_json()])
    settings = Build(mix=mix, dialogues=8, validation=0, test=0, min_words=1)
    counts = stage.run(settings, tmp_path / "pairs.jsonl", 1, tmp_path / "build")
    assert counts["train"] == {"general": 4, "chain_general": 4}


def _rows(*texts: tuple[str, str]) -> list[dict[str, str]]:
    return [{"instruction": asked, "output": answer} for asked, answer in texts]


def _files(folder: Path, english: list[Any], other: list[Any], **options: Any) -> dict[str, Any]:
    jsonl.write(folder / "en.jsonl", english)
    jsonl.write(folder / "fr.jsonl", other)
    named = {"english": str(folder / "en.jsonl"), "translated": str(folder / "fr.jsonl")}
    return {**named, "language": "fr", **options}


def test_instructions_are_restated_answered_and_translated(tmp_path: Path) -> None:
    english = [
        *_rows(("Name a fruit.", "Fig.")),
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello, what can I do for you today?"},
                {"role": "user", "content": "Sing"},
                {"role": "assistant", "content": "La la la"},
            ]
        },
    ]
    other = [
        *_rows(("Nomme un fruit.", "La figue.")),
        {
            "conversations": [
                {"from": "human", "value": "Salut"},
                {"from": "gpt", "value": "Bonjour, que puis-je faire pour vous aujourd'hui ?"},
                {"from": "human", "value": "Chante"},
                {"from": "gpt", "value": "Lalala"},
            ]
        },
    ]
    made, passed = _made("chain_general", [], **_files(tmp_path, english, other))
    assert not passed
    short, long = sorted(made, key=lambda each: len(each.messages))
    assert (short.kind, short.source_lang, short.target_lang) == ("chain_general", "und", "fr")
    assert [m.text for m in short.messages] == [
        "Nomme un fruit.",
        "[Instruction in English]\nName a fruit.\n[English]\nFig.\n[français]\nLa figue.",
    ]
    assert [m.text for m in long.messages[::2]] == ["Salut", "Chante"]
    assert [[text for _, text in each] for each in _replies([long])] == [
        ["Hi", english[1]["messages"][1]["content"], other[1]["conversations"][1]["value"]],
        ["Sing", "La la la", "Lalala"],
    ]
    learned = [m for each in made for m in each.messages if m.learn]
    assert all(m.checks and not checks.failures(m.checks, m.text) for m in learned)
    # Of an answer of a few letters nobody asks which language it is in.
    assert [[c.kind for c in m.checks] for m in long.messages[1::2]] == [
        ["chain", "language"],
        ["chain"],
    ]


def test_instructions_that_make_no_chain(tmp_path: Path) -> None:
    english = _rows(("A", "B"), ("A", "B"), ("A", "x\n[日本語]"))
    other = _rows(("A", ""), ("A", "B"), ("A", "B"))
    made, passed = _made("chain_general", [], **_files(tmp_path, english, other))
    assert [each.id for each in made] == ["chain_general-fr-2"]
    assert dict(passed) == {
        "not as many turns in both languages, or a text is empty": 1,
        "a line of it could be taken for a label of a chain": 1,
    }


def test_files_of_instructions_that_do_not_fit(tmp_path: Path) -> None:
    two, one = _rows(("A", "B"), ("C", "D")), _rows(("A", "B"))
    with pytest.raises(InputError, match=r"fr\.jsonl: has 1 instructions, .*en\.jsonl has 2; exp"):
        _made("chain_general", [], **_files(tmp_path, two, one))
    with pytest.raises(UserError, match="the language of `translated` is English; expected anoth"):
        _made("chain_general", [], **_files(tmp_path, one, one, language="en-GB"))
    with pytest.raises(UserError, match="'germanish' is not a language code"):
        _made("chain_general", [], **_files(tmp_path, one, one, language="germanish"))
    with pytest.raises(InputError, match=r"en\.jsonl, line 1: is no dialogue"):
        _made("chain_general", [], **_files(tmp_path, [{"text": "A"}], one))


def test_both_kinds_in_one_build(tmp_path: Path) -> None:
    texts = [(f"Datei Nummer {n} jetzt löschen", f"Supprimer le fichier {n}") for n in range(40)]
    pairs = [
        Pair(a, b, "de", "fr", f"p{n}", "x:y:1", {"english": f"Delete the file number {n} now"})
        for n, (a, b) in enumerate(texts)
    ]
    jsonl.write(tmp_path / "pairs.jsonl", (pair.to_json() for pair in pairs))
    rows = _rows(*[(f"Nomme {n} fruits.", "La figue.") for n in range(6)])
    options = _files(tmp_path, _rows(*[(f"Name {n} fruits.", "Fig.") for n in range(6)]), rows)
    mix = {"chain": 1, "chain_general": {"share": 1, **options}}
    settings = Build(mix=mix, dialogues=12, validation=0, test=0)
    counts = stage.run(settings, tmp_path / "pairs.jsonl", 1, tmp_path / "build")
    assert counts["train"] == {"chain": 6, "chain_general": 6}
    assert counts["rejected"] == 0


def test_what_a_pair_is_in_english() -> None:
    told = [
        Pair("Change", "Ändern", "en", "de", "p", "a:b:1"),
        Pair("Edit", "Ändern", "en-GB", "de-AT", "p", "a:b:1"),
        Pair("Modifier", "Edit", "fr", "en", "p", "a:b:1"),
        Pair("Open", "open", "en", "en-GB", "p", "a:b:1"),
    ]
    english = _other_files.English(told)
    assert english.of(Pair("Ändern", "Modifier", "de", "fr", "q", "a:b:2")) == ["Edit"]
    assert english.of(Pair("Ändern", "Changer", "de", "fr", "q", "a:b:2")) == ["Change", "Edit"]
    assert english.of(Pair("Ändern", "Modifier", "nl", "it", "q", "a:b:2")) == []
    assert english.of(Pair("Open", "open", "en", "en", "q", "a:b:2")) == []
