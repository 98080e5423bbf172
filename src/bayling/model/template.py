"""Conversations as tokens, the same way in training and when answering.

A conversation is cut into pieces (what leads up to an answer, the answer, what leads up to the
next …) and each piece is tokenised on its own. So the tokens before an answer are the same
whether the answer follows or is still to be written, whatever the tokenizer likes to merge.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from bayling.errors import UserError
from bayling.model.segments import UNKNOWN_LENGTH, Segment
from bayling.records import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# For base models that come without a template. The headers are plain words (those of BayLing's
# own format, papers.md §1.3), so that no token has to be added; the model's end token stops.
OURS = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "### Response:\n{{ message['content'] }}{{ eos_token }}\n"
    "{% else %}"
    "### Instruction:\n{{ message['content'] }}\n"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}### Response:\n{% endif %}"
)


@dataclass(frozen=True)
class Encoded:
    """A dialogue as tokens: `ids[t]` and the `weights[t]` with which predicting it is learned.

    The weight is 0 for what is not learned: requests, drafts, headers. `ids` and `weights` have
    the same length, in tokens. `segments` say where the tokens stand, if that was asked for.
    """

    ids: tuple[int, ...]
    weights: tuple[float, ...]
    segments: tuple[Segment, ...] = ()


def prepare(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """Give the tokenizer our template if it has none, and a padding token."""
    if tokenizer.chat_template is None:
        tokenizer.chat_template = OURS
    if tokenizer.eos_token is None:
        raise UserError("The model's tokenizer has no end token, so its answers could never stop.")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def prompt(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[int]:
    """The tokens after which the assistant's next turn begins."""
    return [token for piece in _pieces(tokenizer, messages) for token in _tokens(tokenizer, piece)]


def stop_token(tokenizer: PreTrainedTokenizerBase) -> int:
    """The token that ends an answer in the model's template, which need not be its end token.

    Raises `UserError` for a template in which an answer ends with ordinary text.
    """
    _, _, tail = _pieces(tokenizer, [Message("user", "1"), Message("assistant", "2")])
    ids = _tokens(tokenizer, tail)
    if not ids or ids[0] not in tokenizer.all_special_ids:
        raise UserError(
            "The model's chat template ends an answer without a special token, so the model could "
            "not learn to stop."
        )
    return ids[0]


def encode(
    tokenizer: PreTrainedTokenizerBase,
    messages: Sequence[Message],
    weigh: Callable[[Message, int, int], float],
    prompt: float = 0.0,
) -> Encoded:
    """A whole dialogue, every learned turn with the token that ends it.

    `weigh(message, start, end)` gives the weight of the token that stands for these characters of
    a learned message (0-based, end exclusive; both at the text's end for the end token). All else
    has the weight `prompt`, but for the very first token, which nothing predicts.
    """
    ids: list[int] = []
    weights: list[float] = []
    answers = [message for message in messages if message.role == "assistant"]
    learned: Message | None = None
    for number, piece in enumerate(_pieces(tokenizer, messages)):
        encoding = tokenizer(piece, add_special_tokens=False, return_offsets_mapping=True)
        ids += encoding.input_ids
        if number % 2:
            learned = answers[number // 2] if answers[number // 2].learn else None
            weights += [
                weigh(learned, start, end) if learned else prompt
                for start, end in encoding.offset_mapping
            ]
            continue
        # What follows an answer begins with the token that ends it.
        ending = [weigh(learned, len(learned.text), len(learned.text))] if learned else [prompt]
        weights += (ending + [prompt] * len(encoding.input_ids))[: len(encoding.input_ids)]
        learned = None
    return Encoded(tuple(ids), (0.0, *weights[1:]))


def segments(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]
) -> tuple[Segment, ...]:
    """Where the tokens of `prompt` and `encode` stand, in their order.

    Where the conversation ends with the user, a last segment stands for the first token of the
    answer, which is not there yet. Which part of a message is a source text its spans say; if no
    message has such a span, as in other people's data, it is what follows a message's first line.

    Raises `UserError` for a template that changes what users say.
    """
    pieces = _pieces(tokenizer, messages)
    tokens, begin = [], 0
    for piece in pieces:
        offsets = tokenizer(piece, add_special_tokens=False, return_offsets_mapping=True)
        tokens += [(begin + start, begin + end) for start, end in offsets.offset_mapping]
        begin += len(piece)
    found: list[Segment] = []
    number, length, asked = 0, UNKNOWN_LENGTH, False
    for role, start, end in _stretches(messages, _begins(tokenizer, messages, pieces)):
        first = bisect_right(tokens, start, key=itemgetter(1))
        last = bisect_left(tokens, end, key=itemgetter(0))
        if found and found[-1].end > first:
            # A token that belongs to two belongs to the later one.
            found[-1] = replace(found[-1], end=first)
        if role == "instruction":
            number, asked = number + (not asked), True
        elif role == "source":
            length = max(1, last - first)
        else:
            asked = False
        found.append(Segment(first, last, number, 0 if role == "instruction" else length))
    if messages and messages[-1].role != "assistant":
        found.append(Segment(len(tokens), len(tokens) + 1, number, length))
    return tuple(found)


