"""Wrong requests: what they name is wrong, is said in them, and is told in the record."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bayling import checks, languages, parts, wording
from bayling.build.builders import Resources
from bayling.build.memory import Memory
from bayling.errors import UserError
from bayling.records import Dialogue, Json, Pair

CATALOGUE = Path(__file__).parent / "catalogue.tsv"
PAIRS = [
    Pair(*line.split("\t")[1:3], "en", "de", f"p{number}", f"a:de.po:{number}")
    for number, line in enumerate(CATALOGUE.read_text(encoding="utf-8").splitlines())
]
BACK = [
    Pair(each.target, each.source, "de", "en", f"{each.id}-back", each.origin) for each in PAIRS
]


def _made(
    pairs: list[Pair], ask_in: tuple[str, ...] = ("source", "target"), **options: Any
) -> tuple[list[Dialogue], Counter[str]]:
    targets = tuple(sorted({pair.target_lang for pair in pairs}))
    resources = Resources(Memory(pairs), ask_in, targets=targets)
    values = parts.options("builder", "contrast", options)
    built = parts.load("builder", "contrast").build(pairs, resources, values, random.Random(1))
    return list(built), resources.passed_over


def _wrong(dialogues: list[Dialogue]) -> list[tuple[Dialogue, Json]]:
    return [(each, wrong) for each in dialogues for wrong in each.meta["wrong"]]


def _names(request: str, pair: Pair, language: str) -> bool:
    """Whether a request, apart from the text it is about, names the language in any language."""
    said = request.removesuffix(pair.source)
    return any(languages.name(language, each) in said for each in wording.languages_with_wording())


@pytest.mark.parametrize("ask_in", [("source", "target"), ("en",), ("target", "ja", "ar")])
def test_a_wrong_request_names_another_language_pair(ask_in: tuple[str, ...]) -> None:
    made, passed = _made(PAIRS, ask_in, languages=["fr", "it"])
    assert len(made) == len(PAIRS)
    assert not passed
    for dialogue, pair in zip(made, PAIRS, strict=True):
        right, answer = dialogue.messages
        assert answer.text == pair.target
        assert not checks.failures(answer.checks, answer.text) or pair.source == pair.target
        wrong = dialogue.meta["wrong"]
        assert len({each["request"] for each in wrong} - {right.text}) == len(wrong) == 8
        pairs_named = Counter((each["source_lang"], each["target_lang"]) for each in wrong)
        assert pairs_named == {("en", "fr"): 3, ("en", "it"): 3, ("fr", "de"): 1, ("it", "de"): 1}
        for each in wrong:
            assert each["request"].endswith(pair.source)
            said = each["target_lang"] if each["target_lang"] != "de" else each["source_lang"]
            assert _names(each["request"], pair, said)
            if each["target_lang"] != "de":
                assert not _names(each["request"], pair, "de")


def test_phrasings_vary() -> None:
    made, _ = _made(PAIRS[:20], languages=["fr", "it"])
    asked = Counter(wrong["request"].split("\n")[0] for _, wrong in _wrong(made))
    assert len(asked) > 60
    assert max(asked.values()) <= 8


def test_the_languages_are_those_that_the_pairs_are_in() -> None:
    made, _ = _made([*PAIRS[:5], *BACK[:5]], wrong=4)
    directions = {
        (each.source_lang, wrong["source_lang"], wrong["target_lang"])
        for each, wrong in _wrong(made)
    }
    # Into the text's own language: the direction turned round. No third language, no other source.
    assert directions == {("en", "de", "en"), ("de", "en", "de")}
    assert all(len(each.meta["wrong"]) == 4 for each in made)


@pytest.mark.parametrize(("share", "same"), [(0, 0), (0.25, 1), (0.5, 2), (0.99, 3)])
def test_the_share_of_wrong_sources(share: float, same: int) -> None:
    made, _ = _made(PAIRS[:5], languages=["fr"], wrong=4, same_target=share)
    for each in made:
        assert len(each.meta["wrong"]) == 4
        assert sum(wrong["target_lang"] == "de" for wrong in each.meta["wrong"]) == same


def test_where_phrasings_that_name_a_source_run_out_others_are_asked() -> None:
    [made], _ = _made(PAIRS[:1], ("en",), languages=["fr"], wrong=30, same_target=0.9)
    same = [wrong for wrong in made.meta["wrong"] if wrong["target_lang"] == "de"]
    assert len(made.meta["wrong"]) == 30
    assert 5 <= len(same) < 15


def test_where_no_phrasing_names_a_source_none_is_asked_for_wrongly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = wording.phrasings

    def phrasings(kind: str, language: str, held_out: bool = False) -> tuple[str, ...]:
        found = usual(kind, language, held_out)
        return tuple(each for each in found if "{source_language}" not in each)

    monkeypatch.setattr(wording, "phrasings", phrasings)
    [made], _ = _made(PAIRS[:1], ("en",), languages=["fr"], wrong=4, same_target=0.5)
    assert {wrong["target_lang"] for wrong in made.meta["wrong"]} == {"fr"}
    assert len(made.meta["wrong"]) == 4


def test_one_direction_and_no_language_named() -> None:
    with pytest.raises(UserError, match="all pairs are translated into de; name some, e.g. contra"):
        _made(PAIRS)


def test_a_pair_in_the_only_language_is_passed_over() -> None:
    made, passed = _made([PAIRS[0], BACK[0]], languages=["de-AT"])
    assert [each.source_lang for each in made] == ["de"]
    assert passed == {"no other language is there to be asked for wrongly": 1}


def test_options_that_are_wrong() -> None:
    with pytest.raises(UserError, match="'germanish' is not a language code"):
        _made(PAIRS, languages=["germanish"])
    with pytest.raises(UserError, match="'contrast', option 'wrong'"):
        _made(PAIRS, languages=["fr"], wrong=0)
    with pytest.raises(UserError, match="'contrast', option 'same_target'"):
        _made(PAIRS, languages=["fr"], same_target=1)


def test_the_record_keeps_them() -> None:
    [made], _ = _made(PAIRS[:1], languages=["fr"], wrong=2)
    assert Dialogue.from_json(made.to_json()) == made
