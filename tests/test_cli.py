"""The commands as users type them: what goes to which stream, and one message for a mistake."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bayling import __version__, cli, config, diagnosis, jsonl, manifest, parts
from bayling.config import DEFAULT_MIX
from bayling.records import Dialogue, Result, Sample

CATALOGUE = Path(__file__).with_name("build") / "catalogue.tsv"
FROM_TO = ("--from", "en", "--to", "de")
PO = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

"""


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote to each stream."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The one message of a mistake: no traceback, nothing on standard output, exit code 2."""
        assert self.code == 2, self
        assert self.out == ""
        assert "Traceback" not in self.err
        assert self.err.count("Error: ") == 1
        return self.err.partition("Error: ")[2].removesuffix("\n")


Command = Callable[..., Ended]


@pytest.fixture
def bayling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`bayling ARGUMENTS` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["bayling", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        capsys.readouterr()
        code: Any = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        return Ended(code, *capsys.readouterr())

    return run


def _rows() -> list[list[str]]:
    return [line.split("\t") for line in CATALOGUE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def texts(tmp_path: Path) -> str:
    """Two line-aligned files, as the command line takes them."""
    (tmp_path / "text.en").write_text("".join(f"{row[1]}\n" for row in _rows()), encoding="utf-8")
    (tmp_path / "text.de").write_text("".join(f"{row[2]}\n" for row in _rows()), encoding="utf-8")
    return "text.en,text.de"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "shop.po"
    entries = [f'msgid "{row[1]}"\nmsgstr "{row[2]}"\n' for row in _rows()]
    path.write_text(PO + "\n".join(entries), encoding="utf-8")
    return path


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    path = tmp_path / "samples.jsonl"
    made = [Sample(str(i), row[1], row[2], "en", "de", row[0]) for i, row in enumerate(_rows()[:5])]
    jsonl.write(path, (sample.to_json() for sample in made))
    return path


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# What the commands do


def test_help_names_every_command(bayling: Command) -> None:
    ended = bayling("--help")
    assert ended.code == 0
    for command in ("run", "corpus", "build", "train", "evaluate", "translate", "chat", "score"):
        assert f" {command} " in ended.out
    nothing = bayling()
    assert nothing.code == 2
    assert "Usage: bayling" in nothing.out + nothing.err


def test_corpus(bayling: Command, texts: str, tmp_path: Path) -> None:
    ended = bayling("corpus", texts, *FROM_TO, "--out", "clean", "--filters", "length,identical")
    assert (ended.code, ended.out) == (0, "")
    assert "Where the corpus went" in ended.err
    ledger = manifest.read_json(tmp_path / "clean" / "ledger.json")
    assert [each["filter"] for each in ledger["filters"]] == ["length", "identical"]
    assert ledger["kept"] == len(list(jsonl.read(tmp_path / "clean" / "pairs.jsonl"))) == 72


def test_a_reader_with_its_options(bayling: Command, tmp_path: Path) -> None:
    (tmp_path / "memory.tsv").write_text("1\tNow\tx\tJetzt\n", encoding="utf-8")
    reader = "{tsv: {path: memory.tsv, source_column: 2, target_column: 4}}"
    ended = bayling("corpus", reader, *FROM_TO, "--out", "clean", "--filters", "length")
    assert ended.code == 0
    [pair] = jsonl.read(tmp_path / "clean" / "pairs.jsonl")
    assert (pair["source"], pair["target"]) == ("Now", "Jetzt")
    assert bayling("corpus", "{tsv: [", *FROM_TO).message.startswith("{tsv: [: is not valid YAML: ")
    message = bayling("corpus", "{tsw: {path: memory.tsv}}", *FROM_TO).message
    assert "There is no reader called 'tsw'. Did you mean 'tsv'?" in message


@pytest.mark.parametrize("kind", ["texts", "catalogue"])
def test_build(bayling: Command, texts: str, catalogue: Path, tmp_path: Path, kind: str) -> None:
    source = texts if kind == "texts" else catalogue
    ended = bayling("build", source, *FROM_TO, "--dialogues", 12, "--seed", 3, "--out", "made")
    assert (ended.code, ended.out) == (0, "")
    rows = list(jsonl.read(tmp_path / "made" / "build" / "train.jsonl"))
    assert 8 <= len(rows) <= 12
    kinds = {Dialogue.from_json(row).kind for row in rows}
    assert {"translate", "constrain"} <= kinds <= set(DEFAULT_MIX)
    assert manifest.require(tmp_path / "made" / "build", "build")["settings"]["seed"] == 3
    assert "fewer than asked for: " in ended.err


def test_build_shows_dialogues_as_a_person_reads_them(
    bayling: Command, texts: str, tmp_path: Path
) -> None:
    mix = "build.mix={translate: 1, switch: 1}"
    ended = bayling("build", texts, *FROM_TO, "--dialogues", 6, "--set", mix, "--preview", 3)
    assert ended.code == 0
    assert ended.out.count("── switch (en → de) ──") == 2
    assert ended.out.count("── translate (en → de) ──") == 1
    assert "Assistant (learned; checked: language, not_copy" in ended.out
    rows = list(jsonl.read(tmp_path / "dialogues" / "build" / "train.jsonl"))
    assert {row["kind"] for row in rows} == {"switch", "translate"}
    ended = bayling("build", texts, *FROM_TO, "--set", "build.mixx={translate: 1}")
    assert (ended.code, ended.out) == (2, "")
    assert "there is no key 'build.mixx'" in ended.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.tbx", None, "none.tbx: no such file"),
        ("terms.txt", "file;Datei", "terms.txt: is no glossary by its suffix '.txt'; expected"),
        ("terms.tbx", "<tbx>", "terms.tbx, line 1: is not well-formed XML"),
        ("terms.csv", "fr,es\na,b", "terms.csv: has no term in both en and de; its languages are"),
    ],
)
def test_a_glossary_that_cannot_serve_is_told_before_the_corpus_is_cleaned(
    bayling: Command, texts: str, tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    mix = f"build.mix.glossary={{share: 0.1, file: {name}}}"
    command = ("build", texts, *FROM_TO, "--out", "mine", "--set", mix)
    assert said in bayling(*command).message
    assert not (tmp_path / "mine").exists()


def test_a_third_language_from_a_file_that_is_none(
    bayling: Command, texts: str, tmp_path: Path
) -> None:
    (tmp_path / "fr.jsonl").write_text('{"source": "Hello"}\n', encoding="utf-8")
    mix = "build.mix={switch: {share: 1, also: [fr.jsonl]}}"
    ended = bayling("build", texts, *FROM_TO, "--dialogues", 6, "--set", mix)
    assert ended.code == 2
    assert "fr.jsonl, line 1: is not a pair; expected a line such as pairs.jsonl has" in ended.err


def test_the_same_command_skips_what_is_whole(bayling: Command, texts: str, tmp_path: Path) -> None:
    command = ("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    bayling(*command)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "made").rglob("*")}
    ended = bayling(*command)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "made").rglob("*")} == stamps
    assert "the corpus stage is skipped" in ended.err
    assert "is whole and up to date" in ended.err


