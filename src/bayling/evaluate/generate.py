"""Conversations with a backend: many flows at once, each at its own turn."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bayling import parts, terminal
from bayling.backends import Backend
from bayling.evaluate.tasks import Choice, Flow
from bayling.records import Message, Result, Sample


def results(
    task: str,
    options: Any,
    samples: Sequence[Sample],
    backend: Backend,
    seed: int,
    before: Sequence[Message] = (),
) -> list[Result]:
    """The task's results in the order of the samples that suit it.

    `before` are turns put in front of every conversation: solved examples for a model that was
    not tuned. Chance is seeded by sample, so that every system is asked the same.
    """
    part = parts.load("task", task)
    suited = [sample for sample in samples if part.suits(sample, options)]
    if not suited:
        terminal.say(f"None of {len(samples)} samples suits the task '{task}'; it has no scores.")
    flows = [
        part.flow(sample, options, random.Random(f"{seed}:{task}:{sample.id}")) for sample in suited
    ]
    done: dict[int, Result] = {}
    waiting = {place: next(flow) for place, flow in enumerate(flows)}
    turn = 0
    while waiting:
        turn += 1
        places, asked = list(waiting), list(waiting.values())
        with terminal.bar(f"Asking: {task}, turn {turn}", len(places)) as bar:
            answers = _answers(backend, asked, before, getattr(part, "ROOM", None), bar.advance)
        waiting = {}
        for place, answer in zip(places, answers, strict=True):
            _send(flows[place], answer, place, waiting, done)
    return [replace(done[place], task=task) for place in range(len(flows))]


def _answers(
    backend: Backend,
    asked: Sequence[tuple[Message, ...] | Choice],
    before: Sequence[Message],
    room: int | None,
    on_answer: Callable[[int], None],
) -> list[str]:
    """What the backend writes or chooses; a task asks for one of the two in a turn."""
    choices = [each for each in asked if isinstance(each, Choice)]
    if choices:
        conversations = [[*before, *choice.messages] for choice in choices]
        return backend.choose(conversations, [each.candidates for each in choices], on_answer)
    written = [[*before, *each] for each in asked if not isinstance(each, Choice)]
    return backend.answer(written, on_answer, room)


def _send(
    flow: Flow,
    answer: str,
    place: int,
    waiting: dict[int, tuple[Message, ...] | Choice],
    done: dict[int, Result],
) -> None:
    try:
        waiting[place] = flow.send(answer)
    except StopIteration as end:
        done[place] = end.value
