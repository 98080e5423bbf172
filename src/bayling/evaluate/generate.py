"""Conversations with a backend: many flows at once, each at its own turn.

Of an answer that is a chain (`bayling.chain`) a flow is sent the final part, so no task knows of
chains; the conversation itself, as the backend and the results have it, keeps the whole answer. A
flow that says how an answer is to begin says it of the final part, and the parts before it stay.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bayling import chain, parts, terminal
from bayling.backends import Backend
from bayling.evaluate.place import Place
from bayling.evaluate.tasks import Asked, Begun, Choice, Flow, UsersTurn
from bayling.records import Message, Result, Sample

_Waiting = Asked | UsersTurn


def results(
    task: str,
    options: Any,
    samples: Sequence[Sample],
    backend: Backend,
    seed: int,
    before: Sequence[Message] = (),
    user: Place | None = None,
) -> list[Result]:
    """The task's results in the order of the samples that suit it.

    `before` are turns put in front of every conversation: solved examples for a model that was
    not tuned. Chance is seeded by sample, so that every system is asked the same. `user` takes the
    simulated user's place, where the task's options say that somebody does.
    """
    part = parts.load("task", task)
    suited = [sample for sample in samples if part.suits(sample, options)]
    if not suited:
        terminal.say(f"None of {len(samples)} samples suits the task '{task}'; it has no scores.")
    flows = [
        part.flow(sample, options, random.Random(f"{seed}:{task}:{sample.id}")) for sample in suited
    ]
    done: dict[int, Result] = {}
    answered: list[list[str]] = [[] for _ in flows]
    alone = user is not None and user.one_at_a_time
    every = range(len(flows))
    for lot in [[place] for place in every] if alone else [every]:
        waiting = {place: next(flows[place]) for place in lot}
        turn = 0
        while waiting:
            turn += 1
            places = list(waiting)
            asked = [_with_whole(waiting[place], answered[place]) for place in places]
            with terminal.bar(f"Asking: {task}, turn {turn}", len(places), not alone) as bar:
                answers = _answers(backend, asked, before, getattr(part, "ROOM", None), bar.advance)
            waiting = {}
            for place, answer in zip(places, answers, strict=True):
                answered[place].append(answer)
                _send(flows[place], chain.final(answer), place, waiting, done)
            waiting = _after_user(flows, waiting, done, user, f"The user reads: turn {turn}")
    found = [done[place] for place in range(len(flows))]
    return [
        replace(result, task=task, messages=_whole(result.messages, answers))
        for result, answers in zip(found, answered, strict=True)
    ]


def _after_user(
    flows: Sequence[Flow],
    waiting: dict[int, _Waiting],
    done: dict[int, Result],
    user: Place | None,
    description: str,
) -> dict[int, _Waiting]:
    """What flows wait for when those that wait for a user have been sent what he says."""
    turns = {place: turn for place, turn in waiting.items() if isinstance(turn, UsersTurn)}
    if not turns:
        return waiting
    assert user is not None
    if user.one_at_a_time:
        replies = user.reply(list(turns.values()))
    else:
        with terminal.bar(description, len(turns)) as bar:
            replies = user.reply(list(turns.values()), bar.advance)
    left = {place: asked for place, asked in waiting.items() if place not in turns}
    for place, reply in zip(turns, replies, strict=True):
        _send(flows[place], reply, place, left, done)
    return left


def _with_whole(asked: _Waiting, answers: Sequence[str]) -> Asked:
    assert not isinstance(asked, UsersTurn)
    if isinstance(asked, Choice):
        return replace(asked, messages=_whole(asked.messages, answers))
    if isinstance(asked, Begun):
        before = _before_final(answers[-1]) if answers else ""
        return Begun(_whole(asked.messages, answers), before + asked.beginning)
    return _whole(asked, answers)


def _before_final(answer: str) -> str:
    """What stands in a chain before its final part, '' in any other answer."""
    if not chain.parts(answer):
        return ""
    before = answer[: answer.rindex(chain.final(answer))]
    return before if before.endswith("\n") else f"{before}\n"


def _whole(messages: Sequence[Message], answers: Sequence[str]) -> tuple[Message, ...]:
    """The messages with each of the `answers` so far, in order, in place of its final part."""
    found, left = [], deque(answers)
    for message in messages:
        if left and message.role == "assistant" and message.text == chain.final(left[0]):
            message = replace(message, text=left.popleft())
        found.append(message)
    return tuple(found)


def _answers(
    backend: Backend,
    asked: Sequence[Asked],
    before: Sequence[Message],
    room: int | None,
    on_answer: Callable[[int], None],
) -> list[str]:
    """What the backend writes or chooses; a task asks for one of the two in a turn."""
    if any(isinstance(each, Begun) for each in asked):
        return _begun(backend, asked, before, room, on_answer)
    choices = [each for each in asked if isinstance(each, Choice)]
    if choices:
        conversations = [[*before, *choice.messages] for choice in choices]
        return backend.choose(conversations, [each.candidates for each in choices], on_answer)
    written = [[*before, *each] for each in asked if isinstance(each, tuple)]
    return backend.answer(written, on_answer, room)


def _begun(
    backend: Backend,
    asked: Sequence[Asked],
    before: Sequence[Message],
    room: int | None,
    on_answer: Callable[[int], None],
) -> list[str]:
    """Answers of which some begin as they are told."""
    said = [each if isinstance(each, tuple) else each.messages for each in asked]
    beginnings = [each.beginning if isinstance(each, Begun) else "" for each in asked]
    conversations = [[*before, *messages] for messages in said]
    return backend.answer(conversations, on_answer, room, beginnings)


def _send(
    flow: Flow,
    answer: str,
    place: int,
    waiting: dict[int, _Waiting],
    done: dict[int, Result],
) -> None:
    try:
        waiting[place] = flow.send(answer)
    except StopIteration as end:
        done[place] = end.value
