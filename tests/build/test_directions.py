"""Several directions in one build: each has its share, and none leaks into another's test set."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, languages, wording
from bayling.build import run as stage
from bayling.build.division import Roles, divide
from bayling.build.stored import StoredPairs
from bayling.config import Build
from bayling.errors import UserError
from bayling.languages import Direction
from bayling.overlap import Overlap
from bayling.records import Dialogue, Pair, Sample

EN_DE, DE_EN, EN_FR, FR_DE = map(Direction.parse, ("en>de", "de>en", "en>fr", "fr>de"))
MIX = {"translate": 0.5, "constrain": 0.5}
# Of the whole corpus, so that every held-out unit is there in the other directions too.
DRAWN = Build(mix=MIX, dialogues=20, validation=4, test=5, min_words=3)


def _catalogue() -> list[tuple[str, str, str, str]]:
    """(origin, English, German, a third language that is German with other letters)."""
    text = Path(__file__).with_name("catalogue.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    return [(origin, en, de, de.translate(_OTHER)) for origin, en, de in rows]


_OTHER = str.maketrans("aeiounrst", "oaeuimzxd")


def _pairs(*directions: Direction) -> list[Pair]:
    return [
        Pair(*(texts[each] for each in direction), *direction, f"{direction}{number}", origin)
        for direction in directions
        for number, (name, en, de, fr) in enumerate(_catalogue())
        for texts, origin in [({"en": en, "de": de, "fr": fr}, f"{name}:x.po:{number}")]
    ]


def _build(
    folder: Path, pairs: list[Pair], roles: Roles | None, settings: Build = DRAWN
) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    jsonl.write(folder / "pairs.jsonl", (pair.to_json() for pair in pairs))
    return stage.run(settings, folder / "pairs.jsonl", 1, folder / "build", roles=roles)


def _dialogues(folder: Path, name: str = "train") -> list[Dialogue]:
    return [Dialogue.from_json(row) for row in jsonl.read(folder / "build" / f"{name}.jsonl")]


def _samples(folder: Path, name: str = "test") -> list[Sample]:
    path = folder / "build" / f"samples-{name}.jsonl"
    return [Sample.from_json(row) for row in jsonl.read(path)]


def _directions(found: list[Any]) -> Counter[str]:
    return Counter(f"{each.source_lang}>{each.target_lang}" for each in found)


@pytest.mark.parametrize("held_out", [{}, {"test_from": ["shop"]}], ids=["drawn", "from origins"])
def test_what_is_held_out_in_one_direction_is_held_out_in_all(
    tmp_path: Path, held_out: dict[str, Any]
) -> None:
    pairs = _pairs(EN_DE, DE_EN, EN_FR, FR_DE)
    roles = Roles((EN_DE, DE_EN, EN_FR), (EN_DE, FR_DE))
    _build(tmp_path, pairs, roles, DRAWN.model_copy(update=held_out))
    by_id = {pair.id: pair for pair in pairs}
    apart: dict[str, Overlap] = {}
    for sample in _samples(tmp_path):
        for text, language in (
            (sample.source, sample.source_lang),
            (sample.reference, sample.target_lang),
        ):
            apart.setdefault(language, Overlap(())).add(text)
    trained = _dialogues(tmp_path)
    for pair in (by_id[id] for dialogue in trained for id in dialogue.pair_ids):
        assert not apart.get(pair.source_lang, Overlap(())).touches(pair.source)
        assert not apart.get(pair.target_lang, Overlap(())).touches(pair.target)
    # There was something to leak: units of the test set stand in trained directions too.
    units = {sample.id.lstrip("abcdefnr>") for sample in _samples(tmp_path)}
    assert any(pair.id.lstrip("abcdefnr>") in units for pair in pairs if pair.direction == DE_EN)


def test_directions_share_evenly_and_what_is_only_asked_is_not_learned(tmp_path: Path) -> None:
    roles = Roles((EN_DE, DE_EN, EN_FR), (EN_DE, FR_DE))
    counts = _build(tmp_path, _pairs(EN_DE, DE_EN, EN_FR, FR_DE), roles)
    assert _directions(_dialogues(tmp_path)) == {"en>de": 6, "de>en": 7, "en>fr": 7}
    assert set(_directions(_dialogues(tmp_path, "validation"))) <= {"en>de", "de>en", "en>fr"}
    # In each direction a mix of its own, in words of its own.
    kinds = Counter(
        (each.source_lang, each.target_lang, each.kind) for each in _dialogues(tmp_path)
    )
    assert set(kinds.values()) <= {3, 4}
    for name in ("test", "validation"):
        assert _directions(_samples(tmp_path, name)) == {"en>de": 5, "fr>de": 5}
    each = counts["directions"]
    assert each["fr>de"]["train"] == each["fr>de"]["learnable"] == 0
    assert counts["test_samples"] == each["en>de"]["test_samples"] + each["fr>de"]["test_samples"]
    assert counts["learnable"] == sum(own["learnable"] for own in each.values())
    assert sum(counts["train"].values()) == sum(own["train"] for own in each.values()) == 20


def test_terms_come_from_the_direction_itself(tmp_path: Path) -> None:
    _build(tmp_path, _pairs(EN_DE, DE_EN), Roles((EN_DE, DE_EN), (EN_DE, DE_EN)))
    terms = [(sample, term) for sample in _samples(tmp_path) for term in sample.terms]
    assert {sample.direction for sample, _ in terms} == {EN_DE, DE_EN}
    for sample, (source, target) in terms:
        assert source in sample.source
        assert target in sample.reference


def test_a_test_set_does_not_depend_on_the_directions_beside_it(tmp_path: Path) -> None:
    few, many = Roles((EN_DE,), (EN_DE, DE_EN)), Roles((EN_DE, EN_FR, FR_DE), (EN_DE, DE_EN))
    _build(tmp_path / "few", _pairs(EN_DE, DE_EN), few)
    _build(tmp_path / "many", _pairs(EN_DE, EN_FR, FR_DE, DE_EN), many)
    first, second = (
        [(each.id, each.source) for each in _samples(tmp_path / name)] for name in ("few", "many")
    )
    assert first == second


def test_one_direction_alone_is_judged_by_its_sources(tmp_path: Path) -> None:
    # Another source with a held-out target's text trains, as it did before there were directions.
    pairs = _pairs(EN_DE)
    twins = [
        replace(pair, id=f"twin{pair.id}", source=f"Completely other words number {place} here")
        for place, pair in enumerate(pairs)
    ]
    jsonl.write(tmp_path / "pairs.jsonl", (pair.to_json() for pair in [*pairs, *twins]))
    with StoredPairs(tmp_path / "pairs.jsonl") as stored:
        alone = divide(DRAWN, stored, set(), random.Random(1))[None]
        both = divide(DRAWN, stored, set(), random.Random(1), Roles((EN_DE,), (EN_DE,)))[EN_DE]
        for division, shares_targets in ((alone, True), (both, False)):
            held_out = {pair.target for pair in division.test}
            assert shares_targets == any(pair.target in held_out for pair in division.learnable)


def test_samples_are_in_the_recipes_own_codes(tmp_path: Path) -> None:
    pairs = [replace(each, target_lang="de-AT") for each in _pairs(EN_DE)]
    _build(tmp_path, [*pairs, *_pairs(DE_EN)], Roles((EN_DE,), (EN_DE, DE_EN)))
    assert _directions(_samples(tmp_path)) == {"en>de": 5, "de>en": 5}


def test_samples_of_one_direction_are_too(tmp_path: Path) -> None:
    # A memory of two regions is one direction of a recipe, with one figure.
    pairs = [
        replace(each, target_lang="de-AT") if place % 2 else each
        for place, each in enumerate(_pairs(EN_DE))
    ]
    _build(tmp_path / "one", pairs, Roles((EN_DE,), (EN_DE,)))
    assert _directions(_samples(tmp_path / "one")) == {"en>de": 5}
    # Without a recipe the pairs say it; the division is the same.
    _build(tmp_path / "none", pairs, None)
    assert _directions(_samples(tmp_path / "none")).keys() == {"en>de", "en>de-AT"}
    assert [each.id for each in _samples(tmp_path / "one")] == [
        each.id for each in _samples(tmp_path / "none")
    ]


def test_wrong_languages_are_those_of_all_directions(tmp_path: Path) -> None:
    roles = Roles((EN_DE, DE_EN, EN_FR), (EN_DE,))
    settings = DRAWN.model_copy(update={"mix": {"contrast": 1}})
    _build(tmp_path, _pairs(EN_DE, DE_EN, EN_FR), roles, settings)
    found: dict[str, set[str]] = {}
    for dialogue in _dialogues(tmp_path):
        direction = f"{dialogue.source_lang}>{dialogue.target_lang}"
        for wrong in dialogue.meta["wrong"]:
            if wrong["target_lang"] != dialogue.target_lang:
                found.setdefault(direction, set()).add(wrong["target_lang"])
    assert found == {"en>de": {"en", "fr"}, "de>en": {"de", "fr"}, "en>fr": {"en", "de"}}


def test_spare_pairs_are_shared_too(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "pairs.jsonl", (pair.to_json() for pair in _pairs(EN_DE, DE_EN)))
    roles = Roles((EN_DE, DE_EN), (EN_DE, DE_EN))
    settings = DRAWN.model_copy(update={"dialogues": 8})
    file, folder = tmp_path / "pairs.jsonl", tmp_path / "build"
    stage.run(settings, file, 1, folder, spare=6, roles=roles)
    spare = [Pair.from_json(row) for row in jsonl.read(folder / "spare.jsonl")]
    assert _directions(spare) == {"en>de": 3, "de>en": 3}


def test_other_roles_are_another_build(tmp_path: Path) -> None:
    pairs = _pairs(EN_DE, DE_EN)
    _build(tmp_path, pairs, Roles((EN_DE,), (EN_DE, DE_EN)))
    assert set(_directions(_dialogues(tmp_path))) == {"en>de"}
    _build(tmp_path, pairs, Roles((DE_EN,), (EN_DE, DE_EN)))
    assert set(_directions(_dialogues(tmp_path))) == {"de>en"}


@pytest.mark.parametrize(
    ("changes", "roles", "said"),
    [
        ({"dialogues": 1}, Roles((EN_DE, DE_EN), (EN_DE,)), "1 dialogues .* give none to en>de;"),
        (
            {},
            Roles((EN_DE, FR_DE), (EN_DE,)),
            "No pair is left to learn from in the direction fr>d",
        ),
        (
            {},
            Roles((EN_DE,), (FR_DE,)),
            "No pair of the corpus can be asked in fr>de: too few have 3",
        ),
        (
            {"test_from": ["shop"]},
            Roles((EN_DE,), (EN_DE, EN_FR)),
            "No pair of shop can be asked in en>fr: too few have 3 to 30 words",
        ),
        (
            {"mix": {"continue": 1}},
            Roles((EN_DE, DE_EN), (EN_DE,)),
            r"None of \d+ pairs from en>de made a dialogue of build.mix \(continue\)",
        ),
        (
            {"mix": {"chain": 1}},
            Roles((EN_DE, DE_EN), (EN_DE,)),
            r"from en>de made a dialogue of build.mix \(chain\): chain: it is in English on one "
            "side. Leave en>de out of the directions, or add a kind that suits it.",
        ),
    ],
)
def test_directions_that_pairs_do_not_suffice_for(
    tmp_path: Path, changes: dict[str, Any], roles: Roles, said: str
) -> None:
    settings = DRAWN.model_copy(update=changes)
    pairs = [each for each in _pairs(EN_DE, DE_EN) if len(each.source.split()) < 9]
    with pytest.raises(UserError, match=said):
        _build(tmp_path, pairs, roles, settings)


@pytest.mark.parametrize("template", range(1, 7))
def test_translations_in_one_template(tmp_path: Path, template: int) -> None:
    mix = {"translate": {"share": 1, "template": template}}
    settings = DRAWN.model_copy(update={"mix": mix})
    pairs = _pairs(EN_DE, DE_EN)
    _build(tmp_path, pairs, Roles((EN_DE, DE_EN), (EN_DE,)), settings)
    by_id = {pair.id: pair for pair in pairs}
    for dialogue in _dialogues(tmp_path):
        pair = by_id[dialogue.pair_ids[0]]
        expected = wording.TEMPLATES[template - 1].format(
            source=pair.source,
            source_language=languages.name(pair.source_lang),
            target_language=languages.name(pair.target_lang),
        )
        assert [message.text for message in dialogue.messages] == [expected, pair.target]
