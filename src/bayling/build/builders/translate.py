"""One turn: a source text and its translation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bayling import wording
from bayling.build.builders import Resources, dialogue, translated
from bayling.records import Dialogue, Message, Pair

# Tells the stage that nearly every pair lends itself to this, so that choosier kinds come first.
TAKES_ANY = True


@dataclass(frozen=True)
class Options:
    """The one of mFTI's six templates (`bayling.wording.TEMPLATES`) that every request is written
    in; without one they are phrased in many ways. Ask in the same one: `translation: {template: …}`
    """

    template: Annotated[int, Field(ge=1, le=len(wording.TEMPLATES))] | None = None


def build(
    pairs: Sequence[Pair], resources: Resources, options: Options, rng: random.Random
) -> Iterator[Dialogue]:
    for pair in pairs:
        if options.template is None:
            request = Message("user", resources.user(pair, rng).ask("translate"))
        else:
            said, spans = wording.from_template(
                options.template, pair.source, pair.source_lang, pair.target_lang
            )
            request = Message("user", said, spans=spans)
        yield dialogue("translate", pair, (request, translated(pair)))
