"""Exported dialogues in other trainers: what they load, and that the right turns are learned."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bayling import cli, jsonl, manifest
from bayling.build import export
from bayling.errors import InputError, UserError
from bayling.model import template
from bayling.records import Dialogue, Message

ROOT = Path(__file__).parents[2]
SETTINGS = ("ignore:`gradient_checkpointing` is deprecated:FutureWarning",)


def dialogue(*turns: str) -> Dialogue:
    """A dialogue of these turns by role: `u`ser, `s`ystem, learned `A`nswer, `d`raft."""
    roles = {"u": "user", "s": "system", "A": "assistant", "d": "assistant"}
    made = [Message(roles[turn[0]], turn[2:], learn=turn[0] == "A") for turn in turns]
    return Dialogue(tuple(made), "general", "en", "de", "1")


PLAIN = dialogue("u:Translate: file", "A:Datei")
REVISED = dialogue("u:Translate: file", "d:file", "u:use 'Datei'", "A:Datei")
LONG = dialogue("s:Be brief", "u:one", "A:eins", "u:two", "d:drei", "u:two!", "A:zwei", "u:thanks")
UNLEARNED = dialogue("u:Translate: file", "d:file")
ALL = (PLAIN, REVISED, UNLEARNED, LONG)
# What is learned of ALL, with what stands in front of it.
LEARNED = [
    (["Translate: file"], "Datei"),
    (["Translate: file", "file", "use 'Datei'"], "Datei"),
    (["Be brief", "one"], "eins"),
    (["Be brief", "one", "eins", "two", "drei", "two!"], "zwei"),
]


def write(path: Path, *dialogues: Dialogue) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    jsonl.write(path, (each.to_json() for each in dialogues))
    return path


def exported(tmp_path: Path, form: str, *dialogues: Dialogue) -> list[dict[str, Any]]:
    """The rows as `datasets` loads them, which all three trainers use."""
    from datasets import load_dataset

    folder = tmp_path / form
    export.export(write(tmp_path / "mine.jsonl", *dialogues), form, folder)
    files = str(folder / "train.jsonl")
    loaded = load_dataset(
        "json", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.to_list() == list(jsonl.read(files))
    return list(loaded)


def told(folder: Path) -> Any:
    """The indented lines of a README as YAML."""
    text = (folder / "README.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("    ")]
    return YAML(typ="safe").load("\n".join(lines))


def texts(turns: list[dict[str, Any]]) -> list[str]:
    return [turn["content"] for turn in turns]


def test_trl_gets_prompts_and_completions(tmp_path: Path) -> None:
    rows = exported(tmp_path, "trl", *ALL)
    assert [(texts(row["prompt"]), *texts(row["completion"])) for row in rows] == LEARNED
    assert all(row["completion"][0]["role"] == "assistant" for row in rows)
    assert [turn["role"] for turn in rows[2]["prompt"]] == ["system", "user"]


def test_llama_factory_learns_the_last_turn_of_a_row(tmp_path: Path) -> None:
    rows = exported(tmp_path, "llama-factory", *ALL)
    assert [(texts(row["messages"][:-1]), texts(row["messages"])[-1]) for row in rows] == LEARNED
    assert told(tmp_path / "llama-factory") == {
        "stage": "sft",
        "dataset_dir": str(tmp_path / "llama-factory"),
        "dataset": "bayling",
        "mask_history": True,
    }
    entry = manifest.read_json(tmp_path / "llama-factory" / "dataset_info.json")["bayling"]
    assert (tmp_path / "llama-factory" / entry["file_name"]).is_file()
    for row in rows:
        turns, tags = row[entry["columns"]["messages"]], entry["tags"]
        roles = [turn[tags["role_tag"]] for turn in turns if turn[tags["content_tag"]]]
        # The converter of LLaMA-Factory: a system message or none, then pairs.
        pairs = roles[roles[0] == tags["system_tag"] :]
        assert pairs == [tags["user_tag"], tags["assistant_tag"]] * (len(pairs) // 2)


def test_axolotl_is_told_of_each_turn(tmp_path: Path) -> None:
    rows = exported(tmp_path, "axolotl", *ALL)
    (settings,) = told(tmp_path / "axolotl")["datasets"]
    assert settings["path"] == str(tmp_path / "axolotl" / "train.jsonl")
    assert settings["roles_to_train"] == []
    flag = settings["message_field_training"]
    found = [
        (texts(turns[:place]), turn["content"])
        for turns in (row[settings["field_messages"]] for row in rows)
        for place, turn in enumerate(turns)
        if turn[flag]
    ]
    assert found == LEARNED
    # Nothing stands behind the last learned turn.
    assert [len(row["messages"]) for row in rows] == [2, 4, 7]


@pytest.mark.filterwarnings(*SETTINGS)
def test_trl_learns_exactly_the_learned_turns(tmp_path: Path, tiny_model: Path) -> None:
    trl = pytest.importorskip("trl", reason="TRL is not installed: pip install -e '.[bench]'")
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl.data_utils import is_conversational

    rows = exported(tmp_path, "trl", *ALL)
    assert all(map(is_conversational, rows))
    tokenizer = template.prepare(AutoTokenizer.from_pretrained(tiny_model))
    trainer = trl.SFTTrainer(
        str(tiny_model),
        args=trl.SFTConfig(
            output_dir=str(tmp_path / "out"), completion_only_loss=True, use_cpu=True, bf16=False
        ),
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
    )
    found = [
        (
            tokenizer.decode(row["input_ids"]),
            tokenizer.decode([label for label in row["labels"] if label != -100]),
        )
        for row in trainer.train_dataset
    ]
    turns = [[Message(**_renamed(each)) for each in row["prompt"]] for row in rows]
    prompts = [tokenizer.decode(template.prompt(tokenizer, each)) for each in turns]
    # Our template ends an answer with the end token and a new line; TRL learns both.
    wanted = [f"{answer}{tokenizer.eos_token}\n" for _, answer in LEARNED]
    assert found == [(prompt + end, end) for prompt, end in zip(prompts, wanted, strict=True)]


def _renamed(turn: dict[str, str]) -> dict[str, str]:
    return {"role": turn["role"], "text": turn["content"]}


def test_a_run_is_its_dialogues(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = write(tmp_path / "run" / "build" / "train.jsonl", PLAIN).parent
    with pytest.raises(UserError, match="the stage 'build' was begun but not finished"):
        export.export(tmp_path / "run", "trl", tmp_path / "out")
    manifest.write(build, manifest.Plan("build", {}, {}), ["train.jsonl"], {}, 0)
    (tmp_path / "out").mkdir()
    export.export(tmp_path / "run", "trl", tmp_path / "out")
    assert len(list(jsonl.read(tmp_path / "out" / "train.jsonl"))) == 1
    assert "two passes" not in capsys.readouterr().err
    (tmp_path / "run" / "first" / "build").mkdir(parents=True)
    export.export(tmp_path / "run", "axolotl", tmp_path / "second")
    said = " ".join(capsys.readouterr().err.split())
    assert f"bayling export-data {tmp_path / 'run' / 'first'}" in said


def test_what_is_not_learned_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export.export(write(tmp_path / "mine.jsonl", *ALL), "trl", tmp_path / "out")
    said = capsys.readouterr().err
    assert "4 rows for TRL; left out, as nothing in them is learned: 1" in said


def test_somebody_elses_messages(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "name": "x"}]
    jsonl.write(tmp_path / "mine.jsonl", [{"messages": turns}])
    export.export(tmp_path / "mine.jsonl", "axolotl", tmp_path / "out")
    (row,) = jsonl.read(tmp_path / "out" / "train.jsonl")
    assert [(turn["content"], turn["training"]) for turn in row["messages"]] == [
        ("a", False),
        ("b", True),
    ]


def test_a_folder_with_a_name_that_needs_care(tmp_path: Path) -> None:
    folder = tmp_path / 'my: "{data}" ü'
    export.export(write(tmp_path / "mine.jsonl", PLAIN), "llama-factory", folder)
    assert told(folder)["dataset_dir"] == str(folder)


@pytest.mark.parametrize(
    ("form", "turns", "said"),
    [
        ("trl", ["A:first", "u:x", "A:y"], "dialogue 2 begins with a learned answer; TRL needs"),
        ("llama-factory", ["A:first"], "dialogue 2 does not go user, assistant, user, assistant"),
        ("llama-factory", ["u:x", "d:y", "A:z"], "dialogue 2 does not go user, assistant, user"),
        ("llama-factory", ["u:x", "s:y", "A:z"], "dialogue 2 does not go user, assistant, user"),
    ],
)
def test_a_dialogue_that_a_trainer_cannot_learn(
    tmp_path: Path, form: str, turns: list[str], said: str
) -> None:
    path = write(tmp_path / "mine.jsonl", PLAIN, dialogue(*turns))
    with pytest.raises(InputError, match=f"mine.jsonl: {said}"):
        export.export(path, form, tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["mine.jsonl"]
    export.export(path, "axolotl", tmp_path / "out")


# Bad input on the command line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("gone.jsonl --to trl --out x", "gone.jsonl: no such file"),
        (
            "pairs.jsonl --to trl --out x",
            "pairs.jsonl, line 1: is not a dialogue; expected messages: [{role, content}, …]",
        ),
        (
            "parts.jsonl --to trl --out x",
            "parts.jsonl: dialogue 1 holds a turn whose content is not a text",
        ),
        (
            "none.jsonl --to axolotl --out x",
            "none.jsonl: holds no turn that is learned; there is nothing to export",
        ),
        (
            "full --to trl --out x",
            "full is neither a file of dialogues nor a run: it has no build/train.jsonl.",
        ),
        (
            "mine.jsonl --to llamafactory --out x",
            "There is no trainer 'llamafactory' to export to. Did you mean 'llama-factory'?",
        ),
        (
            "mine.jsonl --to torchtune --out x",
            "There is no trainer 'torchtune' to export to. Known: axolotl, llama-factory, trl.",
        ),
        (
            "mine.jsonl --to trl --out full",
            "full exists already; choose another folder with --out.",
        ),
        (
            "mine.jsonl --to trl --out mine.jsonl",
            "mine.jsonl exists already; choose another folder with --out.",
        ),
    ],
)
def test_bad_input_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("mine.jsonl"), PLAIN)
    write(Path("none.jsonl"), UNLEARNED)
    write(Path("full/other.jsonl"), PLAIN)
    jsonl.write("pairs.jsonl", [{"source": "file", "target": "Datei"}])
    parts = [{"type": "text", "text": "file"}]
    jsonl.write("parts.jsonl", [{"messages": [{"role": "assistant", "content": parts}]}])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")}
    monkeypatch.setattr(sys, "argv", ["bayling", "export-data", *arguments.split()])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert capsys.readouterr() == ("", f"Error: {said}\n")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")} == before
    assert not list(tmp_path.glob("x*"))


# The page


def test_the_rows_of_the_page(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "data-format.md").read_text(encoding="utf-8")
    section = page.split("\n## Dialogues\n", 1)[1].split("\n## ", 1)[0]
    example, *rows = re.findall(r"^```json\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (tmp_path / "mine.jsonl").write_text(json.dumps(json.loads(example)), encoding="utf-8")
    assert len(rows) == len(export.FORMS)
    for form, row in zip(export.FORMS, rows, strict=True):
        export.export(tmp_path / "mine.jsonl", form, tmp_path / form)
        assert list(jsonl.read(tmp_path / form / "train.jsonl")) == [json.loads(row)]
