"""The commands. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bayling.errors import InputError, UserError, nearest

if TYPE_CHECKING:
    from bayling.config import Recipe
    from bayling.records import Score

_MAKE_DIALOGUES = (
    "If it holds texts, make dialogues of them first: bayling build INPUT --from en --to de --out "
    "FOLDER; bayling train FOLDER/build/train.jsonl"
)
_STOPPED = "Stopped. What was whole stays whole; the same command goes on with the stage it was in."

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a translation memory to an assistant that translates and takes corrections.",
)
score_app = typer.Typer(no_args_is_help=True, help="Score outputs that others made.")
app.add_typer(score_app, name="score")

# Where a file is in the way of a folder, or the user may not go.
_UNUSABLE = (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError)

Override = Annotated[
    list[str] | None, typer.Option("--set", help="key=value of the recipe, repeatable.")
]
Inputs = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders, archives, installed packages, or readers as in a recipe: "
        "'{tsv: {path: FILE, target_column: 3}}'."
    ),
]
From = Annotated[str, typer.Option("--from", help="Source language, BCP 47.")]
To = Annotated[str, typer.Option("--to", help="Target language, BCP 47.")]
MaybeFrom = Annotated[
    str | None, typer.Option("--from", help="Source language; a run knows its own.")
]
MaybeTo = Annotated[str | None, typer.Option("--to", help="Target language; a run knows its own.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
MaybeOut = Annotated[Path | None, typer.Option("--out", help="Folder of the run.")]
Further = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        help="One more, repeatable: similarity, comet, metricx, '{comet: {model: FILE}}'.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
RunOrModel = Annotated[
    str, typer.Argument(metavar="RUN|MODEL", help="A run's folder, builtin:NAME, Hub id or folder.")
]


def _say_version(asked: bool) -> None:
    if asked:
        import bayling

        typer.echo(f"bayling {bayling.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """What the command has without another."""


def main() -> None:
    """The entry point: a user's mistake is one message and exit code 2."""
    try:
        app(prog_name="bayling")
    except SystemExit as end:
        # What typer makes of Ctrl-C.
        if end.code == 130:
            sys.stderr.write(f"{_STOPPED}\n")
        raise
    except UserError as error:
        _fail(str(error))
    except Exception as error:
        where = getattr(error, "filename", None)
        if _is_disk_full(error):
            _fail(
                f"No space is left on the disk{f' for {where}' if where else ''}. What was whole "
                "stays whole; free some space and run the same command again."
            )
        if isinstance(error, OSError) and where and _is_unusable(error):
            _fail(f"{where} cannot be used: {error.strerror}. Name another file or folder.")
        raise


def _fail(message: str) -> NoReturn:
    print(f"Error: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(2)


def _is_unusable(error: OSError) -> bool:
    return isinstance(error, _UNUSABLE) or error.errno == errno.ENAMETOOLONG


def _is_disk_full(error: Exception) -> bool:
    # safetensors and others report it in words only.
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "errno", None) in full or "No space left" in str(error)


@app.command()
def run(
    recipe: Annotated[Path, typer.Argument(help="A YAML file, e.g. recipes/quickstart.yaml.")],
    set_: Override = None,
    out: MaybeOut = None,
    until: Annotated[str, typer.Option(help="Stop after this stage.")] = "evaluate",
) -> None:
    """Carry out a whole recipe; what is whole already is skipped."""
    from bayling import config, pipeline

    read = config.read(recipe, set_ or ())
    pipeline.run(read, out or Path("runs") / read.name, until)


@app.command()
def corpus(
    inputs: Inputs,
    from_: From,
    to: To,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to; 'corpus' if not given.")
    ] = None,
    filters: Annotated[
        str | None,
        typer.Option(help="Names with commas between, '' for none; the usual ones if not given."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; all cores if not given.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="'processes', or 'ray' for the machines of a cluster.")
    ] = "processes",
    set_: Override = None,
    suggest: Annotated[
        bool, typer.Option(help="Propose thresholds from the data, and clean nothing.")
    ] = False,
) -> None:
    """Any file or folder → clean pairs, rejects with reasons and a ledger, in OUT."""
    from bayling.corpus import run as stage
    from bayling.corpus import suggest as thresholds

    settings: dict[str, Any] = {}
    if filters is not None:
        settings["filters"] = [name for each in filters.split(",") if (name := each.strip())]
    settings |= {"workers": workers, "engine": engine}
    recipe = _recipe(inputs, from_, to, settings, set_ or ())
    if suggest:
        if out is not None:
            raise UserError(
                "--suggest proposes and writes nothing; leave one of --suggest and --out out."
            )
        found = thresholds.run(recipe.corpus, recipe.all_directions)
        thresholds.show(*found, recipe.corpus.filters)
        return
    stage.run(recipe.corpus, recipe.all_directions, out or Path("corpus"))