@pytest.fixture
def recipe(tmp_path: Path, texts: str) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(
        "name: small\nsource_lang: en\ntarget_lang: de\nmodel: {name: echo}\n"
        "corpus: {inputs: [text: {source: text.en, target: text.de}]}\n"
        "build: {dialogues: 6, test: 3, validation: 1}\n"
    )
    return path


def test_run(bayling: Command, recipe: Path, tmp_path: Path) -> None:
    ended = bayling("run", recipe, "--until", "build", "--set", "build.dialogues=4")
    assert (ended.code, ended.out) == (0, "")
    assert {path.name for path in (tmp_path / "runs" / "small").iterdir()} == {
        "recipe.json",
        "corpus",
        "build",
    }
    assert len(list(jsonl.read(tmp_path / "runs" / "small" / "build" / "train.jsonl"))) == 4


def test_evaluate(bayling: Command, samples: Path, tmp_path: Path) -> None:
    command = ("evaluate", "echo", "--samples", samples, "--task", "translation")
    ended = bayling(*command, "--json")
    assert ended.code == 0
    scores = json.loads(ended.out)
    assert set(scores["translation"]) == {"bleu", "chrf2", "off_target"}
    folder = tmp_path / "evaluation" / "evaluate" / "echo-samples-translation"
    results = [Result.from_json(row) for row in jsonl.read(folder / "translation.jsonl")]
    assert [result.outputs[-1] for result in results] == [row[1] for row in _rows()[:5]]
    again = bayling(*command)
    assert again.out == ""
    assert "is whole and up to date" in again.err
    assert "Scores (95" in again.err
    assert "Written: evaluation/evaluate/echo-samples-translation" in again.err
    # Other tasks and other samples leave these answers alone.
    bayling("evaluate", "echo", "--samples", samples, "--task", "constrained")
    other = tmp_path / "other.jsonl"
    other.write_bytes(samples.read_bytes())
    ended = bayling("evaluate", "echo", "--samples", other, "--task", "translation", "--most", "2")
    assert f"{other}: the first 2 of 5 samples are asked." in ended.err
    assert (folder / "translation.jsonl").is_file()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    rows = [{"question_id": i, "text": [f"Question {i}?", "Why?"]} for i in range(3)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_evaluate_with_questions_of_a_task_s_own(bayling: Command, questions: Path) -> None:
    """No samples are needed, and the spec's braces are no part of a folder's name."""
    ended = bayling("evaluate", "echo", "--task", f"{{chat: {{path: {questions}}}}}")
    assert (ended.code, ended.out) == (0, "")
    (file,) = Path("evaluation/evaluate").glob("echo-chat-*/chat.jsonl")
    results = [Result.from_json(row) for row in jsonl.read(file)]
    assert [each.outputs for each in results] == [(f"Question {i}?", "Why?") for i in range(3)]
    # Others need some.
    message = bayling("evaluate", "echo", "--task", "follow").message
    assert message == "'echo' has no test set of its own; name one: --samples FILE"


def test_judge(bayling: Command, questions: Path) -> None:
    for out in ("a", "b"):
        bayling("evaluate", "echo", "--task", f"{{chat: {{path: {questions}}}}}", "--out", out)
    files = [next(Path(out).glob("evaluate/echo-chat-*/chat.jsonl")) for out in ("a", "b")]
    # The echo gives no scores; what it said is kept, and read again.
    ended = bayling("judge", *files, "--by", "echo", "--budget", "4")
    assert ended.message.endswith("holds no review with a score for either assistant")
    (file,) = Path("judged").glob("*/reviews.jsonl")
    rows = list(jsonl.read(file))
    assert len({row["question_id"] for row in rows[:2]}) == 1
    names = [(row["system1"]["name"], row["system2"]["name"]) for row in rows]
    a, b = (str(each.parent) for each in files)
    assert names == [(a, b), (b, a)] * 2
    assert bayling("judge", *files, "--by", "echo", "--budget", "1").message.startswith(
        "--budget is 1; a question takes two reviews"
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{follow: 3}", "{follow: 3}: a part is written 'name' or '{name: {option: value}}'"),
        ("{1: {}}", "{1: {}}: a part is written"),
        ("{chat: {path: q.jsonl}, exam: {}}", "a part is written"),
        ("{chat: {path: q.jsonl, 1: 2}}", "a part is written"),
        ("{chat: {path: q.jsonl", "is not valid YAML"),
        ("{chat: {path: none.jsonl}}", "none.jsonl: no such file"),
        ("{chat: {}}", "path"),
        ("folow", "There is no task called 'folow'. Did you mean 'follow'"),
    ],
)
def test_a_task_that_is_wrong(bayling: Command, spec: str, message: str) -> None:
    assert message in bayling("evaluate", "echo", "--task", spec).message