def _stretches(
    messages: Sequence[Message], begins: Sequence[int]
) -> Iterator[tuple[str, int, int]]:
    """(instruction, source or answer, start, end) of what is said, each message beginning at a
    character of the rendered text; white space around a message may be gone from it."""
    marked = any(span.role == "source" for message in messages for span in message.spans)
    for message, begin in zip(messages, begins, strict=True):
        text = message.text
        if message.role == "assistant":
            yield "answer", begin, begin + len(text)
            continue
        cuts = [0]
        for start, end in _sources(message) if marked else _below(text):
            cuts += [start, end]
        cuts.append(len(text))
        for number, (start, end) in enumerate(pairwise(cuts)):
            if said := text[start:end].strip():
                start = begin + text.index(said, start)
                yield ("source" if number % 2 else "instruction"), start, start + len(said)


def _sources(message: Message) -> list[tuple[int, int]]:
    return sorted((span.start, span.end) for span in message.spans if span.role == "source")


def _below(text: str) -> list[tuple[int, int]]:
    """What follows the first line, unless that is nothing."""
    found = re.search(r"\S[^\n]*\n\s*(?=\S)", text)
    return [(found.end(), len(text))] if found else []


def _begins(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], pieces: Sequence[str]
) -> list[int]:
    """The character of the rendered text at which each message's text begins, or would begin if
    white space around it had been left.

    The conversation is rendered again with a mark in the place of whatever a user says; everything
    around the marks stays as it is.
    """
    whole = "".join(pieces)
    free = (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in whole)
    marks = ["" if each.role == "assistant" else next(free) for each in messages]
    turns = [
        {"role": message.role, "content": mark or message.text}
        for message, mark in zip(messages, marks, strict=True)
    ]
    rendered = _render(tokenizer, turns, turns[-1]["role"] != "assistant")
    # The odd pieces are the answers.
    answers = iter([sum(map(len, pieces[:number])) for number in range(1, len(pieces), 2)])
    told = [message.text if mark else "" for message, mark in zip(messages, marks, strict=True)]
    for texts in (told, [text.strip() for text in told]):
        begins, text = [], rendered
        for mark, said in zip(marks, texts, strict=True):
            begins.append(text.find(mark))
            text = text.replace(mark, said, 1) if mark else text
        if text == whole:
            return [
                begin - message.text.index(said) if mark else next(answers)
                for begin, message, mark, said in zip(begins, messages, marks, texts, strict=True)
            ]
    raise UserError(
        "The model's chat template changes what users say, so what is asked cannot be told from "
        "the text in it; the adapter needs a template that leaves it as it is."
    )


def _pieces(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[str]:
    """The rendered text, cut at both ends of every answer's text: odd pieces are answers."""
    turns = [{"role": message.role, "content": message.text} for message in messages]
    cuts = [0]
    whole = ""
    for number, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        before = _render(tokenizer, turns[:number], True)
        after = _render(tokenizer, turns[: number + 1], False)
        if not before.startswith(whole) or not after.startswith(before + turn["content"]):
            raise UserError(
                "The model's chat template rewrites earlier turns, so answers cannot be told "
                "from requests in it; bayling needs a template that only appends."
            )
        cuts += [len(before), len(before + turn["content"])]
        whole = after
    if turns and turns[-1]["role"] != "assistant":
        whole = _render(tokenizer, turns, True)
    cuts.append(len(whole))
    return [whole[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]


def _render(
    tokenizer: PreTrainedTokenizerBase, turns: list[dict[str, str]], answer_next: bool
) -> str:
    text: str = tokenizer.apply_chat_template(
        turns, tokenize=False, add_generation_prompt=answer_next
    )
    return text


def _tokens(tokenizer: PreTrainedTokenizerBase, piece: str) -> list[int]:
    tokens: list[int] = tokenizer(piece, add_special_tokens=False).input_ids
    return tokens
