"""The build stage: pairs.jsonl → dialogues to learn from and samples to be tested on.

    train.jsonl, validation.jsonl                     dialogues
    samples-test.jsonl, samples-validation.jsonl      sources with references and terms
    rejects.jsonl                                     dialogues that failed their own checks
    spare.jsonl                                       pairs for the model to answer, if asked for

The test and validation sets are set apart first; what remains may train only where it is no near-
duplicate of anything set apart. Pairs stay on disk, so memory does not grow with them.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bayling import jsonl, languages, manifest, parts, terminal
from bayling.backends import Backend
from bayling.build.answers import NAME, read
from bayling.build.builders import Resources, expected
from bayling.build.memory import Memory
from bayling.build.mixing import Made, Mixer, Tally, cores
from bayling.build.overlap import Overlap
from bayling.build.stored import Lines, Selection, StoredPairs
from bayling.build.teacher import run as teach
from bayling.config import Build, needs_answers
from bayling.errors import UserError
from bayling.records import Pair, Sample, read_dialogues

_FILES = (
    "train.jsonl",
    "validation.jsonl",
    "samples-test.jsonl",
    "samples-validation.jsonl",
    "rejects.jsonl",
)
_SPARE = "spare.jsonl"
# Of the pairs, where the recipe names no origins to draw a held-out set from.
_LARGEST_SHARE = 5
# Pairs that words are aligned in and that builders look things up in. More of them would not make
# better drafts, but memory grow.
_LOOKED_AT = 100_000
_BLOCK = 1000


@dataclass(frozen=True)
class _Division:
    """What pairs are for. `corpus` is what may be looked at in training, short ones included."""

    test: list[Pair]
    validation: list[Pair]
    learnable: Selection
    corpus: Selection
    near_duplicates: int


@dataclass(frozen=True)
class _Inputs:
    """What there is beside the settings (see `run`)."""

    pairs: Path
    answers: Path | None
    learned: Sequence[Path]
    spare: int
    teacher: Callable[[], Backend] | None


def run(
    settings: Build,
    pairs_file: Path,
    seed: int,
    folder: Path,
    answers: Path | None = None,
    learned: Sequence[Path] = (),
    spare: int = 0,
    teacher: Callable[[], Backend] | None = None,
) -> dict[str, Any]:
    """Fill `folder` and return the counts.

    `answers` are for the builders that need them (see `answers.py`). What the files of dialogues
    `learned` hold is not used again, nor are the pairs they come from. `spare` pairs that hold
    terms and that no dialogue uses go to spare.jsonl, to be answered. `teacher` connects to the
    settings' teacher, if they name one.

    Raises `UserError` where the pairs do not suffice; a folder that was whole is so still.
    """
    plan = manifest.Plan(
        "build",
        # However many processes there are, the dialogues are the same.
        {**settings.model_dump(exclude={"workers"}), "seed": seed, "spare": spare},
        {
            "pairs.jsonl": manifest.sha256(pairs_file),
            **({NAME: manifest.sha256(answers)} if answers else {}),
            **{f"learned/{path.name}": manifest.sha256(path) for path in learned},
            **_files_of_builders(settings),
        },
    )
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
    inputs = _Inputs(pairs_file, answers, learned, spare, teacher)
    try:
        tally = Tally()
        counts = _make(settings, inputs, seed, partial, tally)
        manifest.begin(folder)
        for name in names:
            os.replace(partial / name, folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    manifest.write(folder, plan, names, counts, time.monotonic() - started)
    _report(settings, counts, tally)
    return counts


def _make(
    settings: Build, inputs: _Inputs, seed: int, folder: Path, tally: Tally
) -> dict[str, Any]:
    """Write every file, and return what is worth counting."""
    with StoredPairs(inputs.pairs) as pairs:
        rng = random.Random(seed)
        used = _used(inputs.learned)
        use = _divide(settings, pairs, used, rng)
        terminal.say(
            f"Making dialogues from {len(use.learnable):,} of {len(pairs):,} pairs: those of "
            f"{settings.min_words} to {settings.max_words} words (build.min_words, "
            "build.max_words) that are neither held out nor like what is"
        )
        # The lexicon that makes drafts knows nothing of what is held out.
        memory = Memory(_looked_at(use.corpus, rng), [*use.test, *use.validation])
        answers = read(inputs.answers) if inputs.answers else {}
        resources = Resources(memory, tuple(settings.ask_in), answers)
        mixer = Mixer(settings, resources, seed, settings.workers or cores(), used)
        watched = _dialogues(settings, mixer, use, tally, folder, rng)
        for name, held_out in (("test", use.test), ("validation", use.validation)):
            samples = (_sample(pair, resources).to_json() for pair in held_out)
            jsonl.write(folder / f"samples-{name}.jsonl", samples)
        if inputs.spare:
            left = (pair for pair in use.learnable if pair.id not in used)
            asked = islice((pair for pair in left if resources.aligner.terms(pair)), inputs.spare)
            jsonl.write(folder / _SPARE, (pair.to_json() for pair in asked))
        taught = {}
        if settings.teacher and inputs.teacher:
            taught = teach(settings.teacher, folder / "train.jsonl", inputs.teacher, rng)
        return {
            "pairs": len(pairs),
            "near_duplicates_dropped": use.near_duplicates,
            "learnable": len(use.learnable),
            "train": dict(tally.made),
            "validation": dict(watched.made),
            "test_samples": len(use.test),
            "validation_samples": len(use.validation),
            "rejected": tally.rejected + watched.rejected,
            **({"teacher": taught} if taught else {}),
            "passed_over": {kind: dict(reasons) for kind, reasons in tally.passed_over.items()},
        }


def _dialogues(
    settings: Build, mixer: Mixer, use: _Division, tally: Tally, folder: Path, rng: random.Random
) -> Tally:
    """Write the dialogues and what was rejected; the tally of those whose loss is watched.

    Raises `UserError` where there is nothing to learn from.
    """
    watched = Tally()
    with (
        Lines(folder / "rejects.jsonl") as rejects,
        Lines(folder / "train.jsonl") as train,
        Lines(folder / "validation.jsonl") as validation,
    ):
        _write(mixer.make(settings.dialogues, use.learnable, tally), train, rejects)
        if not tally.made.total():
            raise UserError(_nothing_made(settings, len(use.learnable), tally))
        _write(mixer.make(settings.validation, use.validation, watched), validation, rejects)
    train.shuffle(rng)
    return watched


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


def _divide(settings: Build, pairs: StoredPairs, used: set[str], rng: random.Random) -> _Division:
    """Who gets which pair; none that is `used`. Raises `UserError` where none is left to learn
    from."""
    suitable, origins = array("q"), array("q")
    numbers: dict[str, int] = {}
    for place, pair in enumerate(pairs):
        origins.append(numbers.setdefault(pair.collection, len(numbers)))
        if _has_length(pair, settings):
            suitable.append(place)
    rng.shuffle(suitable)
    apart = Overlap(())
    known = _Origins(origins, numbers)
    test, rest = _set_apart(pairs, suitable, known, settings.test_from, settings.test, apart)
    validation, rest = _set_apart(
        pairs, rest, known, settings.validation_from, settings.test, apart
    )
    closed = known.of({*settings.test_from, *settings.validation_from})
    corpus = array(
        "q",
        (
            place
            for place, pair in enumerate(pairs)
            if origins[place] not in closed and not apart.touches(pair.source)
        ),
    )
    allowed = bytearray(len(pairs))
    for place in corpus:
        allowed[place] = 1
    learnable = array("q", (place for place in rest if allowed[place]))
    if not learnable:
        raise UserError(
            f"No pair is left to learn from: of {len(pairs)}, {len(suitable)} have "
            f"{settings.min_words} to {settings.max_words} words (build.min_words, "
            "build.max_words), and all of these are held out or resemble what is."
        )
    dropped = len(rest) - len(learnable)
    if used:
        learnable = array("q", (place for place in learnable if pairs[place].id not in used))
    return _Division(
        test, validation, Selection(pairs, learnable), Selection(pairs, corpus), dropped
    )


@dataclass(frozen=True)
class _Origins:
    """The package, folder or file of each pair, as a number, and the numbers by name."""

    by_place: Sequence[int]
    numbers: dict[str, int]

    def of(self, names: set[str]) -> set[int]:
        """The numbers of these origins. Raises `UserError` for one that no pair has."""
        if missing := names - set(self.numbers):
            raise UserError(
                f"No pair comes from {', '.join(sorted(missing))}, which the recipe holds out; "
                f"the pairs come from {', '.join(sorted(self.numbers))}."
            )
        return {self.numbers[name] for name in names}


def _nothing_made(settings: Build, learnable: int, tally: Tally) -> str:
    kinds = ", ".join(settings.mix)
    reasons = [_why(kind, tally) for kind in settings.mix]
    if tally.rejected:
        reasons = [f"{tally.rejected} failed their own checks, the first: {tally.first_rejection}"]
    why = "; ".join(filter(None, reasons)) or "the words of so little text cannot be aligned"
    return f"None of {learnable} pairs made a dialogue of build.mix ({kinds}): {why}."


def _why(kind: str, tally: Tally) -> str:
    """What most of the pairs that a kind passed over lack; '' where it passed over few."""
    found = tally.passed_over.get(kind) or Counter[str]()
    if found.total() <= tally.made[kind]:
        return ""
    return "".join(f"{kind}: {reason}" for reason, _ in found.most_common(1))


def _has_length(pair: Pair, settings: Build) -> bool:
    if languages.is_spaced(pair.source_lang):
        words = len(pair.source.split())
    else:
        words = (sum(character.isalpha() for character in pair.source) + 1) // 2
    return settings.min_words <= words <= settings.max_words


def _set_apart(
    pairs: StoredPairs,
    places: Sequence[int],
    known: _Origins,
    origins: Sequence[str],
    count: int,
    apart: Overlap,
) -> tuple[list[Pair], Sequence[int]]:
    """At most `count` pairs that resemble nothing set apart yet, and the places of those that may
    still be used.

    With `origins`, everything else of those origins is set aside too and used for nothing; without
    them at most a fifth of the pairs is taken. What is taken is added to `apart`.
    """
    closed = known.of(set(origins))
    most = count if origins else min(count, len(places) // _LARGEST_SHARE)
    chosen: list[Pair] = []
    taken: set[int] = set()
    for place in places:
        if len(chosen) == most:
            break
        if origins and known.by_place[place] not in closed:
            continue
        pair = pairs[place]
        if not apart.touches(pair.source):
            apart.add(pair.source)
            chosen.append(pair)
            taken.add(place)
    left = array(
        "q",
        (each for each in places if each not in taken and known.by_place[each] not in closed),
    )
    return chosen, left


def _sample(pair: Pair, resources: Resources) -> Sample:
    try:
        terms = resources.aligner.terms(pair)
    except UserError:
        # Where words cannot be told apart, nothing can be asked for; a kind that needs them has
        # said so already.
        terms = []
    return Sample(
        id=pair.id,
        source=pair.source,
        reference=pair.target,
        source_lang=pair.source_lang,
        target_lang=pair.target_lang,
        origin=pair.origin,
        terms=tuple((term.source, term.target) for term in terms),
        checks=expected(pair),
    )


def _report(settings: Build, counts: dict[str, Any], tally: Tally) -> None:
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
    made_of = {
        "validation dialogues": (sum(counts["validation"].values()), settings.validation),
        "test samples": (counts["test_samples"], settings.test),
        "validation samples": (counts["validation_samples"], settings.test),
    }
    short = [
        f"{have} {what} of {wanted}" for what, (have, wanted) in made_of.items() if have < wanted
    ]
    if short:
        terminal.say(f"The pairs allow fewer than asked for: {', '.join(short)}.")