def test_somebody_in_the_users_place(
    bayling: Command, samples: Path, recipe: Path, tmp_path: Path
) -> None:
    def ask(user: str) -> Ended:
        task = f"{{interactive: {{user: {user}}}}}"
        return bayling("evaluate", "echo", "--samples", samples, "--task", task, "--json")

    message = (
        "user: person: somebody types what a user says, and standard input is no terminal; run the "
        "command in a terminal, with nothing piped into it."
    )
    assert ask("person").message == message
    assert ask("builtin:nix").message.startswith("There is no builtin model 'nix'.")
    assert not (tmp_path / "evaluation").exists()
    # An echo says its instructions again, which is no word of a user's.
    figures = json.loads(ask("echo").out)["interactive"]
    assert figures["unread"]["score"] == 100
    assert figures["unread"]["details"]["by_reason"] == {"says more than SATISFIED": 5}
    assert "|user:model:echo|" in figures["unread"]["signature"]
    assert "conversation" not in figures
    # A run says so before anything is made.
    changed = "evaluate.tasks=[{interactive: {user: person}}]"
    assert bayling("run", recipe, "--set", changed).message == message
    assert not (tmp_path / "runs").exists()


def test_doctor_makes_the_environment_of_learned_metrics(
    bayling: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bayling.evaluate import learned

    monkeypatch.setattr(learned, "install", lambda: tmp_path / "comet")
    assert bayling("doctor", "--comet").out == f"COMET and MetricX: {tmp_path / 'comet'}\n"


def test_evaluate_a_run_with_its_own_test_set(
    bayling: Command, recipe: Path, tmp_path: Path
) -> None:
    bayling("run", recipe, "--until", "build", "--out", "made")
    train = tmp_path / "made" / "train"
    command = ("evaluate", "made", "--task", "translation", "--json")
    plan = manifest.Plan("train", {"model": {"name": "echo"}}, {})
    asked = []
    for weights in (b"old", b"old", b"new"):
        manifest.begin(train)
        (train / "weights").write_bytes(weights)
        manifest.write(train, plan, ["weights"], {}, 0)
        ended = bayling(*command)
        assert json.loads(ended.out)["translation"]["chrf2"]["n"] == 3
        asked.append("Asking: translation" in ended.err)
    # What was tuned anew is asked anew.
    assert asked == [True, False, True]
    # A task has its metrics, whatever the run's own tasks needed.
    recipe_file = tmp_path / "made" / "recipe.json"
    written = json.loads(recipe_file.read_text(encoding="utf-8"))
    written["evaluate"]["metrics"] = [{"bleu": {"tokenizer": "char"}}]
    recipe_file.write_text(json.dumps(written), encoding="utf-8")
    ended = bayling("evaluate", "made", "--task", "interactive", "--out", "other", "--json")
    figures = json.loads(ended.out)["interactive"]
    assert "conversation" in figures
    assert "tok:char" in figures["bleu"]["signature"]


def test_translate(bayling: Command, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes("\ufeffErste Zeile\r\n\r\nDritte\u2028Zeile".encode())
    expected = "Erste Zeile\n\nDritte Zeile\n"
    from_file = bayling("translate", "echo", "in.txt", "--from", "de", "--to", "en")
    assert (from_file.code, from_file.out) == (0, expected)
    piped = (tmp_path / "in.txt").read_bytes()
    from_pipe = bayling("translate", "echo", "--from", "de", "--to", "en", stdin=piped)
    assert (from_pipe.code, from_pipe.out) == (0, expected)
    assert bayling("translate", "echo", *FROM_TO).out == ""


def test_chat(bayling: Command) -> None:
    ended = bayling("chat", "echo", *FROM_TO, stdin=b"Delete the file\n/quit\n")
    assert (ended.code, ended.out) == (0, "Delete the file\n")
    assert "answered by echo" in ended.err


def test_score_prints_one_json_object(bayling: Command, texts: str) -> None:
    files = ("--source", "text.en", "--hypotheses", "text.de", "--references", "text.de")
    ended = bayling("score", "translation", *files, *FROM_TO, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["chrf2"]["score"] == pytest.approx(100)
    table = bayling("score", "translation", *files, *FROM_TO)
    assert "chrf2" in table.out.lower()
    assert table.err == ""


def test_score_judgements_and_exam(bayling: Command, tmp_path: Path) -> None:
    review = {"system1": {"name": "a"}, "system2": {"name": "b"}, "score": [8, 4]}
    (tmp_path / "reviews.jsonl").write_text(json.dumps(review) + "\n")
    ended = bayling("score", "judgements", "--file", "reviews.jsonl", "--json")
    scores = json.loads(ended.out)
    assert {name: row["score"] for name, row in scores.items()} == {
        "wins": 1,
        "ties": 0,
        "losses": 0,
        "relative": 200.0,
    }
    (tmp_path / "q.jsonl").write_text('{"label": "B"}\n')
    (tmp_path / "p.jsonl").write_text('{"text": "Answer is choice (B)"}\n')
    paper = ("--task", "sat-math", "--questions", "q.jsonl", "--predictions", "p.jsonl")
    accuracy = json.loads(bayling("score", "exam", *paper, "--json").out)["accuracy"]
    assert (accuracy["score"], accuracy["correct"], accuracy["total"]) == (100, 1, 1)
    assert "correct 1" in bayling("score", "exam", *paper).out


def test_score_constraints(bayling: Command, tmp_path: Path) -> None:
    row = {"src": "a file", "tgt": "eine Datei", "constraint": ["Datei"], "hypo": "die Datei"}
    jsonl.write(tmp_path / "hypo.jsonl", [row])
    ended = bayling("score", "constraints", "--file", "hypo.jsonl", "--to", "de", "--json")
    assert json.loads(ended.out)["satisfied"]["score"] == 100


def test_compare(bayling: Command, samples: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        bayling("evaluate", "echo", "--samples", samples, "--task", "translation", "--out", out)
    file = Path("evaluate", "echo-samples-translation", "translation.jsonl")
    ended = bayling("compare", tmp_path / "a" / file, tmp_path / "b" / file)
    assert ended.code == 0
    assert json.loads(ended.out)


def test_report(bayling: Command, recipe: Path, tmp_path: Path) -> None:
    bayling("run", recipe, "--until", "build", "--out", "made")
    ended = bayling("report", "made")
    assert (ended.code, ended.out) == (0, "")
    assert (tmp_path / "made" / "report.html").is_file()


def test_list(bayling: Command) -> None:
    kinds = bayling("list")
    assert [line.split()[0] for line in kinds.out.splitlines()] == list(parts.KINDS)
    for kind in parts.KINDS:
        ended = bayling("list", kind)
        assert [line.split()[0] for line in ended.out.splitlines()] == parts.names(kind)
        assert all(len(line.split()) > 3 for line in ended.out.splitlines())


@pytest.mark.parametrize("kind", parts.KINDS)
def test_explain(bayling: Command, kind: str) -> None:
    for name in parts.names(kind):
        ended = bayling("explain", kind, name)
        assert (ended.code, ended.err) == (0, "")
        assert "\nOptions\n" in ended.out


def test_explain_by_one_word(bayling: Command) -> None:
    assert bayling("explain", "tsv").out == bayling("explain", "reader", "tsv").out != ""
    assert bayling("explain", "reader").out == bayling("list", "reader").out != ""


def test_schema(bayling: Command) -> None:
    schema = json.loads(bayling("schema").out)
    assert set(schema["properties"]) == set(config.Recipe.model_fields)
    assert set(schema["$defs"]["Train"]["properties"]) == set(config.Train.model_fields)


def test_doctor(bayling: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = bayling("doctor")
    assert ended.code == 0
    assert "ok  Python: 3." in ended.out

    def sick() -> Iterator[diagnosis.Item]:
        yield diagnosis.Item("disk", False, "full", "Free some.", optional=True)
        yield diagnosis.Item("torch", False, "not installed", "pip install torch")

    monkeypatch.setattr(diagnosis, "examine", sick)
    ended = bayling("doctor")
    assert ended.code == 2
    assert ended.out == (
        "BAD disk: full\n    Free some.\nBAD torch: not installed\n    pip install torch\n"
    )


# Bad input


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("corpus gone.po --from en --to de", "gone.po: there is no such file or folder."),
        (
            "corpus text.en,gone --from en --to de",
            "expected two text files as SOURCE,TARGET; there",
        ),
        ("run gone.yaml", "gone.yaml: no such recipe; expected a YAML file"),
        ("train gone.jsonl", "gone.jsonl: no such file"),
        ("translate echo gone.txt --from en --to de", "gone.txt: no such file"),
        ("evaluate echo --samples gone.jsonl", "gone.jsonl: no such file"),
        ("score constraints --file gone.jsonl --to de", "gone.jsonl: no such file"),
        ("score judgements --file gone.jsonl", "gone.jsonl: no such file"),
        (
            "score exam --task sat-en --task sat-math --questions q --predictions p",
            "2 --task, 1 --questions and 1 --predictions; expected as many of each",
        ),
        ("compare gone.jsonl gone.jsonl", "gone.jsonl: no such file"),
        ("report gone", "gone is not a run: it has no recipe.json. Make one: bayling run"),
        ("export gone --to hf --out x", "gone/train: the stage 'train' was not run."),
        ("chat gone", "gone: no such run or folder; a model of the hub is written ORG/NAME, the"),
        ("translate builtin:gone", "There is no builtin model 'gone'. Known: gemma3-270m"),
    ],
)
def test_a_missing_file(bayling: Command, texts: str, command: str, said: str) -> None:
    assert said in bayling(*command.split()).message


def test_a_model_that_is_none_is_told_before_anything_is_made(
    bayling: Command, recipe: Path, texts: str, tmp_path: Path
) -> None:
    bayling("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    train = ("train", "made/build/train.jsonl", "--model", "mine", "--out", "run")
    said = "mine: no such run or folder; a model of the hub is written ORG/NAME"
    assert bayling(*train).message.startswith(said)
    command = ("run", recipe, "--set", "model.name=mine", "--out", "run")
    assert bayling(*command).message.startswith(said)
    assert not (tmp_path / "run").exists()


def test_two_text_files_without_a_comma(bayling: Command, texts: str) -> None:
    assert bayling("corpus", *texts.split(","), *FROM_TO).message == (
        "text.en text.de: if they are line-aligned, join the two with a comma, source first: "
        "text.en,text.de"
    )
    message = bayling("corpus", "text.en", *FROM_TO).message
    assert message.startswith("text.en: cannot tell its format from '.en'")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.xlsx", "a.xlsx: is a spreadsheet; save it there as .csv"),
        ("a.png", "a.png: is a picture, which holds no text to read"),
        ("a.sdltm", "a.sdltm: is a memory of Trados Studio; export it there as TMX"),
        (
            "a.docx",
            "a.docx: is a document, which holds one language; align it with its translation in a "
            "translation tool and export TMX",
        ),
    ],
)
def test_what_translators_have_and_no_reader_reads(
    bayling: Command, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / name).write_bytes(b"PK")
    assert bayling("corpus", name, *FROM_TO).message == said


def test_proposals_are_written_nowhere(bayling: Command, texts: str, tmp_path: Path) -> None:
    assert "Thresholds, by" in bayling("corpus", texts, *FROM_TO, "--suggest").err
    command = ("corpus", texts, *FROM_TO, "--suggest", "--out", "x")
    said = "--suggest proposes and writes nothing; leave one of --suggest and --out out."
    assert bayling(*command).message == said
    assert sorted(each.name for each in tmp_path.iterdir()) == ["text.de", "text.en"]


def test_what_is_proposed_can_be_set(bayling: Command, texts: str) -> None:
    told = bayling("corpus", texts, *FROM_TO, "--suggest").err
    (filters,) = re.findall(r"^  filters: (\[.*\])$", told, re.MULTILINE)
    assert bayling("corpus", texts, *FROM_TO, "--set", f"corpus.filters={filters}").code == 0
    wrong = ("--set", "corpus.filters=[lenght]")
    assert "Did you mean 'length'" in bayling("corpus", texts, *FROM_TO, *wrong).message


def test_the_version(bayling: Command) -> None:
    assert bayling("--version").out == f"bayling {__version__}\n"


def test_training_on_what_is_neither_a_recipe_nor_dialogues(
    bayling: Command, texts: str, tmp_path: Path
) -> None:
    (tmp_path / "memory.tsv").write_text("Now\tJetzt\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for name in ("memory.tsv", "text.en", "empty"):
        assert bayling("train", name).message == (
            f"{name}: is neither a recipe nor dialogues. If it holds texts, make dialogues of them "
            "first: bayling build INPUT --from en --to de --out FOLDER; "
            "bayling train FOLDER/build/train.jsonl"
        )
    bayling("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    assert bayling("train", "made").message == (
        "made: is a folder; name its dialogues: bayling train made/build/train.jsonl"
    )
    assert bayling("train", "made/corpus/pairs.jsonl").message == (
        "made/corpus/pairs.jsonl, line 1: is a pair and no dialogue; make dialogues of the pairs "
        "first: bayling build made/corpus/pairs.jsonl --from en --to de --out FOLDER; "
        "bayling train FOLDER/build/train.jsonl"
    )


def test_text_files_of_different_length(bayling: Command, texts: str, tmp_path: Path) -> None:
    bayling("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    before = _bytes(tmp_path / "made")
    with open(tmp_path / "text.de", "a", encoding="utf-8") as file:
        file.write("Eine Zeile zu viel\n")
    message = bayling("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made").message
    assert message == (
        "text.de, line 73: has no partner: this file has 73 lines, text.en has 72; "
        "expected line-aligned files"
    )
    after = _bytes(tmp_path / "made")
    for name in ("corpus/pairs.jsonl", *(name for name in before if name.startswith("build/"))):
        assert after[name] == before[name], name


def test_an_unknown_language(bayling: Command, texts: str, tmp_path: Path) -> None:
    for command in ("corpus", "build"):
        message = bayling(command, texts, "--from", "en", "--to", "germn").message
        assert message.startswith(
            "The command line: 'germn' is not a language code; expected BCP 47"
        )
    assert bayling("translate", "echo", "--from", "en", "--to", "xx").message.startswith("'xx' is")
    assert bayling("chat", "echo", "--from", "xx", "--to", "de").message.startswith("'xx' is not")
    assert {path.name for path in tmp_path.iterdir()} == {"text.en", "text.de"}


def test_languages_that_are_not_said(bayling: Command) -> None:
    said = "Which languages? Say --from and --to, e.g. --from en --to de."
    assert bayling("translate", "echo", "--from", "en").message == said
    assert bayling("chat", "echo").message == said


def test_a_catalogue_that_is_not_utf8(bayling: Command, catalogue: Path) -> None:
    catalogue.write_bytes(catalogue.read_text(encoding="utf-8").encode("latin1"))
    message = bayling("corpus", catalogue, *FROM_TO).message
    assert message == (
        f"{catalogue}, line 5: is not UTF-8; convert it with: msgconv --to-code=UTF-8"
    )


def test_standard_input_that_is_not_utf8(bayling: Command) -> None:
    ended = bayling("translate", "echo", *FROM_TO, stdin=b"Gr\xfc\xdfe")
    assert ended.message == "standard input: byte 2 is not UTF-8"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "run small.yaml --set trian.epochs=2",
            "--set trian.epochs=2: there is no key 'trian'. Did you mean",
        ),
        ("run small.yaml --set train.epochs", "--set train.epochs: expected key=value, such as"),
        ("run small.yaml --until everything", "There is no stage 'everything'."),
        (
            "corpus text.en,text.de --from en --to de --filters lenght",
            "The command line: There is no filter called 'lenght'. Did you mean 'length'?",
        ),
        (
            "evaluate echo --task revision --samples x",
            "--task: There is no task called 'revision'.",
        ),
        ("explain lenght", "There is no part or kind called 'lenght'. Did you mean 'length'?"),
        ("explain length", "'length' is the name of 3 parts; say which: bayling explain "),
        ("explain check contian", "There is no check called 'contian'. Did you mean 'contain'?"),
        ("list checks", "There is no kind of part called 'checks'. Did you mean 'check'?"),
    ],
)
def test_an_option_that_does_not_exist(
    bayling: Command, recipe: Path, command: str, said: str
) -> None:
    assert bayling(*command.split()).message.startswith(said)


@pytest.mark.parametrize(
    "command",
    [
        "translate echo --form en --to de",
        "biuld x --from en --to de",
        "build text.en,text.de --from en --to de --dialogues 0",
        "build text.en,text.de --from en --to de --seed one",
        "corpus --from en --to de",
    ],
)
def test_a_command_line_that_typer_refuses(bayling: Command, texts: str, command: str) -> None:
    ended = bayling(*command.split())
    assert (ended.code, ended.out) == (2, "")
    assert "Error" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("begun", [False, True])
def test_a_run_folder_half_written(
    bayling: Command, recipe: Path, tmp_path: Path, begun: bool
) -> None:
    bayling("run", recipe, "--until", "build", "--out", "made")
    if begun:
        (tmp_path / "made" / "train" / "checkpoints").mkdir(parents=True)
    before = _bytes(tmp_path / "made")
    state = "was begun but not finished" if begun else "was not run"
    said = (
        f"made/train: the stage 'train' {state}. "
        "Run the same `bayling run RECIPE` again: it goes on where it stopped."
    )
    for command in ("chat", "translate", "evaluate"):
        assert bayling(command, "made").message == said
    assert bayling("export", "made", "--to", "peft", "--out", "x").message == said
    assert _bytes(tmp_path / "made") == before


def test_a_folder_that_is_no_run(bayling: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert bayling("chat", "empty", *FROM_TO).message == (
        "empty is neither a run (it has no recipe.json) nor a model (no config.json)."
    )


def test_a_model_has_no_test_set(bayling: Command) -> None:
    assert bayling("evaluate", "echo").message == (
        "'echo' has no test set of its own; name one: --samples FILE"
    )


def test_a_manifest_that_somebody_broke(bayling: Command, texts: str, tmp_path: Path) -> None:
    command = ("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    bayling(*command)
    broken = tmp_path / "made" / "build" / "manifest.json"
    broken.write_text(broken.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    message = bayling(*command).message
    assert message.startswith("made/build/manifest.json: is not valid JSON (")
    assert message.endswith("); delete its folder and run again")


def test_a_file_in_the_way_of_a_folder(bayling: Command, texts: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    message = bayling("corpus", texts, *FROM_TO, "--out", "taken").message
    assert message == "taken is a file; name a folder to write to."
    message = bayling("build", texts, *FROM_TO, "--out", "taken").message
    assert message == "taken/corpus cannot be made (Not a directory); name another folder."
    assert (tmp_path / "taken").read_text() == "mine"
    message = bayling("corpus", "x" * 300, *FROM_TO).message
    assert message.endswith("x cannot be used: File name too long. Name another file or folder.")


def test_export_to_a_form_that_does_not_exist_or_over_something(
    bayling: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "made" / "train"
    folder.mkdir(parents=True)
    manifest.write(folder, manifest.Plan("train", {"model": {"name": "echo"}}, {}), [], {}, 0)
    assert bayling("export", "made", "--to", "gguf", "--out", "x").message == (
        "There is no form 'gguf' to export to. Known: hf, peft."
    )
    (tmp_path / "x").mkdir()
    assert bayling("export", "made", "--to", "peft", "--out", "x").message == (
        "x exists already; choose another folder with --out."
    )


# No space left: the file that is being written leads to a device that is always full.

FULL = (
    "No space is left on the disk. What was whole stays whole; "
    "free some space and run the same command again."
)


@pytest.mark.parametrize("file", ["train.jsonl", "samples-test.jsonl"])
def test_no_space_left_for_the_build(
    bayling: Command, texts: str, tmp_path: Path, file: str
) -> None:
    command = ("build", texts, *FROM_TO, "--dialogues", 5)
    bayling(*command, "--out", "undisturbed", "--seed", 2)
    bayling(*command, "--out", "made")
    before = _bytes(tmp_path / "made")
    work = tmp_path / "made" / "build.partial"
    work.mkdir()
    (work / file).symlink_to("/dev/full")
    assert bayling(*command, "--out", "made", "--seed", 2).message == FULL
    assert _bytes(tmp_path / "made") == before, "what was whole stays whole"
    assert bayling(*command, "--out", "made", "--seed", 2).code == 0
    for name in ("train.jsonl", "validation.jsonl", "samples-test.jsonl"):
        file_made, file_alone = (tmp_path / out / "build" / name for out in ("made", "undisturbed"))
        assert file_made.read_bytes() == file_alone.read_bytes()


def test_no_space_left_for_the_manifest(bayling: Command, texts: str, tmp_path: Path) -> None:
    command = ("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    bayling(*command)
    full = tmp_path / "made" / "build" / "manifest.json.partial"
    full.symlink_to("/dev/full")
    assert bayling(*command, "--seed", 2).message == FULL
    # What is not whole does not say it is.
    assert "build/manifest.json" not in _bytes(tmp_path / "made")
    full.unlink()
    assert bayling(*command, "--seed", 2).code == 0


def test_no_space_left_for_the_corpus(
    bayling: Command, texts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("build", texts, *FROM_TO, "--dialogues", 5, "--out", "made")
    bayling(*command)
    before = _bytes(tmp_path / "made")
    with open(tmp_path / "text.en", "a") as en, open(tmp_path / "text.de", "a") as de:
        en.write("One more line of text\n")
        de.write("Noch eine Zeile Text\n")
    work = tmp_path / "made" / "corpus.partial"
    work.mkdir()
    (work / "pairs.jsonl.partial").symlink_to("/dev/full")
    # Or what another run left would be taken away.
    monkeypatch.setattr("bayling.corpus.run._clear", lambda work: None)
    assert bayling(*command).message == FULL
    after = _bytes(tmp_path / "made")
    assert all(after[name] == before[name] for name in before)


def test_no_space_left_for_answers(bayling: Command, samples: Path, tmp_path: Path) -> None:
    command = ("evaluate", "echo", "--samples", samples, "--task", "translation")
    folder = tmp_path / "evaluation" / "evaluate" / "echo-samples-translation"
    folder.mkdir(parents=True)
    (folder / "translation.jsonl.partial").symlink_to("/dev/full")
    assert bayling(*command).message == FULL
    assert not (folder / "manifest.json").exists()


def test_other_errors_of_the_system_keep_their_traceback(
    bayling: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[diagnosis.Item]:
        raise OSError(5, "Input/output error", "somewhere")

    monkeypatch.setattr(diagnosis, "examine", broken)
    with pytest.raises(OSError, match="Input/output error"):
        bayling("doctor")


def test_no_permission_and_no_quota(bayling: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [PermissionError(13, "Permission denied", "/root/x"), OSError(122, "Quota", "/home/x")]

    def broken() -> Iterator[diagnosis.Item]:
        raise errors.pop(0)

    monkeypatch.setattr(diagnosis, "examine", broken)
    assert bayling("doctor").message == (
        "/root/x cannot be used: Permission denied. Name another file or folder."
    )
    assert bayling("doctor").message.startswith("No space is left on the disk for /home/x. What")


def test_ctrl_c(bayling: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> Iterator[diagnosis.Item]:
        raise KeyboardInterrupt

    monkeypatch.setattr(diagnosis, "examine", interrupted)
    ended = bayling("doctor")
    assert (ended.code, ended.out) == (130, "")
    assert ended.err == (
        "Stopped. What was whole stays whole; the same command goes on with the stage it was in.\n"
    )


# As a process of its own


def _process(*arguments: str, cwd: Path, **keywords: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bayling.cli", *arguments],
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **{"stdout": subprocess.PIPE, **keywords},
    )


def test_a_mistake_ends_with_exit_code_2(tmp_path: Path) -> None:
    ended = _process("corpus", "gone.po", *FROM_TO, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Error: gone.po: there is no such file or folder.")
    assert ended.stderr.count("\n") == 1


def test_a_full_device_as_standard_output(tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = _process("schema", cwd=tmp_path, stdout=full)
    assert ended.returncode == 2
    assert ended.stderr == f"Error: {FULL}\n"


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bayling.cli", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_order_of_sets_decides_nothing(texts: str, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        command = ("build", texts, *FROM_TO, "--dialogues", "9", "--out", f"made{seed}")
        ended = _process(*command, cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed})
        assert ended.returncode == 0, ended.stderr
    made = [_bytes(tmp_path / f"made{seed}" / "build") for seed in ("1", "2")]
    for name in ("train.jsonl", "validation.jsonl", "samples-test.jsonl", "rejects.jsonl"):
        assert made[0][name] == made[1][name]
