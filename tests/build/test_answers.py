"""The first answers of the model that is being tuned, and the two passes they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bayling import config, jsonl, manifest
from bayling.build import answers, run
from bayling.config import Build
from bayling.errors import UserError
from bayling.records import Message, Pair

CATALOGUE = Path(__file__).parent / "catalogue.tsv"


class Fake:
    """Answers with the request's last line, reversed."""

    name = "fake"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        self.asked += [messages[-1].text for messages in conversations]
        return [messages[-1].text.splitlines()[-1][::-1] for messages in conversations]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = []
    for number, line in enumerate(CATALOGUE.read_text(encoding="utf-8").splitlines()):
        program, source, target = line.split("\t")[:3]
        pair = Pair(source, target, "en", "de", f"p{number}", f"{program}:de.po:{number}")
        rows.append(pair.to_json())
    jsonl.write(tmp_path / "pairs.jsonl", rows)
    return tmp_path / "pairs.jsonl"


def test_of_a_chain_the_final_part_is_the_answer(pairs: Path, tmp_path: Path) -> None:
    class Chains(Fake):
        def answer(self, conversations: Sequence[Sequence[Message]], *_: object) -> list[str]:
            return ["[English]\nOpen\n[Deutsch]\nÖffnen"] * len(conversations)

    path = answers.run(Build(), pairs, {"model": "fake"}, Chains, 1, tmp_path / "answers")
    assert {answer for _, _, answer in answers.read(path).values()} == {"Öffnen"}


def test_every_pair_is_answered_once_and_not_again(pairs: Path, tmp_path: Path) -> None:
    settings, system, backend = Build(), {"model": "fake"}, Fake()
    path = answers.run(settings, pairs, system, lambda: backend, 1, tmp_path / "answers")
    read = answers.read(path)
    for row in jsonl.read(pairs):
        language, request, answer = read[row["id"]]
        assert language in {"en", "de"}
        assert request.endswith(row["source"])
        assert answer == row["source"].splitlines()[-1][::-1]
    assert len(backend.asked) == len(read)
    again = answers.run(settings, pairs, system, pytest.fail, 1, tmp_path / "answers")
    assert again == path
    other = {"model": "another"}
    answers.run(settings, pairs, other, lambda: backend, 1, tmp_path / "answers")
    assert len(backend.asked) == 2 * len(read), "another model answers anew"


def test_two_passes_share_no_pair_and_hold_out_the_same(pairs: Path, tmp_path: Path) -> None:
    mix = {"translate": 1, "revise_own": 1}
    settings = Build(mix=mix, dialogues=24, test=4, validation=4, min_words=2)
    first, second = settings.passes()
    assert first is not None
    run.run(first, pairs, 1, tmp_path / "first", spare=20)
    spare = tmp_path / "first" / "spare.jsonl"
    answered = answers.run(settings, spare, {}, Fake, 1, tmp_path / "answers")
    learned = [tmp_path / "first" / f"{name}.jsonl" for name in ("train", "validation")]
    run.run(second, pairs, 1, tmp_path / "second", answered, learned)
    watched = {row["id"] for row in jsonl.read(learned[1])}
    assert watched
    assert not watched & {row["id"] for row in jsonl.read(tmp_path / "second" / "train.jsonl")}
    used = [
        {name for row in jsonl.read(tmp_path / each / "train.jsonl") for name in row["pair_ids"]}
        for each in ("first", "second")
    ]
    assert not used[0] & used[1]
    kinds = {row["kind"] for row in jsonl.read(tmp_path / "second" / "train.jsonl")}
    assert kinds == {"revise_own", "translate"}
    for name in ("samples-test.jsonl", "samples-validation.jsonl"):
        one, two = ((tmp_path / each / name).read_bytes() for each in ("first", "second"))
        assert one == two
    held = {row["id"] for row in jsonl.read(tmp_path / "first" / "samples-test.jsonl")}
    assert not held & (used[0] | used[1])
    # Other answers make other dialogues: the stage is not skipped.
    before = manifest.require(tmp_path / "second", "build")["inputs"]
    rows = list(jsonl.read(answered))
    jsonl.write(answered, [{**row, "answer": row["answer"] + "!"} for row in rows])
    run.run(second, pairs, 1, tmp_path / "second", answered, learned)
    assert manifest.require(tmp_path / "second", "build")["inputs"] != before


def test_a_mix_without_answers_is_one_pass() -> None:
    assert Build(mix={"translate": 1, "revise": 1}).passes()[0] is None


def test_the_passes_have_the_shares_of_the_mix() -> None:
    mix = {"translate": 0.3, "constrain": {"share": 0.2, "most": 1}, "revise_own": 0.5}
    first, second = Build(mix=mix, dialogues=100).passes()
    assert first is not None
    assert (first.dialogues, second.dialogues) == (25, 75)
    assert first.mix == {"translate": 0.3, "constrain": {"share": 0.2, "most": 1}}
    assert second.builders() == {
        "translate": (0.15, {}),
        "constrain": (0.1, {"most": 1}),
        "revise_own": (0.5, {}),
    }


@pytest.mark.parametrize(
    ("mix", "dialogues"),
    [
        ({"revise_own": 1}, 10),
        ({"translate": 1, "revise_own": 99}, 10),
        ({"translate": 99, "revise_own": 1}, 10),
    ],
)
def test_own_revisions_alone_have_nothing_to_begin_with(
    mix: dict[str, float], dialogues: int
) -> None:
    with pytest.raises(UserError, match="needs answers of a model that was tuned on other kinds"):
        config.Build(mix=mix, dialogues=dialogues).passes()


def test_a_build_alone_has_no_answers(pairs: Path, tmp_path: Path) -> None:
    settings = Build(mix={"translate": 1, "revise_own": 1}, dialogues=8, test=2)
    with pytest.raises(UserError, match="revise_own drafts from first answers .* `bayling run`"):
        run.run(settings, pairs, 1, tmp_path / "build")
