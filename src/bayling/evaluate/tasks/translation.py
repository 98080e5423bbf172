"""One turn: translate this."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.evaluate.tasks import Flow, _asking
from bayling.records import Message, Sample


@dataclass(frozen=True)
class Options(_asking.Asking):
    """The languages that users ask in, and whether in phrasings that no training uses; or the one
    of mFTI's six templates (`bayling.wording.TEMPLATES`) that every request is written in, which
    should be that of training: `build.mix.translate: {template: …}`."""

    template: Annotated[int, Field(ge=1, le=len(wording.TEMPLATES))] | None = None


def suits(sample: Sample, options: Options) -> bool:
    return True


def flow(sample: Sample, options: Options, rng: random.Random) -> Flow:
    if options.template is None:
        return _asking.one_turn(sample, options, rng)
    said, spans = wording.from_template(
        options.template, sample.source, sample.source_lang, sample.target_lang
    )
    return _asking.asked(sample, Message("user", said, spans=spans))
