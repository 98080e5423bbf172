"""The records that flow through every stage.

    Pair ──build──▶ Dialogue ──train──▶ (a checkpoint)
      └────build──▶ Sample ──evaluate──▶ Result ──▶ Score

On disk each is one JSON line. A dialogue's line holds the `messages: [{role, content}]` that other
trainers read, plus what they do not know about: which turns are learned, the checks each learned
turn passes, and spans of text with a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bayling import jsonl
from bayling.errors import InputError
from bayling.languages import Direction

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One source text and its human translation.

    `origin` says where it came from: `package-or-file:path:line`. Languages are BCP 47 codes.
    """

    source: str
    target: str
    source_lang: str
    target_lang: str
    id: str
    origin: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pairs go to other processes by the million; what a dataclass does by itself takes longer.
        return Pair, (
            self.source,
            self.target,
            self.source_lang,
            self.target_lang,
            self.id,
            self.origin,
            self.meta,
        )

    @property
    def direction(self) -> Direction:
        return Direction(self.source_lang, self.target_lang)

    @property
    def collection(self) -> str:
        """The package, folder or file it comes from."""
        return self.origin.split(":", 1)[0]

    def to_json(self) -> Json:
        # Not by `asdict`, which takes fifty times as long: there are millions of them.
        return {
            "source": self.source,
            "target": self.target,
            "source_lang": self.source_lang,
            "target_lang": self.target_lang,
            "id": self.id,
            "origin": self.origin,
            "meta": dict(self.meta),
        }

    def to_line(self) -> str:
        """The line of JSON that `to_json` is, in a third of the time."""
        text = jsonl.string
        meta = jsonl.line(dict(self.meta)) if self.meta else "{}"
        return (
            f'{{"source": {text(self.source)}, "target": {text(self.target)}, '
            f'"source_lang": {text(self.source_lang)}, "target_lang": {text(self.target_lang)}, '
            f'"id": {text(self.id)}, "origin": {text(self.origin)}, "meta": {meta}}}'
        )

    @classmethod
    def from_json(cls, row: Json) -> Pair:
        return cls(**row)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a message's text that play a role (source, term, changed)."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class Check:
    """Something a translation must satisfy: a part of `bayling.checks` and its options."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {"kind": self.kind, **self.options}

    @classmethod
    def from_json(cls, row: Json) -> Check:
        return cls(row["kind"], {key: value for key, value in row.items() if key != "kind"})


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `learn` marks an assistant turn that is trained on, which has to pass `checks`."""

    role: str
    text: str
    learn: bool = False
    spans: tuple[Span, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation between a user and the assistant, made from the pairs `pair_ids`."""

    messages: tuple[Message, ...]
    kind: str
    source_lang: str
    target_lang: str
    id: str
    pair_ids: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Json:
        learned = [i for i, message in enumerate(self.messages) if message.learn]
        return {
            "id": self.id,
            "kind": self.kind,
            "source_lang": self.source_lang,
            "target_lang": self.target_lang,
            "messages": [{"role": m.role, "content": m.text} for m in self.messages],
            "learn": learned,
            "checks": [[c.to_json() for c in self.messages[i].checks] for i in learned],
            "spans": _spans(self.messages),
            "pair_ids": list(self.pair_ids),
            "meta": dict(self.meta),
        }

    @classmethod
    def from_json(cls, row: Json) -> Dialogue:
        """Read a line of ours, or of anybody's `messages` format: then every answer is learned."""
        turns = row["messages"]
        answers = [i for i, turn in enumerate(turns) if turn["role"] == "assistant"]
        learned = row.get("learn", answers)
        checks = dict(zip(learned, row.get("checks", []), strict=False))
        spans = row.get("spans") or [[] for _ in turns]
        messages = tuple(
            Message(
                role=turn["role"],
                text=turn["content"],
                learn=i in learned,
                spans=tuple(Span(*span) for span in spans[i]),
                checks=tuple(Check.from_json(check) for check in checks.get(i, ())),
            )
            for i, turn in enumerate(turns)
        )
        return cls(
            messages=messages,
            kind=row.get("kind", "general"),
            source_lang=row.get("source_lang", "und"),
            target_lang=row.get("target_lang", "und"),
            id=str(row.get("id", "")),
            pair_ids=tuple(row.get("pair_ids", ())),
            meta=row.get("meta", {}),
        )


def _spans(messages: Iterable[Message]) -> list[list[list[Any]]]:
    return [[[span.start, span.end, span.role] for span in each.spans] for each in messages]


def read_dialogues(path: Path | str) -> Iterator[Dialogue]:
    """The dialogues of a JSONL file. Raises `InputError` for a line that is none."""
    for number, row in jsonl.numbered(path):
        try:
            yield Dialogue.from_json(row)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(
                path, "is not a dialogue; expected messages: [{role, content}, …]", number
            ) from error


@dataclass(frozen=True, slots=True)
class Sample:
    """A source text to be translated in an evaluation, with what a simulated user may ask for.

    `terms` are (source phrase, target phrase) found in the reference by word alignment;
    `checks` are what any translation of it must satisfy; `meta` is what a task with questions of
    its own has to know of this one.
    """

    id: str
    source: str
    reference: str
    source_lang: str
    target_lang: str
    origin: str
    terms: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def direction(self) -> Direction:
        return Direction(self.source_lang, self.target_lang)

    def to_json(self) -> Json:
        row = asdict(self)
        if not self.meta:
            del row["meta"]
        row["checks"] = [check.to_json() for check in self.checks]
        return row

    @classmethod
    def from_json(cls, row: Json) -> Sample:
        return cls(
            **{
                **row,
                "terms": tuple((source, target) for source, target in row["terms"]),
                "checks": tuple(Check.from_json(check) for check in row["checks"]),
            }
        )


@dataclass(frozen=True, slots=True)
class User:
    """Who took the simulated user's place in a conversation, and how it ended for him.

    `name` is `person` or `model:NAME`, `language` the one to ask in. `satisfied` is what he said
    himself of the last answer; None where his last reply was neither that he is satisfied nor a
    request: `unread` is that reply, and `reason` what is wrong with it.
    """

    name: str
    language: str
    satisfied: bool | None
    unread: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Editing:
    """How a user edited a system's translations: by which policy, how many words (characters where
    no spaces are written) after each of the outputs, and whether what the system completed became
    the reference before the user's patience was at its end. After the last output that is what was
    left to be typed."""

    policy: str
    typed: tuple[int, ...]
    accepted: bool

    def to_json(self) -> Json:
        return {"policy": self.policy, "typed": list(self.typed), "accepted": self.accepted}

    @classmethod
    def from_json(cls, row: Json) -> Editing:
        return cls(row["policy"], tuple(row["typed"]), row["accepted"])


@dataclass(frozen=True, slots=True)
class Result:
    """What a system answered to one sample of a task.

    `messages` is the whole conversation as it went, questions and answers; `outputs` are the
    system's translations in order, the last one being final; `wishes` are the checks the user
    asked for (empty where nothing was asked). In a conversation of several requests `asked_after`
    says of each wish how many outputs the user had read when asking for it, and a wish that was
    asked for again is there again; None in tasks of one request. `editing` is how a user edited
    the outputs, who did not ask for changes. `task` is the name of the task, '' for outputs that
    were made elsewhere. `user` is who took the simulated user's place, if somebody did: nobody
    knows what exactly his requests wish for, so `wishes` and `asked_after` are empty then.
    """

    sample: Sample
    messages: tuple[Message, ...]
    outputs: tuple[str, ...]
    wishes: tuple[Check, ...] = ()
    asked_after: tuple[int, ...] | None = None
    task: str = ""
    editing: Editing | None = None
    user: User | None = None

    def to_json(self) -> Json:
        row: Json = {
            "sample": self.sample.to_json(),
            "messages": [{"role": m.role, "content": m.text} for m in self.messages],
            "outputs": list(self.outputs),
            "wishes": [wish.to_json() for wish in self.wishes],
        }
        if self.asked_after is not None:
            row["asked_after"] = list(self.asked_after)
        if self.task:
            row["task"] = self.task
        if self.editing is not None:
            row["editing"] = self.editing.to_json()
        if self.user is not None:
            row["user"] = asdict(self.user)
        if any(message.spans for message in self.messages):
            row["spans"] = _spans(self.messages)
        return row

    @classmethod
    def from_json(cls, row: Json) -> Result:
        spans = row.get("spans") or [[] for _ in row["messages"]]
        return cls(
            sample=Sample.from_json(row["sample"]),
            messages=tuple(
                Message(turn["role"], turn["content"], spans=tuple(Span(*span) for span in each))
                for turn, each in zip(row["messages"], spans, strict=True)
            ),
            outputs=tuple(row["outputs"]),
            wishes=tuple(Check.from_json(wish) for wish in row["wishes"]),
            asked_after=tuple(row["asked_after"]) if "asked_after" in row else None,
            task=row.get("task", ""),
            editing=Editing.from_json(row["editing"]) if "editing" in row else None,
            user=User(**row["user"]) if "user" in row else None,
        )


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of a metric: `value` in 0–100, with all it takes to repeat it.

    `interval` is the 95 % confidence interval, `n` the number of segments it was taken over,
    `details` whatever breaks the figure down.
    """

    name: str
    value: float
    signature: str
    n: int
    interval: tuple[float, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Json:
        row: Json = {"score": self.value, "signature": self.signature, "n": self.n}
        if self.interval is not None:
            row["interval"] = list(self.interval)
        if self.details:
            row["details"] = dict(self.details)
        return row
