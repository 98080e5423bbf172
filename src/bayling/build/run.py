"""The build stage: pairs.jsonl → dialogues to learn from and samples to be tested on.

    train.jsonl, validation.jsonl                     dialogues
    samples-test.jsonl, samples-validation.jsonl      sources with references and terms
    rejects.jsonl                                     dialogues that failed their own checks

The test and validation sets are set apart first; what remains may train only where it is no near-
duplicate of anything set apart.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from bayling import checks, jsonl, manifest, parts, terminal
from bayling.build.align import Aligner
from bayling.build.builders import Resources, expected
from bayling.build.overlap import Overlap
from bayling.config import Build
from bayling.errors import UserError
from bayling.records import Dialogue, Pair, Sample

OUTPUTS = (
    "train.jsonl",
    "validation.jsonl",
    "samples-test.jsonl",
    "samples-validation.jsonl",
    "rejects.jsonl",
)


def run(settings: Build, pairs_file: Path, seed: int, folder: Path) -> dict[str, Any]:
    """Fill `folder` and return the counts. Raises `UserError` where the pairs do not suffice."""
    plan = manifest.Plan(
        "build",
        {**settings.model_dump(), "seed": seed},
        {"pairs.jsonl": manifest.sha256(pairs_file)},
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        counts: dict[str, Any] = manifest.require(folder, "build")["counts"]
        return counts
    started = time.monotonic()
    manifest.begin(folder)
    pairs = [Pair.from_json(row) for row in jsonl.read(pairs_file)]
    counts = _make(settings, pairs, seed, folder)
    manifest.write(folder, plan, OUTPUTS, counts, time.monotonic() - started)
    _report(counts)
    return counts


def _make(settings: Build, pairs: list[Pair], seed: int, folder: Path) -> dict[str, Any]:
    rng = random.Random(seed)
    suitable = [pair for pair in pairs if _has_length(pair, settings)]
    rng.shuffle(suitable)
    test, rest = _set_apart(suitable, settings.test_from, settings.test)
    validation, rest = _set_apart(rest, settings.validation_from, settings.test)
    apart = Overlap(pair.source for pair in (*test, *validation))
    learnable = [pair for pair in rest if not apart.touches(pair.source)]
    # The lexicon that makes drafts knows nothing of what is held out; the terms that a simulated
    # user may ask for are never shown to the model before, so they may come from all pairs.
    names = {pair.id for pair in (*test, *validation)}
    origins = {*settings.test_from, *settings.validation_from}
    corpus = [pair for pair in pairs if pair.id not in names and _origin(pair) not in origins]
    terminal.say(f"Aligning {len(corpus):,} pairs to train on, then with those set apart")
    resources = Resources(Aligner(corpus), tuple(settings.ask_in))
    everything = Aligner([*corpus, *test, *validation])
    held_out = Resources(everything, tuple(settings.ask_in))

    rejects: list[dict[str, Any]] = []
    train = list(_dialogues(settings, settings.dialogues, learnable, resources, rng, rejects))
    check = list(_dialogues(settings, settings.validation, validation, held_out, rng, rejects))
    if not train:
        raise UserError(
            f"None of {len(learnable):,} pairs made a dialogue; look into {folder}/rejects.jsonl."
        )
    rng.shuffle(train)
    _write(folder / "train.jsonl", train)
    _write(folder / "validation.jsonl", check)
    _write(folder / "samples-test.jsonl", (_sample(pair, everything) for pair in test))
    _write(folder / "samples-validation.jsonl", (_sample(pair, everything) for pair in validation))
    jsonl.write(folder / "rejects.jsonl", rejects)
    return {
        "pairs": len(pairs),
        "near_duplicates_dropped": len(rest) - len(learnable),
        "learnable": len(learnable),
        "train": dict(Counter(dialogue.kind for dialogue in train)),
        "validation": dict(Counter(dialogue.kind for dialogue in check)),
        "test_samples": len(test),
        "validation_samples": len(validation),
        "rejected": len(rejects),
    }


def _has_length(pair: Pair, settings: Build) -> bool:
    return settings.min_words <= len(pair.source.split()) <= settings.max_words


def _origin(pair: Pair) -> str:
    """The package, folder or file a pair comes from."""
    return pair.origin.split(":", 1)[0]


def _set_apart(
    pairs: Sequence[Pair], origins: Sequence[str], count: int
) -> tuple[list[Pair], list[Pair]]:
    """`count` pairs that do not resemble each other, and the pairs that may still be used.

    With `origins`, everything else of those origins is set aside too and used for nothing.
    """
    known = {_origin(pair) for pair in pairs}
    if missing := set(origins) - known:
        raise UserError(
            f"No pair comes from {', '.join(sorted(missing))}, which the recipe holds out; "
            f"the pairs come from {', '.join(sorted(known))}."
        )
    candidates = [pair for pair in pairs if _origin(pair) in origins] if origins else pairs
    chosen: list[Pair] = []
    seen = Overlap(())
    for pair in candidates:
        if len(chosen) == count:
            break
        if not seen.touches(pair.source):
            seen.add(pair.source)
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
    rng: random.Random,
    rejects: list[dict[str, Any]],
) -> Iterator[Dialogue]:
    """`count` dialogues in the shares of the mix, no pair used twice."""
    total = sum(settings.mix.values())
    used: set[str] = set()
    # What asks most of a pair comes first; any pair will do for a plain translation.
    for name in sorted(settings.mix, key=lambda each: each == "translate"):
        options = parts.options("builder", name)
        left = [pair for pair in pairs if pair.id not in used]
        built = parts.load("builder", name).build(left, resources, options, rng)
        quota = round(count * settings.mix[name] / total)
        for dialogue in islice(_sound(built, rejects), quota):
            used.update(dialogue.pair_ids)
            yield dialogue


def _sound(built: Iterable[Dialogue], rejects: list[dict[str, Any]]) -> Iterator[Dialogue]:
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


def _sample(pair: Pair, aligner: Aligner) -> Sample:
    return Sample(
        id=pair.id,
        source=pair.source,
        reference=pair.target,
        source_lang=pair.source_lang,
        target_lang=pair.target_lang,
        origin=pair.origin,
        terms=tuple((term.source, term.target) for term in aligner.terms(pair)),
        checks=expected(pair),
    )


def _write(path: Path, records: Iterable[Dialogue | Sample]) -> None:
    jsonl.write(path, (record.to_json() for record in records))


def _report(counts: dict[str, Any]) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts["train"].items())
    terminal.say(
        f"{sum(counts['train'].values())} dialogues to learn from ({kinds}); "
        f"{counts['test_samples']} test and {counts['validation_samples']} validation samples; "
        f"{counts['near_duplicates_dropped']} near-duplicates of those left out; "
        f"{counts['rejected']} dialogues rejected"
    )
