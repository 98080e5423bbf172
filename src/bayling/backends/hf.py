"""transformers: the reference that every other backend is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling.model import load, template
from bayling.records import Message

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Options:
    """The model, an adapter's folder to merge into it, and how it decodes (greedily).

    At most `max_new_tokens` are written, fewer in a batch of short texts: an answer gets `room`
    tokens more than the longest message of its conversation has. An answer ends at the end token
    or before any of the `stop` strings, which a model needs that never learned to end.
    """

    model: str
    adapter: Path | None = None
    batch_size: int = 32
    max_new_tokens: int = 256
    room: int = 16
    stop: tuple[str, ...] = ()


def connect(options: Options) -> Transformers:
    """Load the model. Raises what `bayling.model.load.load` raises."""
    model, tokenizer = load.load(options.model)
    if options.adapter is not None:
        model = load.merge(model, options.adapter)
    model.eval()
    return Transformers(model, tokenizer, options)


class Transformers:
    """A model in this process. Conversations are batched by length, padded on the left."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, options: Options
    ) -> None:
        self.name = options.model
        self._model, self._tokenizer, self._options = model, tokenizer, options

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        prompts = [template.prompt(self._tokenizer, messages) for messages in conversations]
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
        answers = [""] * len(prompts)
        for start in range(0, len(order), self._options.batch_size):
            places = order[start : start + self._options.batch_size]
            longest = max(self._longest(conversations[place]) for place in places)
            limit = min(self._options.max_new_tokens, longest + self._options.room)
            texts = self._generate([prompts[place] for place in places], limit)
            for place, text in zip(places, texts, strict=True):
                answers[place] = text
            if on_answer:
                on_answer(len(places))
        return answers

    def _longest(self, messages: Sequence[Message]) -> int:
        texts = [message.text for message in messages]
        return max(len(ids) for ids in self._tokenizer(texts).input_ids)

    def _generate(self, prompts: list[list[int]], limit: int) -> list[str]:
        import torch

        longest = max(len(prompt) for prompt in prompts)
        padding = self._tokenizer.pad_token_id
        device = self._model.device
        ids = torch.tensor([[padding] * (longest - len(p)) + p for p in prompts], device=device)
        mask = torch.tensor(
            [[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=device
        )
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                do_sample=False,
                max_new_tokens=limit,
                pad_token_id=padding,
                eos_token_id=self._tokenizer.eos_token_id,
                stopping_criteria=self._stopping(longest),
            )
        texts = self._tokenizer.batch_decode(output[:, longest:], skip_special_tokens=True)
        return [self._cut(text) for text in texts]

    def _cut(self, text: str) -> str:
        text = text.strip()
        for stop in self._options.stop:
            text = text.split(stop, 1)[0]
        return text.strip()

    def _stopping(self, begin: int) -> list[Callable[..., Tensor]]:
        """End a row as soon as what it has written holds a stop string behind some text."""
        if not self._options.stop:
            return []
        import torch

        def ended(ids: Tensor, scores: Any, **_: Any) -> Tensor:
            texts = self._tokenizer.batch_decode(ids[:, begin:], skip_special_tokens=True)
            done = [any(stop in text.lstrip() for stop in self._options.stop) for text in texts]
            return torch.tensor(done, device=ids.device)

        return [ended]
