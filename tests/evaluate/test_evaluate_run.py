"""The evaluation stage with fakes: what is asked in which batch, written and skipped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bayling import jsonl, manifest, parts, terminal
from bayling.backends import Backend
from bayling.config import Evaluate
from bayling.errors import InputError, UserError
from bayling.evaluate import generate, report, show
from bayling.evaluate import run as stage
from bayling.records import Check, Dialogue, Message, Result, Sample

SAMPLES = [
    Sample(
        id=f"s{number}",
        source=f"The user deleted the file {word}.",
        reference=f"Der Benutzer hat die Datei {word} gelöscht.",
        source_lang="en",
        target_lang="de",
        origin=f"shop:de.po:{number}",
        terms=(("user", "Benutzer"), ("file", "Datei")) if number != 1 else (),
        checks=(Check("not_copy", {"source": f"The user deleted the file {word}."}),),
    )
    for number, word in enumerate(("alpha", "beta", "gamma", "delta"))
]
FIGURES = {"bleu", "chrf2", "off_target"}


class Scripted:
    """Answers as `reply` says and remembers what it was asked, batch by batch."""

    name = "scripted"

    def __init__(self, reply: Callable[[Sequence[Message]], str]) -> None:
        self.reply = reply
        self.batches: list[list[list[Message]]] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        self.batches.append([list(messages) for messages in conversations])
        if on_answer:
            on_answer(len(conversations))
        return [self.reply(messages) for messages in conversations]


def _echo() -> Backend:
    backend: Backend = parts.load("backend", "echo").connect(parts.options("backend", "echo"))
    return backend


def _results(task: str, backend: Backend, **keywords: Any) -> list[Result]:
    options = parts.options("task", task)
    return generate.results(task, options, SAMPLES, backend, 1, **keywords)


def test_all_conversations_are_asked_at_once() -> None:
    backend = Scripted(lambda messages: "eine Antwort")
    results = _results("translation", backend)
    assert [len(batch) for batch in backend.batches] == [4]
    assert [result.sample for result in results] == SAMPLES
    for sample, messages in zip(SAMPLES, backend.batches[0], strict=True):
        assert sample.source in messages[-1].text


def test_only_unfinished_conversations_are_asked_again() -> None:
    def reply(messages: Sequence[Message]) -> str:
        return "Der Benutzer löscht die Datei." if "gamma" in messages[0].text else "Nichts."

    backend = Scripted(reply)
    results = _results("revise", backend)
    # s1 has no terms; gamma's first answer has all of them.
    assert [len(batch) for batch in backend.batches] == [3, 2]
    assert [result.sample.id for result in results] == ["s0", "s2", "s3"]
    assert [len(result.outputs) for result in results] == [2, 1, 2]
    assert [len(messages) for messages in backend.batches[1]] == [3, 3]
    assert [message.role for message in backend.batches[1][0]] == ["user", "assistant", "user"]


def test_examples_stand_in_front_and_are_no_part_of_the_result() -> None:
    before = [Message("user", "Translate: Yes"), Message("assistant", "Ja")]
    backend = Scripted(lambda messages: "Nichts.")
    results = _results("revise", backend, before=before)
    assert all(messages[:2] == before for batch in backend.batches for messages in batch)
    assert all(before[0] not in result.messages for result in results)


@pytest.mark.parametrize("task", ["translation", "constrained", "revise"])
def test_every_system_is_asked_the_same(task: str) -> None:
    systems = [Scripted(lambda messages, said=said: said) for said in ("Ja.", "Etwas anderes.")]
    for system in systems:
        _results(task, system)
    assert systems[0].batches[0] == systems[1].batches[0]
    # Chance is seeded by sample: leaving one out changes nothing for the others.
    alone = Scripted(lambda messages: "Ja.")
    generate.results(task, parts.options("task", task), SAMPLES[2:3], alone, 1)
    place = 2 if task == "translation" else 1
    assert alone.batches[0][0] == systems[0].batches[0][place]


def test_a_task_that_suits_no_sample(capsys: pytest.CaptureFixture[str]) -> None:
    backend = Scripted(lambda messages: "x")
    options = parts.options("task", "revise")
    assert generate.results("revise", options, SAMPLES[1:2], backend, 1) == []
    assert backend.batches == []
    said = capsys.readouterr().err
    assert said == "None of 1 samples suits the task 'revise'; it has no scores.\n"


def _write_samples(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "samples.jsonl"
    jsonl.write(path, (sample.to_json() for sample in SAMPLES))
    return path


def _run(
    folder: Path,
    settings: Evaluate | None = None,
    connect: Callable[[], Backend] = _echo,
    system: str = "echo",
) -> dict[str, dict[str, Any]]:
    path = _write_samples(folder)
    settings = settings or Evaluate()
    return stage.run(settings, path, {"model": system}, connect, 1, folder / "evaluate" / "echo")


def _must_not_connect() -> Backend:
    raise AssertionError("nothing was to be asked")


def test_what_is_written(tmp_path: Path) -> None:
    english = {"ask_in": ["en"]}
    table = _run(tmp_path, Evaluate(tasks=["translation", "constrained", {"revise": english}]))
    folder = tmp_path / "evaluate" / "echo"
    names = {"translation.jsonl", "constrained.jsonl", "revise.jsonl", "scores.json"}
    assert {path.name for path in folder.iterdir()} == {*names, "manifest.json"}
    assert json.loads((folder / "scores.json").read_text(encoding="utf-8")) == table
    assert set(manifest.require(folder, "evaluate")["outputs"]) == names
    assert set(table["translation"]) == FIGURES
    assert set(table["constrained"]) == {*FIGURES, "satisfied", "all_satisfied"}
    assert "clean_revision" in table["revise"]
    # An echo is English throughout. It recites the request, which is no clean revision.
    assert table["translation"]["off_target"]["score"] == 100
    assert table["revise"]["satisfied"]["score"] == 100
    assert table["revise"]["clean_revision"]["score"] == 0
    for name in table:
        results = [Result.from_json(row) for row in jsonl.read(folder / f"{name}.jsonl")]
        assert {score["n"] for figure, score in table[name].items() if figure in FIGURES} == {
            len(results)
        }


def test_a_perfect_system_is_perfect(tmp_path: Path) -> None:
    by_source = {sample.source: sample.reference for sample in SAMPLES}

    def reply(messages: Sequence[Message]) -> str:
        return next(target for source, target in by_source.items() if source in messages[0].text)

    table = _run(tmp_path, connect=lambda: Scripted(reply))
    for figures in table.values():
        assert figures["chrf2"]["score"] == pytest.approx(100)
        assert figures["off_target"]["score"] == 0
    assert table["constrained"]["all_satisfied"]["score"] == 100


def test_what_is_whole_is_not_asked_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = _run(tmp_path)
    assert _run(tmp_path, connect=_must_not_connect) == table
    assert "echo is whole and up to date" in capsys.readouterr().err


def test_an_interrupted_evaluation_ends_in_the_same_bytes(tmp_path: Path) -> None:
    def whole(folder: Path) -> dict[str, bytes]:
        found = (folder / "evaluate" / "echo").iterdir()
        return {each.name: each.read_bytes() for each in found if each.name != "manifest.json"}

    class Killed(BaseException):
        pass

    def die(messages: Sequence[Message]) -> str:
        raise Killed

    settings = Evaluate(tasks=["translation", "interactive"])
    _run(tmp_path / "at-once", settings, lambda: Scripted(lambda messages: "Die Datei fehlt."))
    for stop in (1, 2, 3):
        folder = tmp_path / f"stopped-{stop}"
        dying = Scripted(lambda messages: "Die Datei fehlt.")

        def reply(messages: Sequence[Message], dying: Scripted = dying, stop: int = stop) -> str:
            return die(messages) if len(dying.batches) > stop else "Die Datei fehlt."

        dying.reply = reply
        with pytest.raises(Killed):
            _run(folder, settings, lambda dying=dying: dying)
        rest = Scripted(lambda messages: "Die Datei fehlt.")
        _run(folder, settings, lambda rest=rest: rest)
        assert whole(folder) == whole(tmp_path / "at-once")
        # Nobody is asked twice who answered before the kill.
        before = [messages for batch in dying.batches[:stop] for messages in batch]
        after = [messages for batch in rest.batches for messages in batch]
        assert after
        assert not any(messages in before for messages in after)


@pytest.mark.parametrize(
    "changed",
    [{"settings": Evaluate(tasks=["translation"])}, {"system": "another"}],
    ids=["settings", "system"],
)
def test_what_changed_is_asked_again(tmp_path: Path, changed: dict[str, Any]) -> None:
    _run(tmp_path)
    backend = Scripted(lambda messages: "Nein.")
    _run(tmp_path, connect=lambda: backend, **changed)
    assert backend.batches


def test_a_tampered_output_is_asked_again(tmp_path: Path) -> None:
    _run(tmp_path)
    with open(tmp_path / "evaluate" / "echo" / "revise.jsonl", "a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(AssertionError, match="nothing was to be asked"):
        _run(tmp_path, connect=_must_not_connect)


def test_a_model_that_does_not_load_leaves_what_was_whole(tmp_path: Path) -> None:
    table = _run(tmp_path)

    def broken() -> Backend:
        raise UserError("The model 'x' cannot be loaded: no such thing")

    with pytest.raises(UserError, match="cannot be loaded"):
        _run(tmp_path, connect=broken, system="x")
    assert stage.scores(tmp_path / "evaluate" / "echo") == table
    assert _run(tmp_path, connect=_must_not_connect) == table


def test_only_so_many_samples(tmp_path: Path) -> None:
    backend = Scripted(lambda messages: "Nein.")
    settings = Evaluate(tasks=["translation"], samples=2)
    table = _run(tmp_path, settings, lambda: backend)
    assert [len(batch) for batch in backend.batches] == [2]
    assert table["translation"]["chrf2"]["n"] == 2


def _refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        stage.run(Evaluate(), path, {}, _must_not_connect, 1, path.parent / "out")
    assert not (path.parent / "out").exists()
    return str(caught.value)


def test_samples_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    assert _refused(path) == f"{path}: no such file"
    path.touch()
    assert _refused(path) == (
        f"{path}: holds no samples; raise build.test or add text to the corpus"
    )
    jsonl.write(path, [SAMPLES[0].to_json(), {"source": "x", "target": "y"}])
    assert _refused(path) == (
        f"{path}, line 2: is not a sample; expected a line such as samples-test.jsonl has"
    )


def test_scores_of_an_evaluation_that_did_not_end(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the stage 'evaluate' was begun but not finished"):
        stage.scores(tmp_path)


def _dialogue(kind: str, number: int, answer: str) -> Dialogue:
    turns = (Message("user", f"Translate:\n{number}"), Message("assistant", answer, learn=True))
    return Dialogue(turns, kind, "en", "de", f"d{number}")


def test_examples_are_translations_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    dialogues = [
        _dialogue("revise", 0, "a"),
        _dialogue("translate", 1, "zwei\nZeilen"),
        _dialogue("translate", 2, "b"),
        _dialogue("constrain", 3, "c"),
        _dialogue("contrast", 4, "d"),
        _dialogue("translate", 5, "e"),
    ]
    jsonl.write(path, (dialogue.to_json() for dialogue in dialogues))
    assert stage.examples(path, 0) == []
    two = stage.examples(path, 2)
    assert [message.role for message in two] == ["user", "assistant"] * 2
    assert [message.text for message in two][1::2] == ["b", "d"]
    with pytest.raises(UserError) as caught:
        stage.examples(path, 4)
    assert str(caught.value) == (
        f"{path} holds 3 plain translations to show as examples, of 4; "
        "lower evaluate.shots or raise build.mix.translate."
    )


def test_the_table_and_the_conversations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path)
    capsys.readouterr()
    show.scores(tmp_path)
    said = capsys.readouterr()
    assert said.out == ""
    assert all(word in said.err for word in ("echo", "translation", "clean_revision", "100.0"))
    assert "… floor" in said.err, "off-target answers stand beside the references' floor"
    show.conversations(tmp_path / "evaluate" / "echo", count=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("reference: ") == said.err.count("✓ the wish is fulfilled") == 2


def test_words_typed_stand_beside_what_they_save(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path, Evaluate(tasks=[{"editing": {"policy": "random"}}]))
    capsys.readouterr()
    show.scores(tmp_path)
    rows = [line.split() for line in capsys.readouterr().err.splitlines() if "…" in line]
    assert ["…", "policy", "random"] in rows
    assert [row[:2] for row in rows].count(["…", "post_edit"]) == 1
    assert "without requests or edits" in report.write(tmp_path).read_text(encoding="utf-8")


def test_three_systems_fit_a_terminal_of_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The before and after of the quickstart, and no figure is cut or broken over two lines."""
    _run(tmp_path)
    folder = tmp_path / "evaluate"
    table = manifest.read_json(folder / "echo" / "scores.json")
    for figures in table.values():
        for score in figures.values():
            score.update(score=50.25, interval=[46.21, 54.04])
    for name in ("zero-shot", "two-shot", "tuned"):
        (folder / name).mkdir()
        manifest.write_json(folder / name / "scores.json", table)
        (folder / name / manifest.NAME).write_bytes((folder / "echo" / manifest.NAME).read_bytes())
    shutil.rmtree(folder / "echo")
    capsys.readouterr()
    monkeypatch.setattr(terminal, "console", lambda: Console(stderr=True, width=80))
    show.scores(tmp_path)
    lines = capsys.readouterr().err.splitlines()
    [row] = [line for line in lines if "clean_revision" in line]
    assert row.count("50.2 [46.2, 54.0]") == 3


def test_markup_in_an_answer_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path, connect=lambda: Scripted(lambda messages: "[red]Datei[/] :smile: [/x]"))
    capsys.readouterr()
    show.conversations(tmp_path / "evaluate" / "echo", count=1)
    said = capsys.readouterr().err
    assert "[red]Datei[/] :smile: [/x]" in said
    assert "✗ 'Benutzer' is missing" in said


def test_samples_that_could_not_be_scored_are_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    rows = [sample.to_json() for sample in SAMPLES]
    for changed, message in (
        ({"reference": None, "terms": 1}, "line 4: is not a sample; expected a line such as"),
        ({"id": "s0"}, "line 4: the sample 's0' is there twice"),
    ):
        jsonl.write(path, [*rows[:3], {**rows[3], **changed}])
        backend = Scripted(lambda _: "x")
        with pytest.raises(InputError, match=message):
            stage.run(Evaluate(), path, {}, lambda backend=backend: backend, 1, tmp_path / "out")
        assert backend.batches == []
