"""The builder `glossary` with a glossary of the user's own."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayling import checks, parts
from bayling.build.builders import Resources
from bayling.build.memory import Memory
from bayling.errors import InputError
from bayling.records import Dialogue, Pair

TBX = """<tbx xmlns="urn:iso:std:iso:30042:ed-2"><text><body>{}</body></text></tbx>"""
ENTRY = """<conceptEntry><langSec xml:lang="{0}"><termSec><term>{1}</term></termSec></langSec>
<langSec xml:lang="{2}">{3}</langSec></conceptEntry>"""
TERM = """<termSec><term>{}</term>
<termNote type="administrativeStatus">{}Term-admn-sts</termNote></termSec>"""


def build(
    file: Path, *texts: tuple[str, str], langs: tuple[str, str] = ("en", "de"), **options: Any
) -> tuple[list[Dialogue], dict[str, int]]:
    """The dialogues of many seeds, and what was passed over in the last."""
    pairs = [Pair(*each, *langs, id=f"p{n}", origin="doc:1") for n, each in enumerate(texts)]
    found: list[Dialogue] = []
    part = parts.load("builder", "glossary")
    made = parts.options("builder", "glossary", {"file": file, **options})
    for seed in range(20):
        resources = Resources(Memory(pairs), ("en", "de"))
        found += part.build(pairs, resources, made, random.Random(seed))
    return found, dict(resources.passed_over)


def entries(dialogue: Dialogue) -> dict[str, str]:
    """What is checked: the terms that apply."""
    return {
        cast(str, check.options["term"]): cast(str, check.options["translation"])
        for check in dialogue.messages[-1].checks
        if check.kind == "term"
    }


def csv(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "terms.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_entries_are_terms_that_stand_on_both_sides(tmp_path: Path) -> None:
    path = csv(tmp_path, "user group;Nutzergruppe", "group;Gruppe", "File;Datei", "page;Seite")
    texts = ("Delete the file of the user group", "Die Datei der Nutzergruppe löschen")
    found, passed = build(path, texts, ("Open the page", "Den Ordner öffnen"))
    assert passed == {"no term of the glossary stands on both sides": 1}
    seen = {item for each in found for item in entries(each).items()}
    # Not "group", which is part of a longer term that applies, and whose translation is not there.
    assert seen == {("user group", "Nutzergruppe"), ("File", "Datei")}
    for each in found:
        request, answer = each.messages
        assert answer.text == texts[1]
        assert not checks.failures(answer.checks, answer.text)
        marked = {answer.text[span.start : span.end] for span in answer.spans}
        assert marked == set(entries(each).values())
        # What does not apply comes from the glossary too, and nothing that would contradict.
        assert "Gruppe" not in request.text.replace("Nutzergruppe", "")
    assert any("Seite" in each.messages[0].text for each in found)
    assert all("Seite" not in each.messages[0].text for each in build(path, texts, others=0)[0])


def test_a_translation_with_a_forbidden_term_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "terms.tbx"
    said = TERM.format("Rechner", "admitted") + TERM.format("Computer", "preferred")
    said += TERM.format("Kiste", "deprecated")
    path.write_text(TBX.format(ENTRY.format("en", "computer", "de", said)), encoding="utf-8")
    found, passed = build(path, ("My computer", "Meine Kiste"), ("My computer", "Mein Computer"))
    assert passed == {"it has 'Kiste', which the glossary forbids": 1}
    assert {item for each in found for item in entries(each).items()} == {("computer", "Computer")}
    assert all("Kiste" not in each.messages[0].text for each in found)
    # Where two are there the preferred one is listed.
    found, _ = build(path, ("A computer", "Ein Rechner, ein Computer"))
    assert {item for each in found for item in entries(each).items()} == {("computer", "Computer")}


def test_a_language_without_spaces(tmp_path: Path) -> None:
    path = csv(tmp_path, "文件,file", "用户组,user group")
    found, _ = build(path, ("删除用户组的文件", "Delete the user group's file"), langs=("zh", "en"))
    seen = {item for each in found for item in entries(each).items()}
    assert seen == {("文件", "file"), ("用户组", "user group")}


def test_a_glossary_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"terms\.csv: no such file"):
        build(tmp_path / "terms.csv", ("One", "Eins"))
    with pytest.raises(InputError, match="has no term in both en and de; its languages are en, fr"):
        build(csv(tmp_path, "en,fr", "file,fichier"), ("One", "Eins"))
    part = parts.load("builder", "glossary")
    assert part.inputs(part.Options(file=tmp_path / "terms.csv")) == [tmp_path / "terms.csv"]
    assert part.inputs(part.Options()) == []


word = st.text(alphabet="aäßAs1-. %", min_size=1, max_size=6)
phrase = st.lists(word, min_size=1, max_size=4).map(" ".join).filter(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.tuples(phrase, phrase), min_size=1, max_size=4), phrase, phrase)
def test_every_learned_turn_passes_its_checks(
    tmp_path: Path, terms: list[tuple[str, str]], one: str, two: str
) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("\n".join("\t".join(each) for each in terms), encoding="utf-8")
    source = f"Here {one} {terms[0][0]} there"
    try:
        found, _ = build(path, (source, f"Hier {two} {terms[0][1]} dort"))
    except InputError:
        return
    for each in found:
        answer = each.messages[-1]
        asked = [check for check in answer.checks if check.kind == "term"]
        assert asked
        assert not checks.failures(asked, answer.text)
