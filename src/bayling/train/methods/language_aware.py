"""Language-aware tuning: a translation is to be likely under its request and unlikely under a
request for another language, so that the answer's language comes from the request
(papers.md §3; its second stage, after ordinary tuning).

    loss = mean over y of -log p(y_t | right) + alpha · mean over y of -log(1 - p(y_t | wrong))

The wrong requests are in the dialogues, as the builder `contrast` writes them. One is drawn anew
each epoch; the released code draws once, and also takes wrong requests for the right language,
which punishes a right answer (`keep_target`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from bayling import wording
from bayling.errors import UserError
from bayling.model import template
from bayling.model.template import Encoded
from bayling.records import Dialogue
from bayling.train.methods import _likelihood

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from bayling.train.batch import Batch


@dataclass(frozen=True)
class Options:
    """`alpha` weighs the second term. `keep_target` also draws wrong requests for the right target
    language from another source language, as the released code does. `per_token` averages over
    all tokens of a step alike; if not, each dialogue counts the same however long it is, which is
    the paper's average (one dialogue a batch, papers.md §3.3)."""

    alpha: Annotated[float, Field(ge=0)] = 0.05
    keep_target: bool = False
    per_token: bool = False


def encode(tokenizer: PreTrainedTokenizerBase, dialogue: Dialogue, options: Options) -> Encoded:
    encoded = template.encode(tokenizer, dialogue.messages, lambda *_: 1.0)
    total = sum(encoded.weights)
    if options.per_token or not total:
        return encoded
    return replace(encoded, weights=tuple(weight / total for weight in encoded.weights))


def contrast(dialogue: Dialogue, options: Options, rng: random.Random) -> Dialogue | None:
    try:
        wrong = [
            each["request"]
            for each in dialogue.meta.get("wrong", ())
            if options.keep_target or each["target_lang"] != dialogue.target_lang
        ]
    except (KeyError, TypeError) as error:
        raise UserError(
            f"The dialogue '{dialogue.id}' has wrong requests in another form than "
            '{"request": …, "source_lang": …, "target_lang": …} (meta, wrong).'
        ) from error
    if not wrong:
        return None
    first, *rest = dialogue.messages
    request = rng.choice(wrong)
    source = next((first.text[s.start : s.end] for s in first.spans if s.role == "source"), "")
    asked = replace(first, text=request, spans=wording.source_span(request, source))
    return replace(dialogue, messages=(asked, *rest))


def loss(model: PreTrainedModel, batch: Batch, options: Options) -> Tensor:
    found = _likelihood.of(model, batch)
    total = found.negative_log(~batch.wrong)
    if options.alpha:
        total = total + options.alpha * found.negative_log(batch.wrong, unlikely=True)
    return total
