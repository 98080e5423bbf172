"""The build stage: pairs.jsonl → dialogues to learn from and samples to be tested on.

    train.jsonl, validation.jsonl                     dialogues
    samples-test.jsonl, samples-validation.jsonl      sources with references and terms
    rejects.jsonl                                     dialogues that failed their own checks
    spare.jsonl                                       pairs for the model to answer, if asked for

The test and validation sets are set apart first; what remains may train only where it is no near-
duplicate of anything set apart.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from bayling import checks, jsonl, languages, manifest, parts, terminal
from bayling.build.answers import NAME, read
from bayling.build.builders import Resources, expected
from bayling.build.overlap import Overlap
from bayling.config import Build, needs_answers
from bayling.errors import UserError
from bayling.records import Dialogue, Json, Pair, Sample, read_dialogues

# Of the pairs, where the recipe names no origins to draw a held-out set from.
_LARGEST_SHARE = 5


@dataclass(frozen=True)
class _Division:
    """What pairs are for. `corpus` is what may be looked at in training, short ones included."""

    test: list[Pair]
    validation: list[Pair]
    learnable: list[Pair]
    corpus: list[Pair]
    near_duplicates: int


def run(
    settings: Build,
    pairs_file: Path,
    seed: int,
    folder: Path,
    answers: Path | None = None,
    learned: Sequence[Path] = (),
    spare: int = 0,
) -> dict[str, Any]:
    """Fill `folder` and return the counts.

    `answers` are for the builders that need them (see `answers.py`). What the files of dialogues
    `learned` hold is not used again, nor are the pairs they come from. `spare` pairs that hold
    terms and that no dialogue uses go to spare.jsonl, to be answered.

    Raises `UserError` where the pairs do not suffice; a folder that was whole is so still.
    """
    plan = manifest.Plan(
        "build",
        {**settings.model_dump(), "seed": seed, "spare": spare},
        {
            "pairs.jsonl": manifest.sha256(pairs_file),
            **({NAME: manifest.sha256(answers)} if answers else {}),
            **{f"learned/{path.name}": manifest.sha256(path) for path in learned},
            **_files_of_builders(settings),
        },
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        stored: dict[str, Any] = manifest.require(folder, "build")["counts"]
        return stored
    started = time.monotonic()
    pairs = [Pair.from_json(row) for row in jsonl.read(pairs_file)]
    given = read(answers) if answers else {}
    files, counts = _make(settings, pairs, seed, given, _used(learned), spare)
    manifest.begin(folder)
    for name, rows in files.items():
        jsonl.write(folder / name, rows)
    manifest.write(folder, plan, files, counts, time.monotonic() - started)
    _report(settings, counts)
    return counts


def _make(
    settings: Build,
    pairs: list[Pair],
    seed: int,
    answers: dict[str, tuple[str, str]],
    learned: set[str],
    spare: int,
) -> tuple[dict[str, list[Json]], dict[str, Any]]:
    """The rows of every file, and what is worth counting."""
    rng = random.Random(seed)
    use = _divide(settings, pairs, rng)
    use = replace(use, learnable=[pair for pair in use.learnable if pair.id not in learned])
    terminal.say(f"Making dialogues from {len(use.learnable):,} of {len(pairs):,} pairs")
    # The lexicon that makes drafts knows nothing of what is held out; the terms that a simulated
    # user may ask for are never shown to the model before, so they may come from all pairs.
    ask_in = tuple(settings.ask_in)
    resources = Resources(use.corpus, ask_in, answers)
    everything = Resources([*use.corpus, *use.test, *use.validation], ask_in)
    rejects: list[Json] = []
    make = partial(_dialogues, settings, rng=rng, rejects=rejects)
    train = list(make(settings.dialogues, use.learnable, resources, learned))
    seen = learned | {dialogue.id for dialogue in train}
    watched = list(make(settings.validation, use.validation, everything, seen))
    if not train:
        raise UserError(_nothing_made(settings, use.learnable, rejects))
    rng.shuffle(train)
    files = {
        "train.jsonl": [dialogue.to_json() for dialogue in train],
        "validation.jsonl": [dialogue.to_json() for dialogue in watched],
        "samples-test.jsonl": [_sample(pair, everything).to_json() for pair in use.test],
        "samples-validation.jsonl": [
            _sample(each, everything).to_json() for each in use.validation
        ],
        "rejects.jsonl": rejects,
    }
    if spare:
        used = {name for dialogue in train for name in dialogue.pair_ids}
        left = (pair for pair in use.learnable if pair.id not in used)
        asked = islice((pair for pair in left if resources.aligner.terms(pair)), spare)
        files["spare.jsonl"] = [pair.to_json() for pair in asked]
    return files, {
        "pairs": len(pairs),
        "near_duplicates_dropped": use.near_duplicates,
        "learnable": len(use.learnable),
        "train": dict(Counter(dialogue.kind for dialogue in train)),
        "validation": dict(Counter(dialogue.kind for dialogue in watched)),
        "test_samples": len(use.test),
        "validation_samples": len(use.validation),
        "rejected": len(rejects),
    }


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


def _divide(settings: Build, pairs: Sequence[Pair], rng: random.Random) -> _Division:
    """Who gets which pair. Raises `UserError` where none is left to learn from."""
    suitable = [pair for pair in pairs if _has_length(pair, settings)]
    rng.shuffle(suitable)
    apart = Overlap(())
    test, rest = _set_apart(suitable, settings.test_from, settings.test, apart)
    validation, rest = _set_apart(rest, settings.validation_from, settings.test, apart)
    origins = {*settings.test_from, *settings.validation_from}
    corpus = [
        pair for pair in pairs if _origin(pair) not in origins and not apart.touches(pair.source)
    ]
    ids = {pair.id for pair in corpus}
    learnable = [pair for pair in rest if pair.id in ids]
    if not learnable:
        raise UserError(
            f"No pair is left to learn from: of {len(pairs)}, {len(suitable)} have "
            f"{settings.min_words} to {settings.max_words} words (build.min_words, "
            "build.max_words), and all of these are held out or resemble what is."
        )
    return _Division(test, validation, learnable, corpus, len(rest) - len(learnable))


def _nothing_made(settings: Build, learnable: Sequence[Pair], rejects: Sequence[Json]) -> str:
    kinds = ", ".join(settings.mix)
    why = (
        f"{len(rejects)} failed their own checks, the first because {rejects[0]['reasons'][0]}"
        if rejects
        else "too little text to align its words, most likely"
    )
    return f"None of {len(learnable)} pairs made a dialogue of build.mix ({kinds}): {why}."


def _has_length(pair: Pair, settings: Build) -> bool:
    if languages.is_spaced(pair.source_lang):
        words = len(pair.source.split())
    else:
        words = (sum(character.isalpha() for character in pair.source) + 1) // 2
    return settings.min_words <= words <= settings.max_words


def _origin(pair: Pair) -> str:
    """The package, folder or file a pair comes from."""
    return pair.origin.split(":", 1)[0]


def _set_apart(
    pairs: Sequence[Pair], origins: Sequence[str], count: int, apart: Overlap
) -> tuple[list[Pair], list[Pair]]:
    """At most `count` pairs that resemble nothing set apart yet, and those that may still be used.

    With `origins`, everything else of those origins is set aside too and used for nothing; without
    them at most a fifth of the pairs is taken. What is taken is added to `apart`.
    """
    known = {_origin(pair) for pair in pairs}
    if missing := set(origins) - known:
        raise UserError(
            f"No pair comes from {', '.join(sorted(missing))}, which the recipe holds out; "
            f"the pairs come from {', '.join(sorted(known))}."
        )
    candidates = [pair for pair in pairs if _origin(pair) in origins] if origins else pairs
    most = count if origins else min(count, len(pairs) // _LARGEST_SHARE)
    chosen: list[Pair] = []
    for pair in candidates:
        if len(chosen) == most:
            break
        if not apart.touches(pair.source):
            apart.add(pair.source)
            chosen.append(pair)
    if origins:
        return chosen, [pair for pair in pairs if _origin(pair) not in origins]
    ids = {pair.id for pair in chosen}
    return chosen, [pair for pair in pairs if pair.id not in ids]


def _dialogues(
    settings: Build,
    count: int,
    pairs: Sequence[Pair],
    resources: Resources,
    seen: set[str],
    rng: random.Random,
    rejects: list[Json],
) -> Iterator[Dialogue]:
    """`count` dialogues in the shares of the mix, no pair used by two kinds, none `seen` by id."""
    builders = settings.builders()
    total = sum(share for share, _ in builders.values())
    running, given = 0.0, 0
    used: set[str] = set()
    # What asks most of a pair comes first; any pair will do for a plain translation.
    for name in sorted(builders, key=lambda x: (not needs_answers(x), x == "translate", x)):
        share, values = builders[name]
        options = parts.options("builder", name, values)
        left = [pair for pair in pairs if pair.id not in used]
        built = parts.load("builder", name).build(left, resources, options, rng)
        # Rounded as a running sum, so that thirds of 100 make 100.
        running += share
        quota = round(count * running / total) - given
        given += quota
        new = (dialogue for dialogue in built if dialogue.id not in seen)
        for dialogue in islice(_sound(new, rejects), quota):
            used.update(dialogue.pair_ids)
            yield dialogue


def _sound(built: Iterable[Dialogue], rejects: list[Json]) -> Iterator[Dialogue]:
    """The dialogues whose learned turns pass their own checks; the others are kept apart."""
    for dialogue in built:
        reasons = [
            reason
            for message in dialogue.messages
            for _, reason in checks.failures(message.checks, message.text)
        ]
        if reasons:
            rejects.append({**dialogue.to_json(), "reasons": reasons})
        else:
            yield dialogue


def _sample(pair: Pair, resources: Resources) -> Sample:
    # Words of a language without spaces cannot be aligned, so nothing can be asked for there.
    alignable = languages.is_spaced(pair.source_lang) and languages.is_spaced(pair.target_lang)
    terms = resources.aligner.terms(pair) if alignable else []
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


def _report(settings: Build, counts: dict[str, Any]) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts["train"].items())
    terminal.say(
        f"{sum(counts['train'].values())} dialogues to learn from ({kinds}); "
        f"{counts['test_samples']} test and {counts['validation_samples']} validation samples; "
        f"{counts['near_duplicates_dropped']} near-duplicates of those left out; "
        f"{counts['rejected']} dialogues rejected"
    )
    made = {
        "dialogues": (sum(counts["train"].values()), settings.dialogues),
        "validation dialogues": (sum(counts["validation"].values()), settings.validation),
        "test samples": (counts["test_samples"], settings.test),
        "validation samples": (counts["validation_samples"], settings.test),
    }
    short = [f"{have} {what} of {wanted}" for what, (have, wanted) in made.items() if have < wanted]
    if short:
        terminal.say(f"The pairs allow fewer than asked for: {', '.join(short)}.")
