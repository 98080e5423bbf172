"""Several processes that tune one model together, as `accelerate launch` starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def is_main() -> bool:
    """Whether this is the one that writes, asks and speaks; it is where there is no launcher."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def main_first() -> Iterator[None]:
    """The main process goes through what follows before the others do, who find it done."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield
        return
    import torch
    from accelerate import PartialState

    with PartialState(cpu=not torch.cuda.is_available()).main_process_first():
        yield
