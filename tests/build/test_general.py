"""General instructions: the forms they are published in, and what is none."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, cast

import pytest

from bayling import config, jsonl, manifest, parts
from bayling.build import run as stage
from bayling.build.builders import Resources
from bayling.config import Build
from bayling.errors import InputError
from bayling.records import Dialogue, Pair

CATALOGUE = Path(__file__).parent / "catalogue.tsv"
ROWS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]},
    {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]},
    {"instruction": "Hi", "input": "", "output": "Hello"},
]


def made(path: Path, seed: int = 1) -> list[Dialogue]:
    part, options = parts.load("builder", "general"), {"path": path}
    resources = cast(Resources, None)
    values = parts.options("builder", "general", options)
    return list(part.build([], resources, values, random.Random(seed)))


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    jsonl.write(folder / "general.jsonl", rows)
    return folder / "general.jsonl"


def test_three_forms_are_one_dialogue(tmp_path: Path) -> None:
    found = made(written(tmp_path, ROWS))
    assert [[(m.role, m.text, m.learn) for m in each.messages] for each in found] == [
        [("user", "Hi", False), ("assistant", "Hello", True)]
    ] * 3
    assert len({each.id for each in found}) == 3
    assert {each.kind for each in found} == {"general"}


def test_a_json_list_as_alpaca_comes(tmp_path: Path) -> None:
    path = tmp_path / "alpaca.json"
    row = {"instruction": "Count the words.", "input": "a b c", "output": "3"}
    path.write_text(json.dumps([row, row], indent=1), encoding="utf-8")
    [first, _] = made(path)
    assert [m.text for m in first.messages] == ["Count the words.\n\na b c", "3"]


def test_all_turns_are_kept_and_a_system_prompt_stands_before_the_first(tmp_path: Path) -> None:
    turns = [
        ("system", "Be brief."),
        ("human", "A?"),
        ("gpt", "B."),
        ("human", "C?"),
        ("gpt", "D."),
    ]
    row = {"conversations": [{"from": role, "value": text} for role, text in turns]}
    [found] = made(written(tmp_path, [row]))
    assert [m.text for m in found.messages] == ["Be brief.\n\nA?", "B.", "C?", "D."]
    assert [m.learn for m in found.messages] == [False, True, False, True]


def test_an_answer_before_the_first_question_and_thanks_at_the_end_are_cut(tmp_path: Path) -> None:
    turns = [("gpt", "Welcome!"), ("human", "A?"), ("gpt", "B."), ("human", "Thanks!")]
    row = {"conversations": [{"from": role, "value": text} for role, text in turns]}
    [found] = made(written(tmp_path, [row]))
    assert [m.text for m in found.messages] == ["A?", "B."]


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "A?")],
        [],
        [("assistant", "B.")],
        [("user", "A?"), ("assistant", " ")],
        [("user", "A?"), ("user", "B?"), ("assistant", "C.")],
        [("user", "A?"), ("tool", "1"), ("assistant", "C.")],
    ],
    ids=str,
)
def test_what_is_of_no_use_is_counted(
    tmp_path: Path, turns: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"messages": [{"role": role, "content": text} for role, text in turns]}
    assert len(made(written(tmp_path, [row, ROWS[0]]))) == 1
    assert (
        "general.jsonl: 1 of 2 conversations left out, in which nobody" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "row",
    [
        {"text": "Hi"},
        {"messages": [{"role": "user", "content": ["1"]}]},
        {"messages": "Hi"},
        {"instruction": "A?", "output": None},
    ],
    ids=str,
)
def test_what_is_no_dialogue_is_named_with_its_line(tmp_path: Path, row: dict[str, Any]) -> None:
    path = written(tmp_path, [ROWS[0], row])
    with pytest.raises(
        InputError, match=r"general\.jsonl, line 2: is no dialogue; expected messages: "
    ):
        made(path)


def test_a_broken_list_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "alpaca.json"
    path.write_text('[\n{"instruction": "A?",\n', encoding="utf-8")
    # Versions of Python differ in whether the end of the text is still the line before it.
    with pytest.raises(InputError, match=r"alpaca\.json, line [23]: not valid JSON"):
        made(path)
    path.write_bytes('[{"instruction": "Grün?"}]'.encode("latin-1"))
    with pytest.raises(InputError, match=r"byte \d+ is not UTF-8"):
        made(path)
    path.write_text(f"[{'1' * 5000}]", encoding="utf-8")
    with pytest.raises(InputError, match=r"alpaca\.json: not valid JSON"):
        made(path)
    with pytest.raises(InputError, match="no such file"):
        made(tmp_path / "none.jsonl")


def test_beside_translations_each_once_and_a_changed_file_is_noticed(tmp_path: Path) -> None:
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[1:3] for line in lines]
    pairs = [Pair(s, t, "en", "de", f"p{i}", f"a:de.po:{i}") for i, (s, t) in enumerate(texts)]
    jsonl.write(tmp_path / "pairs.jsonl", (pair.to_json() for pair in pairs))
    path = written(tmp_path, [ROWS[0]] * 12)
    mix = {"translate": 1, "general": {"share": 1, "path": str(path)}}
    settings = Build(mix=mix, dialogues=16, validation=8, test=4, min_words=2)
    stage.run(settings, tmp_path / "pairs.jsonl", 1, tmp_path / "build")
    train, watched = (
        list(jsonl.read(tmp_path / "build" / f"{name}.jsonl")) for name in ("train", "validation")
    )
    general = [[row["id"] for row in rows if row["kind"] == "general"] for rows in (train, watched)]
    assert (len(general[0]), len(general[1])) == (8, 4)
    assert len({*general[0], *general[1]}) == 12
    # What such a file is tuned for follows from its translations, wherever they stand.
    train.sort(key=lambda row: row["kind"])
    jsonl.write(tmp_path / "sorted.jsonl", train)
    tuning = config.for_dialogues(tmp_path / "sorted.jsonl", "builtin:smollm2-135m")
    assert (tuning.source_lang, tuning.target_lang) == ("en", "de")
    before = manifest.require(tmp_path / "build", "build")["inputs"]
    written(tmp_path, [ROWS[1]] * 12)
    stage.run(settings, tmp_path / "pairs.jsonl", 1, tmp_path / "build")
    assert manifest.require(tmp_path / "build", "build")["inputs"] != before
