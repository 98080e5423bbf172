"""Dialogues in the form that another trainer loads, with the lines that it has to be told.

Every form learns the same turns as bayling does and no others. Weights by span and checks have no
counterpart in any of them and stay behind.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bayling import jsonl, manifest, terminal
from bayling.errors import InputError, UserError, nearest
from bayling.records import Dialogue, Json, Message, read_dialogues

DATA = "train.jsonl"
README = "README.txt"

_TRL = """\
A row is a prompt and the completion that is learned. In Python:

    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    rows = load_dataset("json", data_files={file}, split="train")
    settings = SFTConfig(completion_only_loss=True)
    SFTTrainer("path/to/a/model", args=settings, train_dataset=rows).train()

A model without a chat template needs one: SFTConfig(chat_template_path=...).
"""
_LLAMA_FACTORY = """\
The last turn of a row is learned; mask_history says so. In the training file, beside the model, its
template and the rest:

    stage: sft
    dataset_dir: {folder}
    dataset: bayling
    mask_history: true

Or copy train.jsonl and the entry in dataset_info.json to where your other data is.
"""
_AXOLOTL = """\
"training" says of each turn whether it is learned. In the training file:

    datasets:
      - path: {file}
        ds_type: json
        type: chat_template
        field_messages: messages
        message_field_training: training
        roles_to_train: []
        train_on_eos: turn

Where the model's template ends a turn with another token than its tokenizer's end token, name it at
the top level, or the model does not learn to stop: eot_tokens: ["<end_of_turn>"].
"""
_DATASET_INFO = {
    "bayling": {
        "file_name": DATA,
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }
}


@dataclass(frozen=True)
class _Form:
    """A trainer: the rows that it takes for a dialogue, why not if it does not, what to tell it.

    `info` is what it reads in `dataset_info.json`, if it does.
    """

    title: str
    rows: Callable[[Dialogue], Iterator[Json]]
    problem: Callable[[Dialogue], str | None]
    settings: str
    info: Json | None = None


def export(source: Path, form: str, folder: Path) -> None:
    """Write the dialogues of a file or of a run's build for the trainer `form` of `FORMS`.

    The folder appears only once it is whole. Raises `UserError` for an unknown trainer, for what
    are no dialogues that the trainer can learn, and for a folder that holds something.
    """
    if form not in FORMS:
        raise UserError(f"There is no trainer '{form}' to export to.{nearest(form, FORMS)}")
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UserError(f"{folder} exists already; choose another folder with --out.")
    path = _dialogues(source)
    place = folder.absolute()
    work = place.with_name(f"{place.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        count, skipped = _write(path, FORMS[form], work)
        if not count:
            raise InputError(path, "holds no turn that is learned; there is nothing to export")
        _describe(FORMS[form], place, work)
        os.replace(work, place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    left_out = f"; left out, as nothing in them is learned: {skipped}" if skipped else ""
    terminal.say(f"{folder}: {count} rows for {FORMS[form].title}{left_out}")
    terminal.say(f"What to tell it: {folder / README}")


def _dialogues(source: Path) -> Path:
    """The file of dialogues that a file or a run's folder stands for."""
    if not source.is_dir():
        return source
    build = source / "build"
    if not build.is_dir():
        raise UserError(
            f"{source} is neither a file of dialogues nor a run: it has no build/{DATA}."
        )
    manifest.require(build, "build")
    if (source / "first" / "build").is_dir():
        terminal.say(
            f"{source} learns in two passes and this is the second's file; the first's comes with "
            f"bayling export-data {source / 'first'}"
        )
    return build / DATA


def _write(path: Path, form: _Form, folder: Path) -> tuple[int, int]:
    """How many rows were written, and how many dialogues have nothing to learn."""
    skipped = 0

    def rows() -> Iterator[Json]:
        nonlocal skipped
        for number, dialogue in enumerate(read_dialogues(path), start=1):
            if not _learned(dialogue):
                skipped += 1
                continue
            problem = _not_text(dialogue) or form.problem(dialogue)
            if problem:
                raise InputError(path, f"dialogue {number} {problem}")
            yield from form.rows(dialogue)

    count = jsonl.write(folder / DATA, rows())
    return count, skipped


def _describe(form: _Form, folder: Path, work: Path) -> None:
    # A JSON string is one in Python and YAML as well, whatever the folder is called.
    file, place = (json.dumps(str(each), ensure_ascii=False) for each in (folder / DATA, folder))
    text = f"Dialogues of bayling for {form.title}.\n\n"
    text += form.settings.format(file=file, folder=place)
    (work / README).write_text(text, encoding="utf-8")
    if form.info:
        manifest.write_json(work / "dataset_info.json", form.info)


def _learned(dialogue: Dialogue) -> list[int]:
    """The places of the answers that are learned; a request never is."""
    turns = enumerate(dialogue.messages)
    return [place for place, turn in turns if turn.learn and turn.role == "assistant"]


def _turn(message: Message) -> Json:
    return {"role": message.role, "content": message.text}


def _prompt_and_completion(dialogue: Dialogue) -> Iterator[Json]:
    # A row for each learned turn: a completion of several would learn the requests in between.
    turns = [_turn(message) for message in dialogue.messages]
    for place in _learned(dialogue):
        yield {"prompt": turns[:place], "completion": [turns[place]]}


def _until_learned(dialogue: Dialogue) -> Iterator[Json]:
    # LLaMA-Factory learns all answers of a row or the last one, so each learned turn ends a row.
    turns = [_turn(message) for message in dialogue.messages]
    for place in _learned(dialogue):
        yield {"messages": turns[: place + 1]}


def _flagged(dialogue: Dialogue) -> Iterator[Json]:
    # Axolotl warns of turns behind the last learned one, which teach nothing anyway.
    learned = _learned(dialogue)
    turns = enumerate(dialogue.messages[: learned[-1] + 1])
    yield {"messages": [{**_turn(turn), "training": place in learned} for place, turn in turns]}


def _not_text(dialogue: Dialogue) -> str | None:
    if all(isinstance(turn.text, str) for turn in dialogue.messages):
        return None
    return "holds a turn whose content is not a text"


def _begins_with_answer(dialogue: Dialogue) -> str | None:
    if _learned(dialogue)[0] > 0:
        return None
    return "begins with a learned answer; TRL needs a request in front of it"


def _not_in_turn(dialogue: Dialogue) -> str | None:
    """LLaMA-Factory itself drops such dialogues, with a warning among many."""
    roles = [turn.role for turn in dialogue.messages[: _learned(dialogue)[-1] + 1]]
    if roles[0] == "system":
        roles = roles[1:]
    if all(role == ("user", "assistant")[place % 2] for place, role in enumerate(roles)):
        return None
    return "does not go user, assistant, user, assistant …, as LLaMA-Factory demands"


def _no_problem(_: Dialogue) -> str | None:
    return None


FORMS = {
    "trl": _Form("TRL", _prompt_and_completion, _begins_with_answer, _TRL),
    "llama-factory": _Form(
        "LLaMA-Factory", _until_learned, _not_in_turn, _LLAMA_FACTORY, _DATASET_INFO
    ),
    "axolotl": _Form("Axolotl", _flagged, _no_problem, _AXOLOTL),
}
