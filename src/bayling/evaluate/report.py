"""`report.html` of a run folder: one file that needs no network and no script.

It shows what the folder holds: the corpus, the dialogues, the training, the scores before and
after with conversations, and every setting. A stage that was not run is named as such.
"""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from bayling import languages, manifest
from bayling.config import VARIANTS
from bayling.errors import InputError
from bayling.evaluate import _before_after, _page, _plots
from bayling.evaluate._before_after import Scores
from bayling.evaluate._page import Html
from bayling.evaluate.run import systems
from bayling.records import Dialogue, Json, read_dialogues

NAME = "report.html"
_EXAMPLES = 3


@dataclass(frozen=True)
class _Run:
    """What a run folder holds; empty or None where a stage was not run."""

    folder: Path
    recipe: Json
    ledger: Json | None
    log: list[dict[str, float]]
    systems: dict[str, Path]
    scores: Scores
    manifests: dict[str, Json]


def write(folder: Path) -> Path:
    """Write `folder/report.html` and return its path; the same folder gives the same bytes. Those
    of a recipe's variants are written too.

    Raises `InputError` where there is no such folder or a file in it is broken.
    """
    if not folder.is_dir():
        raise InputError(folder, "no such run folder; expected what `bayling run` made")
    run = _read(folder)
    for name in run.recipe.get("variants", ()):
        if (folder / VARIANTS / name).is_dir():
            write(folder / VARIANTS / name)
    sections = _sections_of_variants(run) if run.recipe.get("variants") else _sections(run)
    template = Template(Path(__file__).with_name(NAME).read_text(encoding="utf-8"))
    page = template.substitute(
        title=_page.escape(run.recipe.get("name") or folder.resolve().name),
        subtitle=_page.escape(_subtitle(run)),
        figures=_headline(run),
        links=_page.join(_page.tag("a", title, href=f"#{id}") for id, title, _ in sections),
        sections=_page.join(
            _page.tag("section", _page.join([_page.tag("h2", title), body]), id=id)
            for id, title, body in sections
        ),
        footer=_page.escape(_footer(run)),
    )
    return _put(folder / NAME, page)


def _sections(run: _Run) -> list[tuple[str, str, Html]]:
    """(id, title, content) of a run's report."""
    return [
        ("scores", "Before and after", _before_after.comparison(run.scores)),
        ("conversations", "Conversations", _before_after.conversations(run.scores, run.systems)),
        ("corpus", "Where the corpus went", _corpus(run)),
        ("dialogues", "Dialogues to learn from", _dialogues(run)),
        ("training", "Training", _training(run)),
        ("settings", "Settings", _settings(run)),
        ("manifests", "Manifests", _manifests(run)),
    ]


def _sections_of_variants(run: _Run) -> list[tuple[str, str, Html]]:
    """The same of a run of several; corpus, dialogues and training are in each one's own report."""
    return [
        ("scores", "Scores", _before_after.comparison(run.scores)),
        (
            "differences",
            "Differences between variants",
            _before_after.differences(run.scores, run.systems),
        ),
        ("conversations", "Conversations", _before_after.conversations(run.scores, run.systems)),
        ("variants", "Variants", _variants(run)),
        ("settings", "Settings", _settings(run)),
        ("manifests", "Manifests", _manifests(run)),
    ]


def _put(path: Path, page: str) -> Path:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(page, encoding="utf-8", newline="\n")
    os.replace(partial, path)
    return path


def _read(folder: Path) -> _Run:
    recipe = _json(folder / "recipe.json") or {}
    variants = [folder / VARIANTS / name for name in recipe.get("variants", ())]
    # What an earlier recipe left in variants/ is no part of the run.
    found = [
        path
        for path in sorted(folder.rglob(manifest.NAME))
        if folder / VARIANTS not in path.parents or any(each in path.parents for each in variants)
    ]
    stages = {str(path.parent.relative_to(folder)): manifest.read(path.parent) for path in found}
    found_systems = systems(folder)
    return _Run(
        folder=folder,
        recipe=recipe,
        ledger=_json(folder / "corpus" / "ledger.json"),
        log=_passes(
            _log(folder / "first" / "train" / "log.csv"), _log(folder / "train" / "log.csv")
        ),
        systems=found_systems,
        scores={name: _json(each / "scores.json") or {} for name, each in found_systems.items()},
        manifests={stage: content for stage, content in stages.items() if content},
    )


def _json(path: Path) -> Json | None:
    return manifest.read_json(path) if path.exists() else None


def _log(path: Path) -> list[dict[str, float]]:
    """The training log's rows; an empty field (no validation at that step) is left out."""
    if not path.exists():
        return []
    rows = []
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                values = {key: float(value) for key, value in row.items() if value}
                rows.append({**values, "step": values["step"], "loss": values["loss"]})
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(
                    path, "is not a training log; expected numbers under step, loss, …", number
                ) from error
    return rows


def _passes(
    first: list[dict[str, float]], second: list[dict[str, float]]
) -> list[dict[str, float]]:
    """The logs of two passes as one; the steps of the second are counted on."""
    return first + [{**row, "step": row["step"] + len(first)} for row in second]


