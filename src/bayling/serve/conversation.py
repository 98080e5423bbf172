"""A conversation about one source text: what was said, and what an answer has to satisfy.

It knows neither the model nor the terminal. Whoever holds it passes the question on and brings
the reply back; until then nothing is changed, so a turn that fails or is cancelled leaves no trace:

    question = conversation.ask("Open the file.")
    [reply] = backend.answer([(*conversation.messages, question)])
    conversation.answer(question, reply)
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bayling import chain, checks, jsonl, languages, markup, wishes, wording
from bayling.errors import InputError, UserError
from bayling.records import Check, Dialogue, Message


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of an answer, in words for the user."""

    ok: bool
    text: str


class Conversation:
    """A source text, its translation, and requests about it in plain words.

    `messages` are the turns so far, question and answer by turns; an answer's `checks` are what it
    has to satisfy, those that earlier requests asked for included.
    """

    def __init__(self, source_lang: str, target_lang: str) -> None:
        """Raises `UserError` for an unknown language or twice the same one."""
        self.source_lang = languages.code(source_lang)
        self.target_lang = languages.code(target_lang)
        if self.source_lang == self.target_lang:
            raise UserError(
                f"The source and the target language are both '{self.source_lang}'; "
                "expected two different ones."
            )
        self.messages: tuple[Message, ...] = ()

    @property
    def translation(self) -> str:
        """The last answer, of a chain its final part. There is one once `messages` is not empty."""
        return chain.final(self.messages[-1].text)

    def ask(self, text: str) -> Message:
        """The user's next turn: the source text in a request to translate it, then `text` as is."""
        if self.messages:
            return Message("user", text)
        # A fixed seed: the same text is always asked for in the same words.
        request = wording.ask(
            "translate",
            "en",
            Random(0),
            source=text,
            source_language=self.source_lang,
            target_language=self.target_lang,
        )
        return Message("user", request, spans=wording.source_span(request, text))

    def answer(self, question: Message, reply: str) -> None:
        """Add a question that `ask` made and the reply to it."""
        first, *requests = (*self.messages[::2], question)
        basics = self._basics(first)
        asked = wishes.standing(request.text for request in requests)
        # A wish to keep what has to be kept anyway adds nothing.
        kept = {item for check in basics for item in check.options.get("items", ())}
        required = (
            *basics,
            *(wish for wish in asked if not kept.issuperset(wish.options.get("items", (None,)))),
        )
        self.messages += (question, Message("assistant", reply, checks=required))

    def findings(self) -> list[Finding]:
        """What the checks say of the last answer.

        The basics and what the last request asked for are always told, earlier wishes where they
        are broken again.
        """
        question, last = self.messages[-2:]
        basics = self._basics(self.messages[0])
        fresh = wording.recognise(question.text) if len(self.messages) > 2 else []
        found = [(check, _ask(check, last.text)) for check in last.checks]
        return [
            finding if check in basics or check in fresh else _again(finding)
            for check, finding in found
            if check in basics or check in fresh or not finding.ok
        ]

    def is_checked(self) -> bool:
        """Whether the last request asks for something that a program can check, as far as it is
        understood; a source text always does."""
        return len(self.messages) == 2 or bool(wording.recognise(self.messages[-2].text))

    def undo(self) -> str:
        """Take back the last question and its answer; returns the question."""
        if not self.messages:
            raise UserError("There is nothing to take back yet.")
        question = self.messages[-2]
        self.messages = self.messages[:-2]
        return _said(question)

    def reset(self) -> None:
        """Begin anew with the next source text."""
        self.messages = ()

    def save(self, path: Path) -> list[Finding]:
        """Add the conversation to a file of dialogues, to be learned from its last answer.

        The saved answer carries the checks it passes; those it does not pass are returned.
        Raises `UserError` where there is no answer or it is saved already, `InputError` where the
        file holds something else or cannot be written.
        """
        if not self.messages or not self.translation.strip():
            raise UserError("There is no translation to save yet.")
        last = self.messages[-1]
        outcomes = [(check, _ask(check, last.text)) for check in last.checks]
        passed = tuple(check for check, finding in outcomes if finding.ok)
        dialogue = Dialogue(
            messages=(*self.messages[:-1], replace(last, learn=True, checks=passed)),
            kind="chat",
            source_lang=self.source_lang,
            target_lang=self.target_lang,
            id=self._id(),
        )
        _append(path, dialogue)
        return [finding for _, finding in outcomes if not finding.ok]

    def _id(self) -> str:
        said = json.dumps(
            [self.source_lang, self.target_lang, *(message.text for message in self.messages)]
        )
        return "chat-" + hashlib.sha256(said.encode()).hexdigest()[:12]

    def _basics(self, question: Message) -> tuple[Check, ...]:
        source = _said(question)
        basics = [
            Check("language", {"language": self.target_lang, "others": (self.source_lang,)}),
            Check("not_copy", {"source": source}),
        ]
        if items := tuple(markup.find(source)):
            basics.append(Check("keep", {"items": items}))
        return tuple(basics)


def describe(check: Check) -> str:
    """What a check asks for, as said of an answer that satisfies it."""
    asked = check.options
    match check.kind:
        case "contain":
            return f"contains '{asked['phrase']}'"
        case "avoid":
            return f"does without '{asked['phrase']}'"
        case "keep":
            return f"keeps {' '.join(asked['items'])}"
        case "language":
            return f"is in {languages.name(asked['language'])}"
        case "not_copy":
            return "is not a copy"
        case _:
            return check.kind


def _ask(check: Check, text: str) -> Finding:
    outcome = checks.holds(check, text)
    return Finding(outcome.ok, describe(check) if outcome.ok else outcome.reason)


def _again(finding: Finding) -> Finding:
    return replace(finding, text=f"{finding.text}, as asked before")


def _said(question: Message) -> str:
    """What the user typed: the source text without the request around it, or the request."""
    for span in question.spans:
        return question.text[span.start : span.end]
    return question.text


def _append(path: Path, dialogue: Dialogue) -> None:
    rows = list(jsonl.read(path)) if path.exists() else []
    if any("messages" not in row for row in rows):
        raise InputError(path, "holds something other than dialogues; choose another file")
    if any(row.get("id") == dialogue.id for row in rows):
        raise UserError(f"This conversation is in {path} already.")
    try:
        jsonl.write(path, [*rows, dialogue.to_json()])
    except OSError as error:
        raise InputError(path, f"cannot be written ({error.strerror})") from error
