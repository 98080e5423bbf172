"""The build stage: pairs.jsonl → dialogues to learn from and samples to be tested on.

    train.jsonl, validation.jsonl                     dialogues
    samples-test.jsonl, samples-validation.jsonl      sources with references and terms
    rejects.jsonl                                     dialogues that failed their own checks
    spare.jsonl                                       pairs for the model to answer, if asked for

What is held out is set apart first (`division.py`). Several directions are built one after the
other, each with a memory of its own and an even share of the dialogues. Pairs stay on disk, so
memory does not grow with them.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from bayling import manifest, parts, processes, terminal
from bayling.backends import Backend
from bayling.build.answers import NAME, read
from bayling.build.builders import Resources, expected, nothing
from bayling.build.division import Division, Roles, divide
from bayling.build.memory import Memory
from bayling.build.mixing import Made, Mixer, Tally
from bayling.build.stored import Lines, Selection, StoredPairs, as_line
from bayling.build.teacher import run as teach
from bayling.config import Build, needs_answers
from bayling.errors import UserError
from bayling.languages import Direction
from bayling.records import Json, Pair, Sample, read_dialogues

_FILES = (
    "train.jsonl",
    "validation.jsonl",
    "samples-test.jsonl",
    "samples-validation.jsonl",
    "rejects.jsonl",
)
_SPARE = "spare.jsonl"
# Pairs that words are aligned in and that builders look things up in. More of them would not make
# better drafts, but memory grow.
_LOOKED_AT = 100_000
_BLOCK = 1000


@dataclass(frozen=True)
class _Inputs:
    """What there is beside the settings (see `run`). `roles` are there if there are several
    directions, `only` is the one that a recipe has."""

    pairs: Path
    answers: Path | None
    learned: Sequence[Path]
    spare: int
    teacher: Callable[[], Backend] | None
    roles: Roles | None
    only: Direction | None = None


def run(
    settings: Build,
    pairs_file: Path,
    seed: int,
    folder: Path,
    answers: Path | None = None,
    learned: Sequence[Path] = (),
    spare: int = 0,
    teacher: Callable[[], Backend] | None = None,
    roles: Roles | None = None,
) -> dict[str, Any]:
    """Fill `folder` and return the counts.

    `answers` are for the builders that need them (see `answers.py`). What the files of dialogues
    `learned` hold is not used again, nor are the pairs they come from. `spare` pairs that hold
    terms and that no dialogue uses go to spare.jsonl, to be answered. `teacher` connects to the
    settings' teacher, if they name one. `roles` say which directions are trained and asked; without
    any all pairs are in one, and samples keep the codes of their pairs.

    Raises `UserError` where the pairs do not suffice; a folder that was whole is so still.
    """
    only = roles.all[0] if roles and len(roles.all) == 1 else None
    roles = None if only else roles
    inputs = _Inputs(pairs_file, answers, learned, spare, teacher, roles, only)
    plan = _plan(settings, inputs, seed)
    unanswered = [name for name in settings.mix if needs_answers(name) and answers is None]
    if unanswered:
        raise UserError(
            f"build.mix: {', '.join(unanswered)} drafts from first answers of the model that is "
            "tuned, which `bayling run` asks for; use that, or leave it out of the mix."
        )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        stored: dict[str, Any] = manifest.require(folder, "build")["counts"]
        return stored
    started = time.monotonic()
    # Whatever was there stays whole until all is made.
    partial = folder.with_name(folder.name + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    names = [*_FILES, *([_SPARE] if spare else [])]
    try:
        tally = Tally()
        counts = _make(settings, inputs, seed, partial, tally)
        manifest.begin(folder)
        for name in names:
            os.replace(partial / name, folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    manifest.write(folder, plan, names, counts, time.monotonic() - started)
    _report(settings, counts, tally, roles)
    return counts


def check(settings: Build, directions: Sequence[Direction]) -> None:
    """Look at what builders read besides the pairs, before there are any.

    Raises `InputError` for a file that is missing, or that cannot serve for the `directions` to be
    trained.
    """
    _files_of_builders(settings)
    for name, (_, values) in settings.builders().items():
        part = parts.load("builder", name)
        if hasattr(part, "check"):
            part.check(parts.options("builder", name, values), directions)


def _plan(settings: Build, inputs: _Inputs, seed: int) -> manifest.Plan:
    return manifest.Plan(
        "build",
        # However many processes there are, the dialogues are the same.
        {
            **settings.model_dump(exclude={"workers"}),
            "seed": seed,
            "spare": inputs.spare,
            **(inputs.roles.to_json() if inputs.roles else {}),
            **({"direction": str(inputs.only)} if inputs.only else {}),
        },
        {
            "pairs.jsonl": manifest.sha256(inputs.pairs),
            **({NAME: manifest.sha256(inputs.answers)} if inputs.answers else {}),
            **{f"learned/{path.name}": manifest.sha256(path) for path in inputs.learned},
            **_files_of_builders(settings),
        },
    )


def _make(
    settings: Build, inputs: _Inputs, seed: int, folder: Path, tally: Tally
) -> dict[str, Any]:
    """Write every file, and return what is worth counting."""
    with StoredPairs(inputs.pairs) as pairs:
        rng = random.Random(seed)
        used = _used(inputs.learned)
        divisions = divide(settings, pairs, used, rng, inputs.roles)
        terminal.say(
            f"Making dialogues from {sum(len(use.learnable) for use in divisions.values()):,} of "
            f"{len(pairs):,} pairs: those of {settings.min_words} to {settings.max_words} words "
            "(build.min_words, build.max_words) that are neither held out nor like one "
            "that is held out"
        )
        work = _Work(settings, inputs, seed, used, read(inputs.answers) if inputs.answers else {})
        watched = Tally()
        made: dict[str, Json] = {}
        with _Files(folder, bool(inputs.spare)) as files:
            for direction, use in divisions.items():
                made[str(direction)] = _one(work, direction, use, files, rng, tally, watched)
        files.train.shuffle(rng)
        taught = {}
        if settings.teacher and inputs.teacher:
            taught = teach(settings.teacher, folder / "train.jsonl", inputs.teacher, rng)
        return {
            "pairs": len(pairs),
            "near_duplicates_dropped": sum(use.near_duplicates for use in divisions.values()),
            "learnable": sum(len(use.learnable) for use in divisions.values()),
            "train": dict(tally.made),
            "validation": dict(watched.made),
            "test_samples": sum(each["test_samples"] for each in made.values()),
            "validation_samples": sum(each["validation_samples"] for each in made.values()),
            "rejected": tally.rejected + watched.rejected,
            **({"teacher": taught} if taught else {}),
            "passed_over": {kind: dict(reasons) for kind, reasons in tally.passed_over.items()},
            **({"directions": made} if inputs.roles else {}),
        }


@dataclass(frozen=True)
class _Work:
    """What the directions share. `used` are the dialogues and pairs, by id, that are not to be used
    (again)."""

    settings: Build
    inputs: _Inputs
    seed: int
    used: set[str]
    answers: Mapping[str, tuple[str, str, str]]

    def share(self, count: int, direction: Direction | None) -> int:
        """A direction's even share of `count`; 0 where it is not trained."""
        roles = self.inputs.roles
        if roles is None or direction is None:
            return count
        if direction not in roles.trained:
            return 0
        place, among = roles.trained.index(direction), len(roles.trained)
        return count * (place + 1) // among - count * place // among