# ---------------------------------------------------------------------- the headline


def _subtitle(run: _Run) -> str:
    said = []
    if run.recipe.get("directions"):
        said.append(f"{len(run.recipe['directions'])} directions")
    elif {"source_lang", "target_lang"} <= run.recipe.keys():
        source, target = run.recipe["source_lang"], run.recipe["target_lang"]
        said.append(f"{languages.name(source)} → {languages.name(target)}")
    if run.recipe.get("variants"):
        said.append(f"{len(run.recipe['variants'])} variants")
    elif "model" in run.recipe:
        said.append(str(run.recipe["model"]["name"]))
    return " · ".join(said) or "A run of bayling"


def _headline(run: _Run) -> Html:
    cards = [*_score_cards(run.scores), *_making_cards(run)]
    shown = (
        _page.tag(
            "div",
            Html(
                _page.tag("dt", name)
                + _page.tag("dd", value, class_="value")
                + _page.tag("dd", said)
            ),
        )
        for name, value, said in cards
    )
    return _page.tag("dl", _page.join(shown), class_="figures") if cards else Html("")


def _score_cards(scores: Scores) -> Iterable[tuple[str, str, str]]:
    if not scores:
        return
    after = list(scores)[-1]
    translation = scores[after].get("translation", {})
    if "chrf2" in translation:
        value = translation["chrf2"]["score"]
        yield "chrF2", f"{value:.1f}", _gain(scores, after, value)
    for task, name, label in (
        ("revise", "clean_revision", "Clean revisions"),
        ("constrained", "all_satisfied", "All words used"),
    ):
        row = scores[after].get(task, {}).get(name)
        if row:
            yield (
                label,
                f"{row['score']:.0f}\u00a0%",
                f"{_before_after.interval(row)}, n\u00a0=\u00a0{row['n']}",
            )
    if "off_target" in translation:
        row = translation["off_target"]
        yield (
            "Off target",
            f"{row['score']:.1f}\u00a0%",
            f"references: {row['details']['floor']:.1f}\u00a0%",
        )


def _gain(scores: Scores, after: str, value: float) -> str:
    before = {
        system: tasks["translation"]["chrf2"]["score"]
        for system, tasks in scores.items()
        if system != after and "chrf2" in tasks.get("translation", {})
    }
    if not before:
        return after
    best = max(before, key=lambda system: before[system])
    return f"{value - before[best]:+.1f} against {best} ({before[best]:.1f})"


def _making_cards(run: _Run) -> Iterable[tuple[str, str, str]]:
    if run.ledger:
        yield "Pairs kept", f"{run.ledger['kept']:,}", f"of {run.ledger['read']:,} read"
    if run.log:
        steps = f"{len(run.log):,} steps"
        stages = (run.manifests.get(each, {}) for each in ("first/train", "train"))
        seconds = sum(stage.get("seconds", 0) for stage in stages)
        yield "Training", _duration(seconds) if seconds else steps, steps if seconds else ""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}\u00a0min" if minutes else f"{rest}\u00a0s"


# ---------------------------------------------------------------------- corpus, build, train


def _corpus(run: _Run) -> Html:
    if run.ledger is None:
        return _page.not_run("corpus")
    filters: list[Json] = run.ledger["filters"]
    read, kept = run.ledger["read"], run.ledger["kept"]
    picture = _plots.corpus(read, [(f["filter"], f["seen"], f["dropped"]) for f in filters], kept)
    return _page.join(
        [
            _page.picture(picture, "Pairs left after each filter; dropped ones in orange"),
            _page.table(
                ["input", "pairs", "unread"],
                [[each["input"], each["read"], each["unread"]] for each in run.ledger["inputs"]],
            ),
            *(_unread(each) for each in run.ledger["inputs"] if each["examples"]),
            _page.table(
                ["filter", "seen", "dropped", "of those seen"],
                [[f["filter"], f["seen"], f["dropped"], _percent(f)] for f in filters],
            ),
            *(_rejects(each) for each in filters if each["examples"]),
            *([_by_length(run.ledger)] if "lengths" in run.ledger else []),
            *_by_direction(run.ledger),
        ]
    )


def _unread(count: Json) -> Html:
    rows = [[each] for each in count["examples"]]
    files = [[file, number] for file, number in count.get("files", {}).items()]
    tables = [_page.table(["unit"], rows), _page.table(["file", "unread"], files)]
    return _page.details(f"Not read of {count['input']}: examples", _page.join(tables))


def _by_length(ledger: Json) -> Html:
    """How many pairs of each length of the source were read, dropped by each filter, and kept."""
    filters: list[Json] = ledger["filters"]
    bounds, kept = ledger["lengths"]["up_to"], ledger["lengths"]["kept"]
    columns = [*(each["lengths"] for each in filters), kept]
    names = [*(f"up to {each}" for each in bounds), f"over {bounds[-1]}"]
    rows = [[name, sum(counts), *counts] for name, *counts in zip(names, *columns, strict=True)]
    heads = ["characters", "read", *(each["filter"] for each in filters), "kept"]
    return _page.details("By length of the source: dropped and kept", _page.table(heads, rows))


