"""A simulated user edits the translation and has the rest completed, until it says what the
reference says or he has no patience left: interactive translation the classic way.

The policies are those of IMTLab (arXiv 2310.11163) that send edits back; its MTPE, which sends
none, is the detail `post_edit` of `word_strokes`. With `left_to_right` the user fixes the answer up
to its first wrong word and types the right one; with `random` he does so at some wrong place,
whatever is wrong before it; and the system writes all behind it anew, its answer being made to
begin so. With `left_to_right_infilling` and `random_infilling` he keeps what is right all over the
sentence, types a word at the first or some gap, and asks in plain words to fill the gaps. What it
cost, the metric `editing` reports, beside requests in plain words (`interactive`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.evaluate import editing
from bayling.evaluate.tasks import Begun, Flow, _asking
from bayling.records import Editing, Message, Result, Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, whether in phrasings that no training uses; where they edit,
    and how often they send an edit back at most."""

    policy: editing.Policy = "left_to_right"
    rounds: Annotated[int, Field(ge=1)] = 10


def suits(sample: Sample, options: Options) -> bool:
    """Where there is a word to be typed."""
    return editing.has_words(sample)


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    language, request = _asking.opening(sample, options, rng)
    editor = editing.editor(options.policy, sample, rng)
    messages: tuple[Message, ...] = (request,)
    asked: tuple[Message, ...] | Begun = messages
    outputs: list[str] = []
    typed: list[int] = []
    while True:
        outputs.append((yield asked))
        messages = (*messages, Message("assistant", outputs[-1]))
        editor.read(outputs[-1])
        accepted = editor.is_right()
        if accepted or len(typed) == options.rounds:
            typed.append(editor.lacking())
            break
        edit = editor.edit()
        typed.append(edit.typed)
        if accepted := edit.text is None:
            break
        if options.policy in editing.COMPLETING:
            # To the system it is the same question, of which part of the answer is there already.
            asked = Begun((request,), edit.text)
            messages = (*messages, Message("user", edit.text))
        else:
            said = wording.ask(
                "fill_gaps", language, rng, held_out=options.held_out, gapped=edit.text
            )
            messages = asked = (*messages, Message("user", said))
    made = Editing(options.policy, tuple(typed), accepted)
    return Result(sample, messages, tuple(outputs), editing=made)
