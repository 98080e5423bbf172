"""What is asked of a system. A task is a file here with

    @dataclass(frozen=True)
    class Options: ...                                how it is asked

    def suits(sample: Sample, options: Options) -> bool
        whether the task can be asked about this sample (a `revise` needs a term to ask for)

    def flow(sample: Sample, options: Options, rng: Random) -> Flow
        the conversation as a generator: it yields the messages so far, the last one from the
        user (or a `Choice`, a `Begun` or a `UsersTurn`), is sent the answer, and returns the
        `Result`

    def user(options: Options) -> str
        only where somebody else may take the user's place: who does (`bayling.evaluate.place`)

    METRICS = ("following",)                          only where answers are no translations:
        the metrics that are taken instead of the usual ones

    ROOM = 512                                        only then: the tokens that an answer may have

    def samples(options: Options, given: Sequence[Sample]) -> Sequence[Sample]
        only of a task with questions of its own, which it asks instead of those `given`

    def inputs(options: Options) -> list[Path]        only then: the files it reads

The generator knows nothing of models, so a task of several turns is tested without one:

    >>> import random
    >>> from bayling import parts
    >>> from bayling.records import Sample
    >>> sample = Sample("1", "Open file", "Datei öffnen", "en", "de", "doc")
    >>> task = parts.load("task", "translation")
    >>> flow = task.flow(sample, parts.options("task", "translation"), random.Random(0))
    >>> next(flow)[-1].role
    'user'
    >>> try:
    ...     flow.send("Datei öffnen")
    ... except StopIteration as end:
    ...     end.value.outputs
    ('Datei öffnen',)
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from bayling.records import Message, Result, Sample


@dataclass(frozen=True)
class Choice:
    """What a flow yields that is to be answered with one of these, by their likelihood."""

    messages: tuple[Message, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class UsersTurn:
    """What a flow yields where whoever took the user's place has read an answer, the last of the
    `messages`. It is sent what he writes, which `bayling.evaluate.place.read` understands: that he
    is satisfied, or a request in his `language`. So many `requests` are left; if none is, what he
    asks for is not passed on, and says that he is not satisfied."""

    sample: Sample
    messages: tuple[Message, ...]
    language: str
    requests: int


@dataclass(frozen=True)
class Begun:
    """What a flow yields that is to be answered with a text that begins so, with a whole word."""

    messages: tuple[Message, ...]
    beginning: str


Asked = tuple[Message, ...] | Choice | Begun
Flow = Generator[Asked | UsersTurn, str, Result]
