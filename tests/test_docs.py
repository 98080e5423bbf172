"""The documentation is true: its examples run, its links lead somewhere, its fields exist."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import random
import re
import runpy
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import bayling
from bayling import chain, checks, cli, config, jsonl, manifest, parts
from bayling.corpus import filters
from bayling.errors import InputError, UserError
from bayling.model import load
from bayling.records import Check, Dialogue, Message, Pair, Result, Sample, Score

ROOT = Path(__file__).parents[1]
SOURCE = Path(bayling.__file__).parent
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.is_file()]

# The example of each kind in docs/extend.md.
EXAMPLES = {
    "reader": "mypackage.spreadsheet",
    "filter": "mypackage.shout",
    "check": "mypackage.fits",
    "builder": "mypackage.within",
    "task": "mypackage.lost",
    "metric": "mypackage.untouched",
    "adapter": "mypackage.ia3",
    "method": "mypackage.smooth",
    "backend": "mypackage.memory",
}
TEXTS = [
    ("Delete the selected file", "Die ausgewählte Datei löschen"),
    ("The password is too short", "Das Passwort ist zu kurz"),
    ("Open a new window", "Ein neues Fenster öffnen"),
    ("Your changes have been saved", "Ihre Änderungen wurden gespeichert"),
    ("Choose another name for this folder", "Wähle einen anderen Namen für diesen Ordner"),
    ("The meeting begins at noon", "Die Besprechung beginnt am Mittag"),
    ("Nobody has answered this question yet", "Diese Frage hat noch niemand beantwortet"),
    ("Search results for your query", "Suchergebnisse zu deiner Anfrage"),
]


def blocks(page: str) -> dict[str, str]:
    """The code blocks of a page in docs that begin with `# file: NAME`, by this name."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(r"^```\w+\n# file: (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working directory with every file of docs/extend.md and a table of texts."""
    place = tmp_path_factory.mktemp("extend")
    for name, content in blocks("extend.md").items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(content, encoding="utf-8")
    with open(place / "strings.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("English", "German"), *TEXTS, ("OPEN FILE", "Datei öffnen")])
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(place)
        patch.chdir(place)
        yield place
    parts.load.cache_clear()
    parts._adapter.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "mypackage"]:
        del sys.modules[name]


def part(kind: str, **values: Any) -> tuple[Any, Any]:
    """The example of a kind and its options."""
    return parts.load(kind, EXAMPLES[kind]), parts.options(kind, EXAMPLES[kind], values)


def pair(source: str, target: str) -> Pair:
    return Pair(source, target, "en", "de", id=source, origin="doc")


def test_every_kind_has_one_example() -> None:
    modules = {f"{name.split('.')[0]}" for name in blocks("extend.md") if "/" in name}
    assert EXAMPLES.keys() == parts.KINDS.keys()
    assert {name.replace(".", "/") for name in EXAMPLES.values()} == modules


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_is_a_part(kind: str, folder: Path) -> None:
    module = parts.load(kind, EXAMPLES[kind])
    assert module.Options.__dataclass_params__.frozen
    assert len(parts.explain(kind, EXAMPLES[kind]).splitlines()[0].split()) > 2
    with pytest.raises(UserError, match="has no option 'colour'"):
        parts.options(kind, EXAMPLES[kind], {"colour": "red"})


@pytest.mark.parametrize("command", ["format --check", "check"])
def test_the_examples_obey_the_house(command: str, folder: Path) -> None:
    settings = ["pyproject.toml", "lint.isort.known-first-party = ['bayling']"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command.split(), "--no-cache", str(folder)]
        + [word for each in settings for word in ("--config", each)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_reader(folder: Path) -> None:
    reader, options = part("reader", path="strings.csv", source="English", target="German")
    assert reader.inputs(options, "en", "de") == [Path("strings.csv")]
    found = list(reader.read(options, "en", "de"))
    assert [(each.source, each.target) for each in found[:-1]] == TEXTS
    assert found[1].origin == "strings:strings.csv:3"
    reader, options = part("reader", path="strings.csv", source="English", target="Germann")
    with pytest.raises(InputError, match="line 1: has no column 'Germann'. Did you mean 'German'"):
        list(reader.read(options, "en", "de"))


def test_the_filter(folder: Path) -> None:
    judge, options = part("filter")
    texts = [("OPEN FILE", "Datei öffnen"), ("OPEN FILE", "DATEI ÖFFNEN"), ("USB", "Anschluss")]
    verdicts = list(filters.verdicts(judge, options, [pair(*each) for each in texts]))
    assert [verdict.keep for verdict in verdicts] == [False, True, True]
    assert verdicts[0].reason == "only the source is in capitals"


def test_the_check(folder: Path) -> None:
    check = Check(EXAMPLES["check"], {"characters": 5})
    assert checks.holds(check, "Datei").ok
    assert checks.holds(check, "Dateien").reason == "is 2 characters too long"
    with pytest.raises(UserError, match="characters"):
        checks.holds(Check(EXAMPLES["check"], {"characters": 0}), "Datei")


def test_the_builder(folder: Path) -> None:
    from bayling.build.builders import Resources
    from bayling.build.memory import Memory

    builder, options = part("builder")
    pairs = [pair(*each) for each in TEXTS]
    resources = Resources(Memory(pairs), ("en",))
    built = list(builder.build(pairs, resources, options, random.Random(1)))
    assert [dialogue.pair_ids for dialogue in built] == [(each.id,) for each in pairs]
    for dialogue in built:
        answer = dialogue.messages[-1]
        assert answer.learn
        assert EXAMPLES["check"] in [check.kind for check in answer.checks]
        assert not checks.failures(answer.checks, answer.text)
        assert Dialogue.from_json(dialogue.to_json()) == dialogue


def test_the_task(folder: Path) -> None:
    task, options = part("task")
    sample = Sample("1", "Delete %s now", "%s jetzt löschen", "en", "de", "doc")
    assert task.suits(sample, options)
    assert not task.suits(Sample("2", "Delete", "Löschen", "en", "de", "doc"), options)
    flow = task.flow(sample, options, random.Random(0))
    assert next(flow)[-1].text.endswith("Delete %s now")
    assert "%s" in flow.send("Jetzt löschen")[-1].text
    with pytest.raises(StopIteration) as end:
        flow.send("%s jetzt löschen")
    assert end.value.value.outputs == ("Jetzt löschen", "%s jetzt löschen")
    assert end.value.value.wishes == (Check("keep", {"items": ["%s"]}),)
    flow = task.flow(sample, options, random.Random(0))
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send("%s jetzt löschen")
    assert end.value.value.wishes == ()


def test_the_metric(folder: Path) -> None:
    metric, options = part("metric", match_case=False)
    sample = Sample("1", "Delete", "Löschen", "en", "de", "doc")
    results = [Result(sample, (), (text,)) for text in ("löschen ", "Entfernen")]
    assert [(score.value, score.n) for score in metric.score(results, options)] == [(50.0, 2)]
    assert metric.score(results, part("metric")[1])[0].value == 0
    assert metric.score([], options) == []


@pytest.fixture
def network() -> Any:
    """A language model of one layer with random weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    size = {"hidden_size": 16, "intermediate_size": 32, "vocab_size": 64}
    return LlamaForCausalLM(LlamaConfig(num_hidden_layers=1, num_attention_heads=2, **size))


def test_the_adapter(folder: Path, network: Any) -> None:
    import torch

    adapter, options = part("adapter")
    ids = torch.arange(8)[None]
    before = network(ids).logits.detach()
    tuned = adapter.attach(network, options)
    vectors = [each for each in tuned.parameters() if each.requires_grad]
    assert sum(each.numel() for each in vectors) == 16 + 16 + 32
    assert torch.equal(tuned(ids).logits, before)  # as long as nothing is learned

    with torch.no_grad():
        for vector in vectors:
            vector.normal_()
    unmerged = tuned(ids).logits.detach()
    assert not torch.allclose(unmerged, before)
    place = folder / "adapter"
    adapter.save(tuned, place)
    merged = adapter.restore(tuned.unload(), place, options, tune=False)
    torch.testing.assert_close(merged(ids).logits, unmerged)


def test_the_method(folder: Path, network: Any, tiny_model: Path) -> None:
    import torch

    from bayling.train.batch import Batch

    method, options = part("method", smoothing=0.0)
    messages = (Message("user", "file"), Message("assistant", "Datei", learn=True))
    dialogue = Dialogue(messages, "translate", "en", "de", "1")
    encoded = method.encode(load.load_tokenizer(str(tiny_model)), dialogue, options)
    assert set(encoded.weights) == {0.0, 1.0}
    ids = torch.arange(12).reshape(2, 6)
    weights = torch.tensor([[0.0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 1, 1]])
    shifted = weights[:, 1:]
    right = torch.zeros(2, dtype=torch.bool)
    batch = Batch(ids[:, :-1], torch.ones_like(ids[:, :-1]), ids[:, 1:], shifted, right)
    # transformers takes the mean over the labels that are not -100.
    mean = network(ids, labels=ids.masked_fill(weights == 0, -100)).loss
    torch.testing.assert_close(method.loss(network, batch, options), 5 * mean)
    smooth = method.loss(network, batch, part("method")[1])
    smooth.backward()
    assert network.model.embed_tokens.weight.grad.abs().sum() > 0


def test_the_recipe_and_the_backend(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bayling import config, pipeline
    from bayling.evaluate import run as evaluation

    small = ["build.test=2", "build.validation=1", "build.dialogues=2"]
    recipe = config.read(Path("mine.yaml"), small)
    run = Path("runs/mine")
    pipeline.run(recipe, run, until="build")
    kinds = {row["kind"] for row in jsonl.read(run / "build" / "train.jsonl")}
    assert kinds == {"translate", "within"}
    (reject,) = jsonl.read(run / "corpus" / "rejects.jsonl")
    assert reject["filter"] == EXAMPLES["filter"]
    assert set(reject) == set(example("Pairs")) | described("Rejects")
    ledger = json.loads((run / "corpus" / "ledger.json").read_text(encoding="utf-8"))
    assert shape(ledger) >= shape(example("Ledger"))

    backend, options = part("backend", pairs=run / "corpus" / "pairs.jsonl")
    scores = evaluation.run(
        recipe.evaluate,
        run / "build" / "samples-test.jsonl",
        {"backend": EXAMPLES["backend"]},
        lambda: backend.connect(options),
        recipe.seed,
        run / "evaluate" / "memory",
    )
    # The memory holds the test set, so it knows every answer.
    assert scores["translation"]["untouched"]["score"] == 100
    assert scores[EXAMPLES["task"]] == {}

    monkeypatch.setattr(sys, "stdin", io.StringIO("Open a new window\nmake it rhyme\n"))
    capsys.readouterr()
    runpy.run_path("talk.py")
    assert capsys.readouterr().out.splitlines() == ["Ein neues Fenster öffnen"] * 2


def section(name: str) -> str:
    """A section of docs/data-format.md, up to the next one."""
    text = (ROOT / "docs" / "data-format.md").read_text(encoding="utf-8")
    return text.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def example(name: str) -> Any:
    """The first JSON block of a section."""
    return json.loads(section(name).split("```json\n", 1)[1].split("```", 1)[0])


def described(name: str) -> set[str]:
    """The fields in the first column of a section's tables."""
    rows = re.findall(r"^\| (`.*?) \|", section(name), re.MULTILINE)
    return {field for row in rows for field in re.findall(r"`(\w+)`", row)}


