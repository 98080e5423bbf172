"""The stages one after another with the echo for a model; training is made up by the test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bayling import config, jsonl, manifest, pipeline
from bayling.config import Model, Recipe
from bayling.errors import InputError, MissingError, UserError
from bayling.records import Message

CATALOGUE = Path(__file__).with_name("build") / "catalogue.tsv"
QUESTION = [Message("user", "Translate into German:\nDelete the file")]


@pytest.fixture
def recipe() -> Recipe:
    columns = {"path": str(CATALOGUE), "source_column": 2, "target_column": 3}
    content = {
        "name": "small",
        "source_lang": "en",
        "target_lang": "de",
        "corpus": {"inputs": [{"tsv": columns}]},
        "build": {"dialogues": 12, "validation": 2, "test": 4},
        "model": {"name": "echo"},
    }
    return config.validate(content, "the test")


@pytest.fixture
def tuned(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Training that writes what a run folder needs; the list holds the folders it wrote."""
    done: list[Path] = []

    def tune(
        settings: Any,
        model: Model,
        dialogues: Path,
        validation: Any,
        seed: int,
        folder: Path,
        start: Path | None = None,
    ) -> None:
        plan = manifest.Plan(
            "train",
            {"model": model.model_dump(), "start": str(start)},
            {"dialogues": manifest.sha256(dialogues)},
        )
        if manifest.is_current(folder, plan):
            return
        manifest.begin(folder)
        (folder / "adapter").mkdir(exist_ok=True)
        (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
        manifest.write(folder, plan, ["adapter/adapter_model.safetensors"], {}, 1.0)
        done.append(folder)

    monkeypatch.setattr("bayling.train.run.run", tune)
    return done


def _stamps(folder: Path) -> dict[str, int]:
    """When each file below a folder was written, the recipe and the report apart."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.parent != folder
    }


def test_the_whole_way(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    pipeline.run(recipe, folder)
    assert tuned == [folder / "train"]
    stages = ["corpus", "build", "train"]
    systems = [f"evaluate/{name}" for name in ("zero-shot", "two-shot", "tuned")]
    for stage in [*stages, *systems]:
        assert manifest.require(folder / stage, stage), stage
    assert manifest.read_json(folder / "recipe.json") == recipe.model_dump(mode="json")
    # The untuned model is asked for translations alone, with two examples in front the second time.
    assert (folder / "evaluate" / "tuned" / "revise.jsonl").exists()
    assert not (folder / "evaluate" / "zero-shot" / "revise.jsonl").exists()
    examples = [
        manifest.require(folder / system, "evaluate")["settings"]["examples"] for system in systems
    ]
    assert [len(each) for each in examples] == [0, 4, 0]
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")
    said = capsys.readouterr()
    assert said.out == ""
    for text in ("Corpus: English and German from 1 input ─", "Build: 12 dialogues", "Train: echo"):
        assert text in said.err
    assert "Scores (95 % intervals)" in said.err
    assert said.err.endswith(f"\nReport: {folder / 'report.html'}\nNext:   bayling chat {folder}\n")


def test_an_untuned_model_that_is_asked_nothing(
    recipe: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    # No `translate`, so there would be no examples to show either.
    changes = ["evaluate.before=[]", "build.mix={constrain: 1}", "build.validation=0"]
    content = recipe.model_dump(exclude={"variants"})
    pipeline.run(config.validate(content, "the test", changes), tmp_path)
    assert [path.name for path in (tmp_path / "evaluate").iterdir()] == ["tuned"]


def test_early_stopping_knows_what_is_trained(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("bayling.evaluate.run.judge", lambda *given: told.append(given[-1]))
    content = recipe.model_dump(exclude={"variants"})
    changed = config.validate(content, "the test", ["train.early_stopping={samples: 2}"])
    pipeline.run(changed, tmp_path, until="train")
    assert told == [changed.trained]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("evaluate.before=[]", {"tuned"}),
        ("evaluate.shots=[2, 1]", {"two-shot", "one-shot", "tuned"}),
    ],
)
def test_what_another_recipe_had_asked_is_no_part_of_a_run(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, change: str, left: set[str]
) -> None:
    pipeline.run(recipe, tmp_path)
    assert (tmp_path / "evaluate" / "zero-shot").exists()
    content = recipe.model_dump(exclude={"variants"})
    pipeline.run(config.validate(content, "the test", [change]), tmp_path)
    assert {path.name for path in (tmp_path / "evaluate").iterdir()} == left


def test_what_is_whole_is_not_done_again(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.run(recipe, tmp_path)
    before = _stamps(tmp_path)
    capsys.readouterr()
    pipeline.run(recipe, tmp_path)
    assert _stamps(tmp_path) == before
    assert len(tuned) == 1
    assert "Asking" not in capsys.readouterr().err


def test_guidance_is_asked_for_anew(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    connect_to = pipeline.connect_to

    def connect(*model: Any, guidance: float = 0, **rest: Any) -> Any:
        asked.append(guidance)
        return connect_to(*model, guidance=guidance, **rest)

    monkeypatch.setattr(pipeline, "connect_to", connect)
    folder = tmp_path / "run"
    pipeline.run(recipe, folder)
    assert asked == [2.0] * 2, "untuned and tuned"
    pipeline.run(_with_model(recipe, guidance=1.0), folder)
    assert asked[2:] == [1.0] * 2
    pipeline.open_run(str(folder))[0]()
    assert asked[4:] == [1.0]
    samples = folder / "build" / "samples-test.jsonl"
    for target, guidance in ((str(folder), 1.0), ("echo", 2.0)):
        answers, _ = pipeline.ask(target, ["translation"], samples, tmp_path)
        assert manifest.require(answers, "evaluate")["settings"]["system"]["guidance"] == guidance


def test_a_stage_that_was_spoilt_is_done_again_and_gives_the_same(
    recipe: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    pipeline.run(recipe, tmp_path)
    file = tmp_path / "build" / "train.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    before = _stamps(tmp_path)
    pipeline.run(recipe, tmp_path)
    assert file.read_bytes() == whole
    changed = {
        name.split("/")[0] for name, stamp in _stamps(tmp_path).items() if before[name] != stamp
    }
    assert changed == {"build"}
    assert len(tuned) == 1


@pytest.mark.parametrize(
    ("until", "stages"),
    [
        ("corpus", {"corpus"}),
        ("build", {"corpus", "build"}),
        ("train", {"corpus", "build", "train"}),
    ],
)
def test_until_a_stage(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, until: str, stages: set[str]
) -> None:
    pipeline.run(recipe, tmp_path, until)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == stages


def test_a_stage_that_does_not_exist(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        pipeline.run(recipe, tmp_path / "run", until="biuld")
    assert str(caught.value) == "There is no stage 'biuld'. Did you mean 'build'?"
    assert not (tmp_path / "run").exists()


def test_examples_for_more_shots_than_there_are_translations(
    recipe: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    shots = recipe.evaluate.model_copy(update={"shots": [99]})
    with pytest.raises(
        UserError, match="plain translations to show as examples, of 99; lower eval"
    ):
        pipeline.run(recipe.model_copy(update={"evaluate": shots}), tmp_path)


def test_a_run_is_answered_by_what_it_was_tuned_into(
    recipe: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    pipeline.run(recipe, tmp_path, until="train")
    connect, known = pipeline.open_run(str(tmp_path))
    assert known["source_lang"] == "en"
    assert connect().answer([QUESTION]) == ["Delete the file"]


def test_a_later_attempt_that_fails_leaves_a_run_that_can_be_talked_to(
    recipe: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    pipeline.run(recipe, tmp_path, until="train")
    held_out = recipe.build.model_copy(update={"test_from": ["nowhere"]})
    attempt = {"build": held_out, "model": Model(name="builtin:gemma3-270m")}
    with pytest.raises(UserError, match="No pair comes from nowhere"):
        pipeline.run(recipe.model_copy(update=attempt), tmp_path)
    connect, _ = pipeline.open_run(str(tmp_path))
    assert connect().name == "echo"


def test_a_model_has_no_recipe() -> None:
    connect, known = pipeline.open_run("echo")
    assert known == {}
    assert connect().name == "echo"


def test_a_run_that_is_not_tuned_yet(recipe: Recipe, tmp_path: Path) -> None:
    pipeline.run(recipe, tmp_path, until="build")
    with pytest.raises(UserError, match="train: the stage 'train' was not run. Run the same `bayl"):
        pipeline.open_run(str(tmp_path))
    (tmp_path / "train").mkdir()
    with pytest.raises(UserError, match="the stage 'train' was begun but not finished"):
        pipeline.open_run(str(tmp_path))


def test_folders_that_are_neither_a_run_nor_a_model(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        pipeline.open_run(str(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path} is neither a run (it has no recipe.json) nor a model (no config.json)."
    )
    (tmp_path / "recipe.json").write_text("{")
    with pytest.raises(InputError, match=r"recipe\.json: is not valid JSON"):
        pipeline.open_run(str(tmp_path))


def test_a_file_of_dialogues_becomes_a_run(
    recipe: Recipe, tuned: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dialogues = tmp_path / "mine.jsonl"
    jsonl.write(dialogues, [{"messages": [], "source_lang": "en", "target_lang": "de"}])
    folder = tmp_path / "run"
    pipeline.tune(config.for_dialogues(dialogues, "echo"), dialogues, folder)
    assert capsys.readouterr().err.endswith(f"\nNext:   bayling chat {folder}\n")
    connect, known = pipeline.open_run(str(folder))
    assert connect().name == "echo"
    assert known["name"] == "mine"


def test_who_takes_a_users_place_changes_no_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recipe.json").write_text('{"threads": 1}')
    plan = manifest.Plan("train", {"model": {"name": "echo"}}, {})
    manifest.begin(tmp_path / "train")
    (tmp_path / "train" / "weights").write_bytes(b"")
    manifest.write(tmp_path / "train", plan, ["weights"], {}, 0)
    monkeypatch.setattr(pipeline, "use_threads", None)
    described, _ = pipeline.open_model(str(tmp_path))
    assert described["name"] == str(tmp_path)
    assert "train/weights" in described


def test_threads_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    counts: list[int] = []
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setattr(torch, "set_num_threads", counts.append)
    pipeline.use_threads(None)
    assert (counts, os.environ["OMP_NUM_THREADS"]) == ([], "7")
    pipeline.use_threads(1)
    assert (counts, os.environ["OMP_NUM_THREADS"]) == ([1], "1")


def test_two_passes(recipe: Recipe, tuned: list[Path], tmp_path: Path) -> None:
    """Where a builder drafts from the model's answers, it is tuned, answers, and is tuned on."""
    mix = {"translate": 1, "revise_own": 1}
    build = recipe.build.model_copy(update={"mix": mix, "dialogues": 24})
    recipe = recipe.model_copy(update={"build": build})
    folder = tmp_path / "run"
    pipeline.run(recipe, folder)
    assert tuned == [folder / "first" / "train", folder / "train"]
    start = manifest.require(folder / "train", "train")["settings"]["start"]
    assert start == str(folder / "first" / "train" / "adapter")
    assert manifest.require(folder / "build", "build")["counts"]["train"]["revise_own"] > 0
    before = _stamps(folder)
    pipeline.run(recipe, folder)
    assert len(tuned) == 2
    assert _stamps(folder) == before
    # A recipe of one pass in the same folder leaves nothing of the first pass behind.
    one = recipe.model_copy(
        update={"build": recipe.build.model_copy(update={"mix": {"translate": 1}})}
    )
    pipeline.run(one, folder)
    assert not (folder / "first").exists()


def test_what_the_adapter_needs_of_the_machine_is_told_before_anything_begins(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    content = {**recipe.model_dump(), "model": {"name": "echo", "adapter": "qlora"}}
    needing = config.validate(content, "the test")
    for until in ("train", "evaluate"):
        with pytest.raises(UserError, match="'qlora' needs an NVIDIA GPU"):
            pipeline.run(needing, tmp_path / "run", until)
    tuning = config.Tuning(name="x", source_lang="en", target_lang="de", model=needing.model)
    with pytest.raises(UserError, match="'qlora' needs an NVIDIA GPU"):
        pipeline.tune(tuning, tmp_path / "dialogues.jsonl", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    pipeline.run(needing, tmp_path / "run", "build")


@pytest.fixture
def compared(recipe: Recipe) -> Recipe:
    content = recipe.model_dump()
    content["variants"] = {
        "plain": ["build.mix={translate: 1}", "evaluate.shots=[0]"],
        "mixed": ["evaluate.shots=[]", "build.dialogues=10"],
    }
    return config.validate(content, "the test")


def _with_model(recipe: Recipe, **values: Any) -> Recipe:
    return recipe.model_copy(update={"model": Model(**{"name": "echo", **values})})


def test_a_run_goes_on_from_another(recipe: Recipe, tuned: list[Path], tmp_path: Path) -> None:
    """A curriculum: the second recipe tunes the first one's adapter on."""
    first, second = tmp_path / "first", tmp_path / "second"
    pipeline.run(recipe, first, until="train")
    going_on = _with_model(recipe, start=str(first))
    pipeline.run(going_on, second, until="train")
    assert tuned == [first / "train", second / "train"]
    told = manifest.require(second / "train", "train")["settings"]
    assert told["start"] == str(first / "train" / "adapter")
    assert told["model"]["start"] == str(first)
    # Of two passes the first goes on from it, and the second from the first pass.
    mix = {"translate": 1, "revise_own": 1}
    build = recipe.build.model_copy(update={"mix": mix, "dialogues": 24})
    pipeline.run(going_on.model_copy(update={"build": build}), tmp_path / "both", until="train")
    starts = [
        manifest.require(tmp_path / "both" / name / "train", "train")["settings"]["start"]
        for name in ("first", "")
    ]
    assert starts == [
        str(first / "train" / "adapter"),
        str(tmp_path / "both" / "first" / "train" / "adapter"),
    ]
    # A file of dialogues is learned in the same way.
    dialogues = tmp_path / "mine.jsonl"
    jsonl.write(dialogues, [{"messages": [], "source_lang": "en", "target_lang": "de"}])
    tuning = config.for_dialogues(dialogues, "echo", [f"model.start={first}"])
    pipeline.tune(tuning, dialogues, tmp_path / "third")
    told = manifest.require(tmp_path / "third" / "train", "train")["settings"]
    assert told["start"] == str(first / "train" / "adapter")


def test_a_run_that_cannot_be_gone_on_from(
    recipe: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    def refused(folder: Path = second, **values: Any) -> str:
        with pytest.raises(UserError) as caught:
            pipeline.run(_with_model(recipe, start=str(first), **values), folder, until="train")
        # It is told before anything is done.
        assert not second.exists()
        return str(caught.value)

    assert refused() == (
        f"model.start: {first} is no run (it has no recipe.json); make it first: bayling run RECIPE"
    )
    pipeline.run(recipe, first, until="build")
    assert "the stage 'train' was not run. Run the same `bayling run" in refused()
    pipeline.run(recipe, first, until="train")
    assert refused(name="builtin:gemma3-270m") == (
        f"model.start: {first} was tuned from echo, not from builtin:gemma3-270m (model.name); "
        "go on with the same model."
    )
    assert refused(adapter={"lora": {"rank": 4}}) == (
        f"model.start: {first} has the adapter lora, not {{'lora': {{'rank': 4}}}} "
        "(model.adapter); write the same one, as it is this that is tuned on."
    )
    assert "is the run itself; put this one elsewhere" in refused(folder=first)
    pipeline.run(recipe.model_copy(update={"variants": {"a": []}}), first, until="corpus")
    assert f"{first} holds several runs; name one of them: {first}/variants/a" in refused()
    # Up to the dialogues nothing is gone on from.
    pipeline.run(_with_model(recipe, start="nowhere"), second, until="build")


def test_the_same_model_is_known_by_any_path(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_model.parent)
    assert pipeline._is_same_model(str(tiny_model), tiny_model.name)
    assert not pipeline._is_same_model(str(tiny_model), str(tiny_model.parent))


def test_variants_are_runs_beside_each_other(
    compared: Recipe, tuned: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.run(compared, tmp_path)
    plain, mixed = (tmp_path / "variants" / name for name in ("plain", "mixed"))
    assert tuned == [plain / "train", mixed / "train"]
    built = [manifest.require(each / "build", "build") for each in (plain, mixed)]
    assert [each["settings"]["dialogues"] for each in built] == [12, 10]
    assert set(built[0]["counts"]["train"]) == {"translate"}
    assert [each.name for each in sorted((mixed / "evaluate").iterdir())] == ["tuned"]
    samples = [(each / "build" / "samples-test.jsonl").read_bytes() for each in (plain, mixed)]
    assert samples[0] == samples[1]
    said = capsys.readouterr().err
    assert "Variant 2 of 2: mixed" in said
    # The second has the text of the first, and does not clean it again.
    assert said.count("Corpus: English and German") == 2
    assert said.count("are up to date; the corpus stage is skipped") == 1
    assert said.endswith(f"Report: {tmp_path / 'report.html'}\nNext:   bayling chat {mixed}\n")
    assert all((each / "report.html").is_file() for each in (plain, mixed))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "echo zero-shot" in page
    before = _stamps(tmp_path)
    pipeline.run(compared, tmp_path)
    assert {name for name, at in _stamps(tmp_path).items() if at != before[name]} <= {
        f"variants/{each}/{file}"
        for each in ("plain", "mixed")
        for file in ("recipe.json", "report.html")
    }


def test_a_run_of_variants_is_no_one_model(
    compared: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    pipeline.run(compared, tmp_path, until="corpus")
    assert not tuned
    with pytest.raises(UserError, match="holds several runs; name one of them: .*/plain, .*/mixed"):
        pipeline.open_run(str(tmp_path))


def test_what_a_variant_lacks_is_told_before_the_first_begins(
    compared: Recipe, tuned: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAYLING_CACHE", str(tmp_path / "cache"))
    content = compared.model_dump()
    content["variants"]["mixed"].append("evaluate.metrics=[comet]")
    with pytest.raises(MissingError, match="bayling doctor --comet"):
        pipeline.run(config.validate(content, "the test"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    content["variants"]["mixed"][-1] = "build.mix.glossary={share: 0.1, file: none.csv}"
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        pipeline.run(config.validate(content, "the test"), tmp_path / "run", "build")
    assert not (tmp_path / "run").exists()


@pytest.fixture
def of_directions(tmp_path: Path) -> Recipe:
    """Two directions of one file; the second is only asked."""
    there = {"path": str(CATALOGUE), "source_column": 2, "target_column": 3}
    back = {"path": str(CATALOGUE), "source_column": 3, "target_column": 2}
    content = {
        "name": "small",
        "directions": ["en>de"],
        "corpus": {
            "inputs": [
                {"tsv": {**there, "directions": ["en>de"]}},
                {"tsv": {**back, "directions": ["de>en"]}},
            ]
        },
        "build": {"dialogues": 12, "validation": 2, "test": 4, "mix": {"translate": 1}},
        "evaluate": {
            "directions": ["en>de", "de>en"],
            "tasks": ["translation"],
            "metrics": ["bleu", "chrf", "ter", "off_target", "errors"],
            "shots": [0],
        },
        "model": {"name": "echo"},
    }
    return config.validate(content, "the test")


def test_a_run_of_several_directions(
    of_directions: Recipe, tuned: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    pipeline.run(of_directions, folder)
    said = capsys.readouterr().err
    assert "Corpus: 2 directions from 2 inputs" in said
    assert "de>en: 0 dialogues, of 0 pairs; 4 test and 4 validation samples" in said
    scores = manifest.read_json(folder / "evaluate" / "tuned" / "scores.json")
    assert list(scores) == ["translation", "translation, seen", "translation, reversed"]
    assert list(manifest.read_json(folder / "evaluate" / "zero-shot" / "scores.json")) == list(
        scores
    )
    assert scores["translation"]["bleu"]["n"] == 8
    # A chat, and whoever reads the recipe, takes the first direction.
    recipe = manifest.read_json(folder / "recipe.json")
    assert (recipe["source_lang"], recipe["target_lang"]) == ("en", "de")
    before = _stamps(folder)
    pipeline.run(of_directions, folder)
    assert _stamps(folder) == before
    # Asked again by hand, it is known what the run was trained on.
    _, again = pipeline.ask(str(folder), [], None, tmp_path / "asked")
    assert again.keys() == scores.keys()


def test_two_passes_of_several_directions(
    of_directions: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    changes = [
        "directions=[en>de, de>en]",
        "build.mix={translate: 1, revise_own: 1}",
        "build.dialogues=24",
    ]
    content = of_directions.model_dump(exclude={"variants", "source_lang", "target_lang"})
    pipeline.run(config.validate(content, "the test", changes), tmp_path, until="train")
    assert tuned == [tmp_path / "first" / "train", tmp_path / "train"]
    rows = {
        name: list(jsonl.read(tmp_path / name / "build" / "train.jsonl")) for name in ("first", "")
    }
    for name, kinds in (("first", {"translate"}), ("", {"translate", "revise_own"})):
        for language in ("en", "de"):
            assert {row["kind"] for row in rows[name] if row["source_lang"] == language} == kinds
    used = [{pair for row in each for pair in row["pair_ids"]} for each in rows.values()]
    assert not used[0] & used[1]
    for name in ("samples-test.jsonl", "samples-validation.jsonl"):
        one, two = ((tmp_path / each / "build" / name).read_bytes() for each in ("first", ""))
        assert one == two


def test_variants_of_other_directions(
    of_directions: Recipe, tuned: list[Path], tmp_path: Path
) -> None:
    """Each cleans, builds and is told apart by its own, and both are asked the same."""
    content = of_directions.model_dump()
    content["variants"] = {"one": [], "both": ["directions=[en>de, de>en]"]}
    pipeline.run(config.validate(content, "the test"), tmp_path)
    one, both = (tmp_path / "variants" / name for name in ("one", "both"))
    samples = [
        [(row["id"], row["source_lang"]) for row in jsonl.read(each / "build/samples-test.jsonl")]
        for each in (one, both)
    ]
    assert sorted(samples[0]) == sorted(samples[1])
    built = [
        manifest.require(each / "build", "build")["counts"]["directions"] for each in (one, both)
    ]
    assert [each["de>en"]["train"] for each in built] == [0, 6]
    scores = [manifest.read_json(each / "evaluate/tuned/scores.json") for each in (one, both)]
    assert "translation, reversed" in scores[0]
    assert list(scores[1]) == ["translation"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    # The untuned model is asked the same, and told apart by what each was trained on.
    assert "echo zero-shot" in page
    assert "both zero-shot" in page
    assert "translation, seen" in page
    assert "not tested" not in page


def test_a_note_before_anything_is_done(
    of_directions: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate = of_directions.evaluate.model_copy(
        update={"tasks": [{"translation": {"template": 2}}]}
    )
    pipeline.run(of_directions.model_copy(update={"evaluate": evaluate}), tmp_path, "corpus")
    said = capsys.readouterr().err
    assert said.startswith(
        "Note: Translations are learned in varied phrasings and asked in template 2"
    )