class _Files(ExitStack):
    """The files that grow, direction by direction. A context: they are open as long as it lasts."""

    def __init__(self, folder: Path, spare: bool) -> None:
        super().__init__()
        self._folder = folder
        self.train = self._open("train.jsonl")
        self.validation = self._open("validation.jsonl")
        self.test_samples = self._open("samples-test.jsonl")
        self.validation_samples = self._open("samples-validation.jsonl")
        self.rejects = self._open("rejects.jsonl")
        self.spare = self._open(_SPARE) if spare else None

    def _open(self, name: str) -> Lines:
        return self.enter_context(Lines(self._folder / name))


def _one(
    work: _Work,
    direction: Direction | None,
    use: Division,
    files: _Files,
    rng: random.Random,
    tally: Tally,
    watched: Tally,
) -> Json:
    """Write what one direction gives, add to the tallies, and return its own counts.

    Raises `UserError` where there is nothing to learn from.
    """
    settings, inputs = work.settings, work.inputs
    # The lexicon that makes drafts knows nothing of what is held out.
    memory = Memory(_looked_at(use.corpus, rng), [*use.test, *use.validation])
    resources = Resources(
        memory, tuple(settings.ask_in), work.answers, _targets(work, memory), use.apart.resembles
    )
    seed = work.seed if direction is None else f"{work.seed}:{direction}"
    mixer = Mixer(settings, resources, seed, settings.workers or processes.cores(), work.used)
    own, own_watched = Tally(), Tally()
    if inputs.roles is None or direction in inputs.roles.trained:
        _dialogues(work, direction, use, mixer, files, own, own_watched)
    tally.add(own)
    watched.add(own_watched)
    asked = inputs.roles is None or direction in inputs.roles.asked
    validation = use.validation if asked else []
    for held_out, file in ((use.test, files.test_samples), (validation, files.validation_samples)):
        for pair in held_out:
            file.add(as_line(_sample(pair, resources, direction or inputs.only).to_json()))
    if files.spare:
        left = (pair for pair in use.learnable if pair.id not in work.used)
        with_terms = (pair for pair in left if resources.aligner.terms(pair))
        for pair in islice(with_terms, work.share(inputs.spare, direction)):
            files.spare.add(as_line(pair.to_json()))
    return {
        "learnable": len(use.learnable),
        "train": own.made.total(),
        "validation": own_watched.made.total(),
        "test_samples": len(use.test),
        "validation_samples": len(validation),
    }


