"""Laws of what is built: what is learned is right, what is held out is held out, seeds decide."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bayling import checks, jsonl, manifest
from bayling.build import run as stage
from bayling.config import Build
from bayling.errors import InputError, UserError
from bayling.records import Dialogue, Pair, Sample

FILES = ("train", "validation", "samples-test", "samples-validation", "rejects")


def _catalogue() -> list[Pair]:
    """72 pairs of four programs, and near-duplicates of some of them in another program."""
    text = Path(__file__).with_name("catalogue.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    near = [
        ("files", f"{source.rstrip('.')} again", target)
        for origin, source, target in rows
        if origin != "files"
    ]
    return [
        Pair(source, target, "en", "de", f"{origin}{number}", f"{origin}:de.po:{number}")
        for number, (origin, source, target) in enumerate([*rows, *near[::4]])
    ]


PAIRS = {pair.id: pair for pair in _catalogue()}
MIX = {
    "translate": 0.3,
    "constrain": 0.2,
    "revise": {"share": 0.5, "most": 1, "avoid": 0, "untranslated": 1},
}
DRAWN = Build(mix=MIX, dialogues=16, validation=4, test=8, min_words=3)
FROM_ORIGINS = DRAWN.model_copy(update={"test_from": ["shop"]})


@dataclass(frozen=True)
class Built:
    settings: Build
    counts: dict[str, Any]
    train: list[Dialogue]
    validation: list[Dialogue]
    test_samples: list[Sample]
    validation_samples: list[Sample]
    rejects: list[dict[str, Any]]

    @property
    def dialogues(self) -> list[Dialogue]:
        return [*self.train, *self.validation]


def _pairs_file(folder: Path, pairs: list[Pair] | None = None) -> Path:
    path = folder / "pairs.jsonl"
    jsonl.write(path, (pair.to_json() for pair in pairs or PAIRS.values()))
    return path


def _build(settings: Build, folder: Path, seed: int = 1, pairs: list[Pair] | None = None) -> Built:
    counts = stage.run(settings, _pairs_file(folder, pairs), seed, folder / "build")
    rows = {name: list(jsonl.read(folder / "build" / f"{name}.jsonl")) for name in FILES}
    return Built(
        settings,
        counts,
        [Dialogue.from_json(row) for row in rows["train"]],
        [Dialogue.from_json(row) for row in rows["validation"]],
        [Sample.from_json(row) for row in rows["samples-test"]],
        [Sample.from_json(row) for row in rows["samples-validation"]],
        rows["rejects"],
    )


@pytest.fixture(
    scope="module",
    params=[(FROM_ORIGINS, 1), (DRAWN, 1), (DRAWN, 2)],
    ids=["from origins", "drawn", "drawn again"],
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    settings, seed = request.param
    return _build(settings, tmp_path_factory.mktemp("built"), seed)


def test_there_is_something_of_everything(built: Built) -> None:
    assert Counter(dialogue.kind for dialogue in built.train) == {
        "translate": 5,
        "constrain": 3,
        "revise": 8,
    }
    assert {dialogue.kind for dialogue in built.validation} <= set(built.settings.mix)
    assert len(built.test_samples) == len(built.validation_samples) == 8
    assert built.counts["near_duplicates_dropped"] > 0


def test_every_learned_turn_passes_its_own_checks(built: Built) -> None:
    for dialogue in built.dialogues:
        assert dialogue.messages[-1].learn
        for message in dialogue.messages:
            assert bool(message.checks) == message.learn
            assert checks.failures(message.checks, message.text) == []


def test_what_is_learned_is_the_human_translation(built: Built) -> None:
    for dialogue in built.dialogues:
        [pair_id] = dialogue.pair_ids
        assert [m.text for m in dialogue.messages if m.learn] == [PAIRS[pair_id].target]


def test_drafts_are_not_learned_and_lack_the_word_wished_for(built: Built) -> None:
    revisions = [each for each in built.dialogues if each.kind == "revise"]
    assert revisions
    for dialogue in revisions:
        _, draft, request, revision = dialogue.messages
        assert not draft.learn
        [span] = revision.spans
        word = revision.text[span.start : span.end]
        assert word in request.text
        assert not re.search(rf"\b{re.escape(word)}\b", draft.text, re.IGNORECASE)
        [wish] = [check for check in revision.checks if check.kind == "contain"]
        assert wish.options == {"phrase": word}


def test_spans_point_at_exactly_what_changed(built: Built) -> None:
    for dialogue in built.dialogues:
        if dialogue.kind != "revise":
            continue
        draft, reference = dialogue.messages[1].text, dialogue.messages[3].text
        [span] = dialogue.messages[3].spans
        assert span.role == "changed"
        contain = next(c for c in dialogue.messages[3].checks if c.kind == "contain")
        assert reference[span.start : span.end] == contain.options["phrase"]
        assert not checks.holds(contain, draft).ok


def test_no_pair_is_used_twice(built: Built) -> None:
    for dialogues in (built.train, built.validation):
        used = Counter(pair_id for dialogue in dialogues for pair_id in dialogue.pair_ids)
        assert set(used.values()) == {1}
    assert len({dialogue.id for dialogue in built.train}) == len(built.train)


def _shingles(text: str) -> set[str]:
    words = re.findall(r"[a-z]+", re.sub(r"%\(\w+\)s|%[sd]|\{\w+\}", " ", text).lower())
    plain = f" {' '.join(words)} "
    return {plain[i : i + 4] for i in range(len(plain) - 3)}


def test_no_set_holds_a_near_duplicate_of_another_set(built: Built) -> None:
    learned = {PAIRS[pair_id].source for each in built.train for pair_id in each.pair_ids}
    test = {sample.source for sample in built.test_samples}
    validation = {sample.source for sample in built.validation_samples}
    validation |= {PAIRS[pair_id].source for each in built.validation for pair_id in each.pair_ids}
    sets = [learned, test, validation]
    for ones, others in zip(sets, [*sets[1:], sets[0]], strict=True):
        _are_unlike(ones, others)


def _are_unlike(ones: set[str], others: set[str]) -> None:
    for one, other in product(ones, others):
        a, b = _shingles(one), _shingles(other)
        assert len(a & b) / len(a | b) < 0.6, (one, other)


def test_validation_origins_that_resemble_the_test_origins(tmp_path: Path) -> None:
    # "files" holds near-duplicates of every fourth pair of "network".
    settings = DRAWN.model_copy(
        update={"test": 18, "test_from": ["network"], "validation_from": ["files"], "dialogues": 9}
    )
    built = _build(settings, tmp_path)
    assert len(built.test_samples) == len(built.validation_samples) == 18
    _are_unlike(
        {sample.source for sample in built.test_samples},
        {sample.source for sample in built.validation_samples},
    )


def test_samples_do_not_resemble_each_other(built: Built) -> None:
    shingles = [_shingles(sample.source) for sample in built.test_samples]
    assert all(
        len(a & b) / len(a | b) < 0.6 for i, a in enumerate(shingles) for b in shingles[i + 1 :]
    )


def test_samples_are_whole(built: Built) -> None:
    for sample in (*built.test_samples, *built.validation_samples):
        pair = PAIRS[sample.id]
        assert (sample.source, sample.reference) == (pair.source, pair.target)
        assert checks.failures(sample.checks, sample.reference) == []
        for source, target in sample.terms:
            assert source in sample.source
            assert target in sample.reference
    assert any(sample.terms for sample in built.test_samples)


def test_test_samples_come_from_their_origins_alone(tmp_path: Path) -> None:
    settings = FROM_ORIGINS.model_copy(update={"validation_from": ["mail"]})
    built = _build(settings, tmp_path, pairs=list(PAIRS.values())[:72])
    assert {sample.origin.split(":")[0] for sample in built.test_samples} == {"shop"}
    assert {sample.origin.split(":")[0] for sample in built.validation_samples} == {"mail"}
    learned = {PAIRS[pair_id].origin.split(":")[0] for d in built.train for pair_id in d.pair_ids}
    assert learned == {"files", "network"}
    # Drafts are made of what may be looked at in training: no word of the test's alone.
    drafts = " ".join(d.messages[1].text for d in built.train if d.kind == "revise")
    assert not set(re.findall(r"\w+", drafts)) & {"Warenkorb", "Bestellung", "Rabatt", "Lieferung"}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {name: (folder / "build" / f"{name}.jsonl").read_bytes() for name in FILES}


def test_the_seed_decides(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "same", "other")]
    for folder, seed in zip(folders, (5, 5, 6), strict=True):
        folder.mkdir()
        _build(DRAWN, folder, seed)
    one, same, other = map(_bytes, folders)
    assert one == same
    assert one["train"] != other["train"]
    assert one["samples-test"] != other["samples-test"]


def test_shares_that_do_not_divide_still_make_the_number_asked_for(tmp_path: Path) -> None:
    mix = {"translate": 1.0, "constrain": 1.0, "revise": {"share": 1.0, "untranslated": 1}}
    built = _build(DRAWN.model_copy(update={"mix": mix, "dialogues": 10}), tmp_path)
    kinds = Counter(dialogue.kind for dialogue in built.train)
    assert kinds.total() == 10
    assert set(kinds.values()) == {3, 4}


def test_a_dialogue_that_fails_its_own_checks_is_kept_apart(tmp_path: Path) -> None:
    lost = [replace(pair, target=pair.target.replace("%", "")) for pair in PAIRS.values()]
    settings = DRAWN.model_copy(update={"mix": {"translate": 1.0}, "dialogues": 500})
    built = _build(settings, tmp_path, pairs=lost)
    assert built.rejects
    assert built.counts["rejected"] == len(built.rejects)
    assert all("stands 0 times instead of 1" in row["reasons"][0] for row in built.rejects)
    rejected = {pair_id for row in built.rejects for pair_id in row["pair_ids"]}
    assert not rejected & {pair_id for each in built.dialogues for pair_id in each.pair_ids}


def test_fewer_than_asked_for_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Build(mix=MIX, dialogues=500, test=150, validation=40, min_words=3)
    built = _build(settings, tmp_path)
    # A fifth of the pairs at most, so that a small memory still has something to learn from.
    assert 8 <= len(built.test_samples) <= len(PAIRS) / 5
    assert 8 <= len(built.validation_samples) <= len(PAIRS) / 5
    assert len(built.train) >= len(PAIRS) / 4
    said = capsys.readouterr().err
    assert (
        "The pairs allow fewer than asked for: "
        f"{len(built.validation)} validation dialogues of 40, "
        f"{len(built.test_samples)} test samples of 150, "
        f"{len(built.validation_samples)} validation samples of 150.\n"
    ) in said
    kinds = Counter(dialogue.kind for dialogue in built.train)
    assert (
        f"\n{kinds['constrain']} of 100 constrain; of most pairs, no word of it is surely" in said
    )


def test_origins_give_all_they_have(tmp_path: Path) -> None:
    built = _build(FROM_ORIGINS.model_copy(update={"test": 150}), tmp_path)
    assert len(built.test_samples) == 18


def test_enough_is_not_remarked_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _build(DRAWN, tmp_path)
    said = capsys.readouterr().err
    assert "16 dialogues to learn from (" in said
    assert not any(words in said for words in ("fewer", "of most pairs", "there is no more"))


def test_what_is_whole_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = _build(DRAWN, tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "build").iterdir()}
    again = _build(DRAWN, tmp_path)
    assert again.counts == first.counts
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "build").iterdir()}
    assert "build is whole and up to date" in capsys.readouterr().err
    _build(DRAWN, tmp_path, seed=2)
    assert stamps != {path: path.stat().st_mtime_ns for path in (tmp_path / "build").iterdir()}


def _refused(tmp_path: Path, settings: Build, pairs: list[Pair] | None = None) -> str:
    with pytest.raises(UserError) as caught:
        _build(settings, tmp_path, pairs=pairs)
    return str(caught.value)


def test_an_origin_that_no_pair_comes_from(tmp_path: Path) -> None:
    said = _refused(tmp_path, FROM_ORIGINS.model_copy(update={"test_from": ["shop", "attic"]}))
    assert said == (
        "No pair comes from attic, which the recipe holds out; "
        "the pairs come from files, mail, network, shop."
    )


def test_a_refusal_leaves_what_was_whole(tmp_path: Path) -> None:
    _build(DRAWN, tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "build").iterdir()}
    _refused(tmp_path, DRAWN.model_copy(update={"test_from": ["attic"]}))
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "build").iterdir()}
    assert manifest.require(tmp_path / "build", "build")


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    origins = ["files", "mail", "network", "shop"]
    said = _refused(tmp_path, FROM_ORIGINS.model_copy(update={"test_from": origins}))
    assert said == (
        f"No pair is left to learn from: of {len(PAIRS)}, {len(PAIRS)} have 3 to 30 words "
        "(build.min_words, build.max_words), and all of these are held out or resemble what is."
    )
    assert ", 0 have 50 to 60 words" in _refused(tmp_path, Build(min_words=50, max_words=60))
    assert not (tmp_path / "build").exists()


def test_pairs_that_no_dialogue_can_be_made_of(tmp_path: Path) -> None:
    copies = [replace(pair, target=pair.source) for pair in PAIRS.values()]
    said = _refused(tmp_path, DRAWN.model_copy(update={"mix": {"translate": 1.0}}), copies)
    assert re.fullmatch(
        r"None of \d+ pairs made a dialogue of build.mix \(translate\): \d+ failed their own "
        r"checks, the first: is English instead of German\.",
        said,
    )
    said = _refused(tmp_path, DRAWN.model_copy(update={"mix": {"revise": 1.0}}), copies)
    assert said.endswith(
        "of build.mix (revise): "
        "revise: no word of it is surely aligned and has another translation."
    )


CHINESE = [
    Pair(f"Delete the {word} from this list", f"现在从列表中删除{each}", "en", "zh", word, "a:1")
    for word, each in {
        "file": "文件", "folder": "文件夹", "customer": "客户", "password": "密码",
        "invoice": "发票", "warehouse": "仓库", "network": "网络", "administrator": "管理员",
    }.items()
]  # fmt: skip


def test_words_of_thai_cannot_be_asked_for(tmp_path: Path) -> None:
    thai = [replace(pair, target_lang="th", target=f"ลบ {pair.id}") for pair in CHINESE]
    said = _refused(tmp_path, Build(test=1), thai)
    assert "Words of Thai cannot be aligned" in said
    assert "use the builder 'translate' alone" in said


@pytest.mark.parametrize("direction", ["en-zh", "zh-en"])
def test_but_chinese_can_be_translated(tmp_path: Path, direction: str) -> None:
    pairs = CHINESE
    if direction == "zh-en":
        pairs = [Pair(p.target, p.source, "zh", "en", p.id, p.origin) for p in CHINESE]
    settings = Build(mix={"translate": 1.0}, dialogues=4, validation=1, test=1)
    built = _build(settings, tmp_path, pairs=pairs)
    assert {dialogue.kind for dialogue in built.train} == {"translate"}
    assert [sample.terms for sample in built.test_samples] == [()]


def test_pairs_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        stage.run(DRAWN, tmp_path / "pairs.jsonl", 1, tmp_path / "build")
    assert str(caught.value) == f"{tmp_path / 'pairs.jsonl'}: no such file"


def test_the_manifest_says_what_it_was_made_of(tmp_path: Path) -> None:
    built = _build(DRAWN, tmp_path, seed=7)
    found = json.loads((tmp_path / "build" / "manifest.json").read_text(encoding="utf-8"))
    assert found["stage"] == "build"
    assert found["settings"]["seed"] == 7
    assert found["counts"] == built.counts
    assert set(found["outputs"]) == {f"{name}.jsonl" for name in FILES}
