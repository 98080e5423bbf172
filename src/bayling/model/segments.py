"""Where in a conversation each token stands: in what is asked, or in a text under it.

A user's turn is an instruction, but for the source text in it. Source texts and the assistant's
turns are segments under the newest instruction before them; what a template writes around is
neither. An adapter that wants to know listens (`Listener`), and whoever runs the network tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedModel

# The length of a source text where there is none (papers.md §5.2, as released).
UNKNOWN_LENGTH = 64
_NAME = "segments"


@dataclass(frozen=True, slots=True)
class Segment:
    """Tokens `start:end` of a conversation (from 0, end exclusive).

    With `length` 0 they are part of instruction number `instruction` (from 1), else a source text
    or an answer under it (under none at all: 0), and `length` is that of the newest source text, in
    tokens. An instruction of two parts, around a source text, has one number.
    """

    start: int
    end: int
    instruction: int
    length: int


class Listener(Protocol):
    """A module of the network, `listener(network)`, that is told where tokens stand. A row is one
    conversation from its beginning.

    `places` [rows, tokens, 3] are whole numbers for each token: the instruction it is part of or
    stands under; its place in its segment, from 0; and the segment's `length`, 0 outside of any.
    Padding and what stands nowhere is 0, 0, 0.
    """

    def tell(self, places: Tensor | None) -> None:
        """Every pass from now on is over these tokens from the first to the last; with None nothing
        is known of them, and the network does as without the adapter."""

    def begin(self, places: Tensor) -> None:
        """The next pass is over all of these tokens but the last, and each one after it goes on by
        one token or more of the segment in which that last one stands, with the network's cache."""

    def keep(self, rows: Tensor) -> None:
        """Only these rows of the cache, by number, go on."""

    def repeat(self, count: int) -> None:
        """Every row of the cache goes on as `count` rows, one beside the other."""


def attach(network: PreTrainedModel, module: torch.nn.Module) -> None:
    """Make a module that listens part of a network."""
    network.add_module(_NAME, module)


def listener(network: PreTrainedModel) -> Listener | None:
    """The module of a network (`bayling.model.tuned.network`) that listens, if there is one."""
    found: Listener | None = getattr(network, _NAME, None)
    return found


def places(
    rows: Sequence[Sequence[Segment]], gaps: Sequence[int], width: int, device: torch.device | str
) -> Tensor:
    """Segments as a `Listener` wants them, [rows, width, 3], each row with a gap in front of it and
    cut at `width`."""
    import torch

    found = torch.zeros(len(rows), width, 3, dtype=torch.long)
    for row, (segments, gap) in enumerate(zip(rows, gaps, strict=True)):
        for each in segments:
            part = found[row, gap + each.start : gap + each.end]
            part[:, 0], part[:, 2] = each.instruction, each.length
            if each.length:
                part[:, 1] = torch.arange(len(part))
    return found.to(device)