def _dialogues(
    work: _Work,
    direction: Direction | None,
    use: Division,
    mixer: Mixer,
    files: _Files,
    tally: Tally,
    watched: Tally,
) -> None:
    """Write the dialogues of a trained direction and those whose loss is watched."""
    settings = work.settings
    count = work.share(settings.dialogues, direction)
    if not count:
        raise UserError(
            f"{settings.dialogues} dialogues (build.dialogues) give none to {direction}; raise "
            "them, or train fewer directions."
        )
    _write(mixer.make(count, use.learnable, tally), files.train, files.rejects)
    if not tally.made.total():
        raise UserError(_nothing_made(settings, len(use.learnable), tally, direction))
    watch = work.share(settings.validation, direction)
    # Nothing of these is learned, and all of them resemble what is held out.
    resources = replace(mixer.resources, held_out=nothing)
    made = replace(mixer, resources=resources).make(watch, use.validation, watched)
    _write(made, files.validation, files.rejects)


def _write(made: Iterator[Made], dialogues: Lines, rejects: Lines) -> None:
    for each in made:
        (rejects if each.reasons else dialogues).add(each.line)


def _looked_at(corpus: Selection, rng: random.Random) -> Sequence[Pair]:
    """The corpus, or as much of it as fits in memory, in blocks: what follows stays together."""
    if len(corpus) <= _LOOKED_AT:
        return list(corpus)
    blocks = rng.sample(range(0, len(corpus), _BLOCK), _LOOKED_AT // _BLOCK)
    return [pair for start in sorted(blocks) for pair in corpus[start : start + _BLOCK]]


def _files_of_builders(settings: Build) -> dict[str, str]:
    """The hashes of what builders read besides the pairs."""
    return {
        f"{name}/{path}": manifest.sha256(path)
        for name, (_, values) in settings.builders().items()
        if hasattr(part := parts.load("builder", name), "inputs")
        for path in part.inputs(parts.options("builder", name, values))
    }


def _used(files: Sequence[Path]) -> set[str]:
    """What is not to be used again: the dialogues and the pairs they come from."""
    found = (dialogue for path in files for dialogue in read_dialogues(path))
    return {name for dialogue in found for name in (dialogue.id, *dialogue.pair_ids)}


def _nothing_made(
    settings: Build, learnable: int, tally: Tally, direction: Direction | None
) -> str:
    kinds = ", ".join(settings.mix)
    reasons = [_why(kind, tally) for kind in settings.mix]
    if tally.rejected:
        reasons = [f"{tally.rejected} failed their own checks, the first: {tally.first_rejection}"]
    why = "; ".join(filter(None, reasons)) or "the words of so little text cannot be aligned"
    pairs = f"{learnable} pairs" + (f" from {direction}" if direction else "")
    said = f"None of {pairs} made a dialogue of build.mix ({kinds}): {why}."
    if direction:
        said += f" Leave {direction} out of the directions, or add a kind that suits it."
    return said


def _why(kind: str, tally: Tally) -> str:
    """What most of the pairs that a kind passed over lack; '' where it passed over few."""
    found = tally.passed_over.get(kind) or Counter[str]()
    if found.total() <= tally.made[kind]:
        return ""
    return "".join(f"{kind}: {reason}" for reason, _ in found.most_common(1))


def _sample(pair: Pair, resources: Resources, direction: Direction | None) -> Sample:
    """What is asked about a pair, in the recipe's own codes, by which scores are told apart."""
    try:
        # A direction that is only asked may have no text beside what is held out.
        terms = resources.aligner.terms(pair) if resources.memory.pairs else []
    except UserError:
        # Where words cannot be told apart, nothing can be asked for; a kind that needs them has
        # said so already.
        terms = []
    return Sample(
        id=pair.id,
        source=pair.source,
        reference=pair.target,
        source_lang=(direction or pair.direction).source,
        target_lang=(direction or pair.direction).target,
        origin=pair.origin,
        terms=tuple((term.source, term.target) for term in terms),
        checks=expected(pair),
    )


def _report(settings: Build, counts: dict[str, Any], tally: Tally, roles: Roles | None) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts["train"].items())
    terminal.say(
        f"{sum(counts['train'].values())} dialogues to learn from ({kinds}); "
        f"{counts['test_samples']} test and {counts['validation_samples']} validation samples; "
        f"{counts['near_duplicates_dropped']} near-duplicates of those left out; "
        f"{counts['rejected']} dialogues rejected"
    )
    for kind, wanted in tally.wanted.items():
        if (made := tally.made[kind]) < wanted:
            reason = _why(kind, tally).partition(": ")[2]
            why = f"of most pairs, {reason}" if reason else "there is no more to make them of"
            terminal.say(f"{made} of {wanted} {kind}; {why}.")
    for direction, own in counts.get("directions", {}).items():
        terminal.say(
            f"{direction}: {own['train']} dialogues, of {own['learnable']:,} pairs; "
            f"{own['test_samples']} test and {own['validation_samples']} validation samples"
        )
    asked = len(roles.asked) if roles else 1
    made_of = {
        "validation dialogues": (sum(counts["validation"].values()), settings.validation),
        "test samples": (counts["test_samples"], settings.test * asked),
        "validation samples": (counts["validation_samples"], settings.test * asked),
    }
    short = [
        f"{have} {what} of {wanted}" for what, (have, wanted) in made_of.items() if have < wanted
    ]
    if short:
        terminal.say(f"The pairs allow fewer than asked for: {', '.join(short)}.")


def _targets(work: _Work, memory: Memory) -> tuple[str, ...]:
    """The languages that dialogues are made in."""
    roles = work.inputs.roles
    if roles is not None:
        return tuple(sorted({direction.target for direction in roles.trained}))
    return tuple(sorted({pair.target_lang for pair in memory.pairs}))
