"""A model that words requests in its own way, if a recipe names one.

Only requests whose wishes a program understands are given to it, and what it says is taken only
where the same wishes are understood; so every promise of a dialogue is as true as before.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayling import jsonl, languages, terminal, wording
from bayling.backends import Backend
from bayling.config import Teacher
from bayling.records import Dialogue, Message, read_dialogues

_REQUEST = (
    "Here is what somebody asks of a translator. Say the same in other words, in {language}. Leave "
    "what stands in quotation marks as it is, with its quotation marks. Answer with the new "
    "request alone, in one line.\n\n{request}"
)
_LONGEST = 3  # times the request


def run(
    settings: Teacher, file: Path, connect: Callable[[], Backend], rng: random.Random
) -> dict[str, Any]:
    """Word requests in a file of dialogues anew; how many were asked for and how many taken."""
    dialogues = list(read_dialogues(file))
    places = [
        (number, turn)
        for number, dialogue in enumerate(dialogues)
        for turn, message in enumerate(dialogue.messages)
        if turn and message.role == "user" and wording.recognise(message.text)
        if rng.random() < settings.share
    ]
    requests = [dialogues[number].messages[turn].text for number, turn in places]
    asked = [
        [Message("user", _REQUEST.format(language=_language(dialogues[n], text), request=text))]
        for (n, _), text in zip(places, requests, strict=True)
    ]
    with terminal.bar(f"Asking the teacher {settings.model}", len(asked)) as bar:
        answers = connect().answer(asked, bar.advance) if asked else []
    taken = 0
    for (number, turn), old, new in zip(places, requests, answers, strict=True):
        if is_same(old, new):
            dialogues[number] = _with(dialogues[number], turn, new.strip())
            taken += 1
    jsonl.write(file, _rows(dialogues))
    return {"asked": len(asked), "taken": taken}


def is_same(old: str, new: str) -> bool:
    """Whether a request in other words asks for the same, as far as a program can tell."""
    said = new.strip()
    return (
        _words(said) != _words(old)
        and "\n" not in said
        and len(said) <= _LONGEST * len(old)
        and sorted(map(str, wording.recognise(said))) == sorted(map(str, wording.recognise(old)))
    )


def _words(text: str) -> list[str]:
    # Other quotation marks are no other words.
    return re.findall(r"\w+", text.casefold())


def _language(dialogue: Dialogue, request: str) -> str:
    """The name of the language that a request is in: English, or one of the dialogue's two."""
    among = tuple(dict.fromkeys((dialogue.source_lang, dialogue.target_lang, "en")))
    found = languages.identify(request, among)
    return languages.name(found if found != languages.UNDETERMINED else "en")


def _with(dialogue: Dialogue, turn: int, text: str) -> Dialogue:
    messages = list(dialogue.messages)
    messages[turn] = replace(messages[turn], text=text, spans=())
    return replace(dialogue, messages=tuple(messages))


def _rows(dialogues: list[Dialogue]) -> Iterator[dict[str, Any]]:
    return (dialogue.to_json() for dialogue in dialogues)