def _by_direction(ledger: Json) -> list[Html]:
    """What was read and kept in each direction, where there are several."""
    rows = [
        [f"{each['source_lang']} → {each['target_lang']}", each["read"], each["kept"]]
        for each in ledger.get("directions", ())
    ]
    return [_page.table(["direction", "read", "kept"], rows)] if rows else []


def _percent(filter: Json) -> Html:
    seen = filter["seen"]
    return Html(f"{100 * filter['dropped'] / seen:.1f}\u00a0%" if seen else "–")


def _rejects(filter: Json) -> Html:
    rows = [[each["source"], each["target"], each["reason"]] for each in filter["examples"]]
    return _page.details(
        f"Dropped by {filter['filter']}: examples",
        _page.table(["source", "target", "reason"], rows),
    )


def _dialogues(run: _Run) -> Html:
    """What was built, of two passes both."""
    stages = [
        stage
        for stage in ("first/build", "build")
        if stage in run.manifests or (run.folder / stage / "train.jsonl").exists()
    ]
    if not stages:
        return _page.not_run("build")
    made = [run.manifests[stage]["counts"] for stage in stages if stage in run.manifests]
    tables = [_page.table(["what", "count"], _page.flatten(counts)) for counts in made]
    found = _by_kind([run.folder / stage / "train.jsonl" for stage in stages])
    examples = [
        _page.details(
            f"{kind}: examples", _page.join(_page.conversation(each.messages) for each in dialogues)
        )
        for kind, dialogues in found.items()
    ]
    return _page.join([*tables, *examples])


def _by_kind(paths: Sequence[Path]) -> dict[str, list[Dialogue]]:
    """The first dialogues of each kind."""
    found: dict[str, list[Dialogue]] = {}
    for dialogue in (each for path in paths if path.exists() for each in read_dialogues(path)):
        kept = found.setdefault(dialogue.kind, [])
        if len(kept) < _EXAMPLES:
            kept.append(dialogue)
    return dict(sorted(found.items()))


def _training(run: _Run) -> Html:
    if not run.log:
        return _page.not_run("train")
    steps = [row["step"] for row in run.log]
    validation = {r["step"]: r["validation_loss"] for r in run.log if "validation_loss" in r}
    losses = _plots.loss(steps, [row["loss"] for row in run.log], validation)
    pictures = [_page.picture(losses, "Loss over steps")]
    speeds = [(r["step"], r["tokens_per_second"]) for r in run.log if "tokens_per_second" in r]
    if speeds:
        picture = _plots.throughput(*map(list, zip(*speeds, strict=True)))
        pictures.append(_page.picture(picture, "Throughput over steps"))
    return _page.tag("div", _page.join(pictures), class_="plots")


def _variants(run: _Run) -> Html:
    """What each variant changes, how it was made, and where its own report is."""
    rows = []
    for name, changes in run.recipe["variants"].items():
        built, stages = (
            [
                run.manifests[f"{VARIANTS}/{name}/{stage}"]["counts"]
                for stage in (f"first/{last}", last)
                if f"{VARIANTS}/{name}/{stage}" in run.manifests
            ]
            for last in ("build", "train")
        )
        rows.append(
            [
                _page.tag("a", name, href=f"{VARIANTS}/{name}/{NAME}"),
                _page.join(_page.tag("code", change) for change in changes),
                sum(sum(counts.get("train", {}).values()) for counts in built),
                f"{sum(counts.get('learned_tokens', 0) for counts in stages):,}",
                _duration(sum(counts.get("tuning_seconds", 0) for counts in stages)),
            ]
        )
    return _page.table(["variant", "changes", "dialogues", "learned tokens", "tuning"], rows)


# ---------------------------------------------------------------------- settings, manifests


def _settings(run: _Run) -> Html:
    if not run.recipe:
        return _page.paragraph("The folder holds no recipe.json.", soft=True)
    rows = [[_page.tag("code", key), value] for key, value in _page.flatten(run.recipe)]
    return _page.table(["setting", "value"], rows)


def _manifests(run: _Run) -> Html:
    if not run.manifests:
        return _page.paragraph("No stage of this folder was finished.", soft=True)
    finished = sorted(run.manifests.items(), key=lambda item: str(item[1].get("finished", "")))
    return _page.join(
        _page.details(
            f"{stage}: {_duration(content['seconds'])}" if "seconds" in content else stage,
            _page.table(
                ["what", "value"],
                [[_page.tag("code", key), value] for key, value in _page.flatten(content)],
            ),
        )
        for stage, content in finished
    )


def _footer(run: _Run) -> str:
    versions = dict.fromkeys(
        f"{name} {content[name]}"
        for content, name in itertools.product(run.manifests.values(), ("bayling", "python"))
        if name in content
    )
    seconds = sum(content.get("seconds", 0) for content in run.manifests.values())
    said = [*sorted(versions), f"{_duration(seconds)} for all stages"] if versions else []
    return " · ".join(["Written by bayling report", *said])