@app.command()
def build(
    inputs: Inputs,
    from_: From,
    to: To,
    out: Out = Path("dialogues"),
    dialogues: Annotated[int, typer.Option(min=1, help="How many to make.")] = 1000,
    seed: int = 1,
    set_: Override = None,
    preview: Annotated[
        int, typer.Option(min=0, help="Show so many of the dialogues, of all kinds.")
    ] = 0,
) -> None:
    """Any file or folder → dialogues, with the usual cleaning and mix: OUT/build/train.jsonl."""
    from bayling import pipeline
    from bayling.build import preview as page
    from bayling.build import run as stage

    recipe = _recipe(inputs, from_, to, {}, set_ or (), build={"dialogues": dialogues}, seed=seed)
    stage.check(recipe.build, recipe.trained)
    pipeline.corpus(recipe, out)
    pipeline.build(recipe, out, recipe.build, out / "build")
    if preview:
        typer.echo(page.text(out / "build" / "train.jsonl", preview))


@app.command()
def train(
    recipe: Annotated[
        Path, typer.Argument(metavar="RECIPE|DIALOGUES", help="A YAML file, or a JSONL file.")
    ],
    model: Annotated[
        str | None, typer.Option(help="For dialogues: the model; builtin:gemma3-270m if not given.")
    ] = None,
    set_: Override = None,
    out: MaybeOut = None,
    dry_run: Annotated[
        bool, typer.Option(help="Make the dialogues, and say what tuning on them will take.")
    ] = False,
) -> None:
    """Tune a model: a recipe up to its training, or a file of dialogues with the usual settings."""
    from bayling import config, pipeline

    _refuse_texts(recipe)
    if recipe.suffix == ".jsonl":
        tuning = config.for_dialogues(recipe, model or "builtin:gemma3-270m", set_ or ())
        folder = out or Path("runs") / tuning.name
        if dry_run:
            _print_estimate(pipeline.estimate(tuning, recipe, folder))
        else:
            pipeline.tune(tuning, recipe, folder)
        return
    if model is not None:
        raise UserError("A recipe names its model; change it with --set model.name=… instead.")
    read = config.read(recipe, set_ or ())
    folder = out or Path("runs") / read.name
    if dry_run:
        _print_estimate(pipeline.estimate_recipe(read, folder))
    else:
        pipeline.run(read, folder, until="train")


@app.command()
def evaluate(
    target: RunOrModel,
    samples: Annotated[
        Path | None, typer.Option(help="A file of samples; a run's own test set if not given.")
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="Repeatable; as in a recipe: 'follow', '{chat: {path: FILE}}'."),
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=1, help="Samples at most; 150 if no recipe says otherwise.")
    ] = None,
    out: MaybeOut = None,
    json_: AsJson = False,
) -> None:
    """Ask a run or a model the test's questions and score the answers."""
    from bayling import pipeline, terminal
    from bayling.evaluate import show

    folder = out or Path("evaluation")
    answers, scores = pipeline.ask(target, _specs(task), samples, folder, most)
    if json_:
        _print_json(scores)
    else:
        show.scores(folder)
        terminal.say(f"Written: {answers}")


