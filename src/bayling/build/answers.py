"""First answers of the model that is being tuned, for the builders that draft from them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bayling import chain, jsonl, manifest, terminal, wording
from bayling.backends import Backend
from bayling.build.builders import Resources
from bayling.build.memory import Memory
from bayling.config import Build
from bayling.journal import Journal
from bayling.records import Message, Pair

NAME = "answers.jsonl"


def run(
    settings: Build,
    pairs_file: Path,
    system: dict[str, Any],
    connect: Callable[[], Backend],
    seed: int,
    folder: Path,
) -> Path:
    """Ask for a translation of every pair's source; a file of {pair_id, language, request,
    answer}, the language being the one that the user asks in.

    `system` describes who answers, for the manifest; `connect` is called only if anything is to
    be asked, and what was answered before a run was killed is not asked again.
    """
    plan = manifest.Plan(
        "answers",
        {"ask_in": settings.ask_in, "seed": seed, "system": system},
        {"pairs": manifest.sha256(pairs_file)},
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"{folder} is whole and up to date")
        return folder / NAME
    started = time.monotonic()
    pairs = [Pair.from_json(row) for row in jsonl.read(pairs_file)]
    rng = random.Random(seed)
    resources = Resources(Memory(()), tuple(settings.ask_in))
    users = [resources.user(pair, rng) for pair in pairs]
    requests = [user.ask("translate") for user in users]
    backend = connect()
    manifest.begin(folder)
    journal = Journal(backend, folder / "answers.journal", plan.key())
    with terminal.bar("Answering", len(pairs)) as bar:
        asked = [
            [Message("user", request, spans=wording.source_span(request, user.pair.source))]
            for request, user in zip(requests, users, strict=True)
        ]
        answers = journal.answer(asked, bar.advance)
    rows = (
        {"pair_id": user.pair.id, "language": user.language, "request": request, "answer": answer}
        for user, request, answer in zip(users, requests, map(chain.final, answers), strict=True)
    )
    count = jsonl.write(folder / NAME, rows)
    manifest.write(folder, plan, [NAME], {"answers": count}, time.monotonic() - started)
    journal.close()
    return folder / NAME


def read(path: Path) -> dict[str, tuple[str, str, str]]:
    """(language of the user, request, answer) by the pair's id."""
    return {
        row["pair_id"]: (row["language"], row["request"], row["answer"]) for row in jsonl.read(path)
    }