def shape(value: Any) -> set[str]:
    """Every key anywhere in a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(shape, value.values()))
    return set().union(*map(shape, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("name", "record"),
    [("Pairs", Pair), ("Dialogues", Dialogue), ("Samples", Sample), ("Results", Result)],
)
def test_a_record_is_what_its_page_says(name: str, record: Any) -> None:
    row = example(name)
    assert json.loads(json.dumps(record.from_json(row).to_json())) == row
    assert described(name) == set(row)


def test_the_learned_turn_of_the_page_passes_its_checks() -> None:
    dialogue = Dialogue.from_json(example("Dialogues"))
    learned = [message for message in dialogue.messages if message.learn]
    assert learned
    assert not checks.failures(learned[0].checks, learned[0].text)
    assert checks.failures(learned[0].checks, dialogue.messages[1].text)
    (span,) = learned[0].spans
    assert learned[0].text[span.start : span.end] == "Feld"


def test_the_other_files_are_what_the_page_says(tmp_path: Path) -> None:
    from bayling.train.loop import COLUMNS

    assert described("Ledger") == set(example("Ledger"))
    assert described("Training log") == set(COLUMNS)
    score = Score("chrf2", 50.0, "chrf2", 2, (40.0, 60.0), {"first": 40.0}).to_json()
    assert described("Scores") == set(score)
    assert all(set(row) == set(score) for row in example("Scores")["revise"].values())
    manifest.write(tmp_path, manifest.Plan("build", {}, {}), [], {}, 1.0)
    written = manifest.read_json(tmp_path / manifest.NAME)
    assert described("Manifest") == set(example("Manifest")) == set(written)


def test_the_tree_in_the_page_is_the_tree() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text.split("## The tree", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
    named = [line.split()[0] for line in tree.splitlines()]
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.*")
        if path.is_file() and path.suffix in {".py", ".yaml", ".html", ".txt"}
    }
    # A package that holds no contract is named by its folder.
    plain = {name for name in found if name.endswith("__init__.py") and name not in named}
    assert all(len((SOURCE / name).read_text().splitlines()) <= 3 for name in plain)
    assert set(named) == found - plain
    assert len(named) == len(set(named))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings]
            assert anchor in slugs, f"{page.name} links to {link}"
    for path in re.findall(r"(?:src/bayling|tests|recipes|docs)/[\w./-]*\w/?", text):
        if path != "docs/log.md":  # grows with the measurements
            assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_the_dialogues_in_the_page_are_what_the_command_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("openstack_dashboard") is None:
        pytest.skip("the catalogue of openstack_dashboard is not installed; make demo does it")
    page = (ROOT / "docs" / "dialogues.md").read_text(encoding="utf-8")
    command = page.split("```sh\n", 1)[1].split("```", 1)[0].replace("\\\n", " ")
    shown = page.split("```text\n", 1)[1].split("\n```", 1)[0]
    monkeypatch.chdir(ROOT)
    made = CliRunner().invoke(cli.app, [*shlex.split(command)[1:], "--out", str(tmp_path / "out")])
    assert made.exit_code == 0, made.stderr
    assert made.stdout.rstrip("\n") == shown
    kinds = re.findall(r"^── (\w+) ", shown, re.MULTILINE)
    assert sorted(kinds) == sorted(config.DEFAULT_MIX)


def test_the_chain_in_the_page_is_one() -> None:
    page = (ROOT / "docs" / "dialogues.md").read_text(encoding="utf-8")
    block = page.split("## By way of English", 1)[1].split("```\n", 1)[1].split("```", 1)[0]
    reply = textwrap.dedent(block.split("Assistant:\n", 1)[1])
    assert chain.is_whole(reply, "fr")
    assert chain.final(reply) == "Télédéposer une nouvelle photo"


def test_every_kind_is_in_the_page() -> None:
    page = (ROOT / "docs" / "dialogues.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(named) == sorted(parts.names("builder"))


def test_every_format_is_shown_by_a_test() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    table = page.split("| shown by |\n", 1)[1].split("\n\n", 1)[0]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines()[1:]]
    assert set(parts.names("reader")) <= {row[0].strip("`") for row in rows}
    assert all(re.search(r"`(tests/(.+/)?)?test_", row[-1]) for row in rows)
    tests = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    for name in re.findall(r"`(test_\w+)`", page):
        assert f"def {name}(" in tests, f"formats.md names {name}"