@app.command()
def judge(
    outputs_a: Annotated[Path, typer.Argument(help="A chat.jsonl of an evaluation.")],
    outputs_b: Annotated[Path, typer.Argument(help="The same task of another system.")],
    by: Annotated[str, typer.Option(metavar="RUN|MODEL", help="Who judges.")],
    out: MaybeOut = None,
    budget: Annotated[
        int | None, typer.Option(help="Reviews at most, two a question; all if not given.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Let a model compare two systems' answers, in both orders: judged/A-B/reviews.jsonl."""
    from bayling import pipeline
    from bayling.evaluate import judge as stage

    described, connect = pipeline.open_model(by)
    _print_scores(stage.run(outputs_a, outputs_b, described, connect, out, budget), json_)


@app.command()
def translate(
    target: RunOrModel,
    file: Annotated[Path | None, typer.Argument(help="Text, a unit a line; else stdin.")] = None,
    from_: MaybeFrom = None,
    to: MaybeTo = None,
) -> None:
    """Translate lines of text: one line out for each line in."""
    from bayling import jsonl, pipeline, terminal
    from bayling.serve import translate as service

    connect, recipe = pipeline.open_run(target)
    pipeline.use_threads(recipe.get("threads"))
    source, to_lang = _languages(recipe, from_, to)
    lines = [text for _, text in jsonl.lines(file)] if file else _standard_input()
    with terminal.bar("Translating", len(lines)) as bar:
        translated = service.lines(connect(), lines, source, to_lang, bar.advance)
    for text in translated:
        typer.echo(text)


@app.command()
def chat(target: RunOrModel, from_: MaybeFrom = None, to: MaybeTo = None) -> None:
    """A conversation in the terminal: paste a sentence, say what to change."""
    from bayling import pipeline
    from bayling.serve import chat as service

    connect, recipe = pipeline.open_run(target)
    pipeline.use_threads(recipe.get("threads"))
    source, to_lang = _languages(recipe, from_, to)
    service.run(connect(), source, to_lang)


@score_app.command("translation")
def score_translation(
    source: Annotated[Path, typer.Option(help="Source, a segment a line.")],
    hypotheses: Annotated[Path, typer.Option(help="A system's output, a segment a line.")],
    references: Annotated[list[Path], typer.Option(help="Repeatable.")],
    from_: From,
    to: To,
    tokenize: Annotated[
        str | None,
        typer.Option(help="BLEU's tokenizer, e.g. char; the target language's if not given."),
    ] = None,
    chrf_words: Annotated[bool, typer.Option("--chrf++", help="chrF++ beside chrF2.")] = False,
    metric: Further = None,
    json_: AsJson = False,
) -> None:
    """BLEU, chrF2, TER, off-target share and the six errors of line-aligned files."""
    from bayling import languages
    from bayling.evaluate import score

    codes = languages.code(from_), languages.code(to)
    _print_scores(
        score.translation(
            source, hypotheses, references, *codes, tokenize, chrf_words, _specs(metric)
        ),
        json_,
    )


@score_app.command("constraints")
def score_constraints(
    file: Annotated[Path, typer.Option(help="JSONL with src, tgt, constraint: […], hypo.")],
    to: To,
    json_: AsJson = False,
) -> None:
    """How many of the words asked for are there, with BLEU beside it."""
    from bayling import languages
    from bayling.evaluate import score

    _print_scores(score.constraints(file, languages.code(to)), json_)


@score_app.command("judgements")
def score_judgements(
    file: Annotated[Path, typer.Option(help="JSONL with system1, system2, review or score.")],
    json_: AsJson = False,
) -> None:
    """How often a judge prefers the first of two systems, and its relative score."""
    from bayling.evaluate import judgements

    _print_scores(judgements.score(file), json_)


@score_app.command("exam")
def score_exam(
    task: Annotated[list[str], typer.Option(help="A subject of AGIEval; repeatable.")],
    questions: Annotated[list[Path], typer.Option(help="Its questions, one file for each task.")],
    predictions: Annotated[list[Path], typer.Option(help="Outputs, one file for each task.")],
    rule: Annotated[
        str, typer.Option(help="How a letter is read off: bayling, first-letter or stated.")
    ] = "bayling",
    json_: AsJson = False,
) -> None:
    """The accuracy in AGIEval's exams; of several subjects each one's, and their mean."""
    from bayling.evaluate import exam

    if not len(task) == len(questions) == len(predictions):
        raise UserError(
            f"{len(task)} --task, {len(questions)} --questions and {len(predictions)} "
            "--predictions; expected as many of each, in the same order."
        )
    papers = [exam.Paper(*each) for each in zip(task, questions, predictions, strict=True)]
    _print_scores(exam.score(papers, rule), json_)


@app.command()
def compare(
    outputs_a: Annotated[Path, typer.Argument(help="A <task>.jsonl of an evaluation.")],
    outputs_b: Annotated[Path, typer.Argument(help="The same task of another system.")],
    metric: Further = None,
) -> None:
    """Paired significance tests between two systems, as JSON."""
    from bayling.evaluate import significance

    _print_json(significance.compare(outputs_a, outputs_b, _specs(metric)))


@app.command()
def report(folder: Annotated[Path, typer.Argument(metavar="RUN")]) -> None:
    """Write RUN/report.html, one self-contained page."""
    from bayling import terminal
    from bayling.evaluate import report as stage

    if not (folder / "recipe.json").is_file():
        raise UserError(f"{folder} is not a run: it has no recipe.json. Make one: bayling run")
    terminal.say(f"Report: {stage.write(folder)}")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN")],
    to: Annotated[str, typer.Option(help="hf: merged safetensors; peft: the adapter alone.")],
    out: Out,
) -> None:
    """Write a run's model in a form that other tools load."""
    from bayling import manifest
    from bayling.model import save

    trained = manifest.require(folder / "train", "train")
    save.export(trained["settings"]["model"]["name"], folder / "train" / "adapter", to, out)


@app.command("export-data")
def export_data(
    source: Annotated[
        Path,
        typer.Argument(metavar="FILE|RUN", help="A JSONL file of dialogues or a run's folder."),
    ],
    to: Annotated[str, typer.Option(help="trl, llama-factory or axolotl.")],
    out: Out,
) -> None:
    """Write dialogues in the form that another trainer loads; it learns the same turns."""
    from bayling.build import export as stage

    stage.export(source, to, out)


@app.command("list")
def list_(kind: Annotated[str | None, typer.Argument(help="reader, filter, …")] = None) -> None:
    """The parts of a kind, each with what it is; without a kind, the kinds."""
    from bayling import parts

    if kind is None:
        for name in parts.KINDS:
            typer.echo(f"{name:10} {', '.join(parts.names(name))}")
        return
    for name in parts.names(kind):
        said = (parts.load(kind, name).__doc__ or "").strip().partition("\n\n")[0]
        typer.echo(f"{name:16} {' '.join(said.split())}")


@app.command()
def explain(
    kind: Annotated[str, typer.Argument(help="reader, filter, …; of a kind alone, its names.")],
    name: Annotated[
        str | None, typer.Argument(help="Alone it will do where no other kind has the name.")
    ] = None,
) -> None:
    """What a part does and which options it takes."""
    from bayling import parts

    if name is None and kind in parts.KINDS:
        list_(kind)
        return
    if name is None:
        kind, name = _kind_of(kind), kind
    typer.echo(parts.explain(kind, name))


@app.command()
def schema() -> None:
    """The JSON schema of recipes."""
    from bayling.config import Recipe

    _print_json(Recipe.model_json_schema())


@app.command()
def doctor(
    comet: Annotated[
        bool,
        typer.Option("--comet", help="Make the environment of COMET and MetricX: minutes, 2 GB."),
    ] = False,
) -> None:
    """Whether everything is there: Python, packages, builtin models, memory, disk."""
    from bayling import diagnosis

    if comet:
        from bayling.evaluate import learned

        typer.echo(f"COMET and MetricX: {learned.install()}")
        return
    sound = True
    for item in diagnosis.examine():
        typer.echo(f"{'ok ' if item.ok else 'BAD'} {item.what}: {item.found}")
        if not item.ok:
            typer.echo(f"    {item.remedy}")
        sound = sound and (item.ok or item.optional)
    if not sound:
        sys.exit(2)


def _kind_of(name: str) -> str:
    """The kind that has a part of this name. Raises `UserError` where it is none or several."""
    from bayling import parts

    found = [kind for kind in parts.KINDS if name in parts.names(kind)]
    if len(found) == 1:
        return found[0]
    if found:
        which = " or ".join(f"bayling explain {kind} {name}" for kind in found)
        raise UserError(f"'{name}' is the name of {len(found)} parts; say which: {which}")
    known = {*parts.KINDS, *(each for kind in parts.KINDS for each in parts.names(kind))}
    raise UserError(
        f"There is no part or kind called '{name}'.{nearest(name, known)} "
        "`bayling list` names them all."
    )


def _refuse_texts(path: Path) -> None:
    """Raises `InputError` for what dialogues are made of, or a folder of them, in place of a recipe
    or a file of dialogues."""
    from bayling.corpus import run as corpus

    made = path / "build" / "train.jsonl"
    if made.is_file():
        raise InputError(path, f"is a folder; name its dialogues: bayling train {made}")
    if path.suffix == ".jsonl" or not path.exists():
        return
    try:
        corpus.guess(str(path))
        is_text = True
    except UserError:
        is_text = _is_line_aligned(path)
    if is_text or path.is_dir():
        raise InputError(path, f"is neither a recipe nor dialogues. {_MAKE_DIALOGUES}")


def _is_line_aligned(path: Path) -> bool:
    """Whether a file is one of two text files, as far as its name says."""
    from bayling import files, languages

    suffix = files.suffix(path).removeprefix(".")
    try:
        return path.is_file() and (suffix == "txt" or bool(languages.code(suffix)))
    except UserError:
        return False


def _specs(given: Iterable[str] | None) -> list[Any]:
    from bayling import config

    return [config.spec(each) for each in given or ()]


def _recipe(
    inputs: Iterable[str],
    source: str,
    target: str,
    corpus: dict[str, Any],
    overrides: Sequence[str] = (),
    **others: Any,
) -> Recipe:
    """The recipe that a command line without one stands for; `corpus` without its inputs."""
    from bayling import config

    content = {
        "name": "command-line",
        "source_lang": source,
        "target_lang": target,
        "corpus": {"inputs": _readers(list(inputs)), **corpus},
        "model": {"name": "builtin:gemma3-270m"},
        **others,
    }
    return config.validate(content, "The command line", overrides)


def _readers(inputs: list[str]) -> list[Any]:
    """The readers of a command line's inputs. Raises `UserError` for what is none."""
    from bayling import config
    from bayling.corpus import run as stage

    try:
        # A reader with its options is written as in a recipe.
        return [config.spec(each) if each.startswith("{") else stage.guess(each) for each in inputs]
    except InputError as error:
        if len(inputs) == 2 and all(_is_line_aligned(Path(each)) for each in inputs):
            joined = ",".join(inputs)
            raise UserError(
                f"{' '.join(inputs)}: if they are line-aligned, join the two with a comma, source "
                f"first: {joined}"
            ) from error
        raise


def _standard_input() -> list[str]:
    """The lines of standard input; as in files, only a line feed ends one."""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("standard input", f"byte {error.start} is not UTF-8") from error
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _languages(recipe: dict[str, Any], source: str | None, target: str | None) -> tuple[str, str]:
    from bayling import languages

    source = source or recipe.get("source_lang")
    target = target or recipe.get("target_lang")
    if source is None or target is None:
        raise UserError("Which languages? Say --from and --to, e.g. --from en --to de.")
    return languages.code(source), languages.code(target)


def _print_estimate(figures: dict[str, Any]) -> None:
    from bayling import processes

    if not processes.is_main():
        return
    typer.echo(
        f"{figures['dialogues']:,} dialogues in {figures['steps']:,} steps\n"
        f"{figures['tokens']:,} tokens with padding, {figures['learned_tokens']:,} learned\n"
        f"{figures['tuned_parameters']:,} tuned parameters\n"
        f"{figures['peak_memory_gb']:.1f} GB of memory, frozen weights in {figures['precision']}\n"
        f"about {figures['seconds'] / 60:.1f} minutes"
    )


def _print_scores(scores: dict[str, Score], as_json: bool) -> None:
    if as_json:
        _print_json({name: _with_counts(score.to_json()) for name, score in scores.items()})
        return
    from rich.console import Console

    from bayling.evaluate import score as service

    Console().print(service.table(scores))


def _with_counts(row: dict[str, Any]) -> dict[str, Any]:
    """What was counted stands beside the figure, not among its details."""
    details = dict(row.pop("details", {}))
    row.update({key: details.pop(key) for key in ("correct", "total") if key in details})
    return {**row, "details": details} if details else row


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
