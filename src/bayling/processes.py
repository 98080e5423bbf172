"""This process among others: several that tune one model together, as `accelerate launch` starts
them, and whoever tells it to end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

# While the main process makes the data or asks the model, the others wait; PyTorch's own patience
# ends after ten minutes.
_PATIENCE = timedelta(days=7)


def count() -> int:
    """How many processes there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    """Whether this is the one that writes, asks and speaks; it is where there is no launcher."""
    return os.environ.get("RANK", "0") == "0"


def share_weights() -> bool:
    """Whether the processes hold parts of one model (FSDP), rather than the whole each."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


@contextmanager
def main_first() -> Iterator[None]:
    """The main process goes through what follows before the others do, who find it done."""
    if count() == 1:
        yield
        return
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)
    with state.main_process_first():
        yield


@contextmanager
def terminated() -> Iterator[threading.Event]:
    """An event that SIGTERM sets instead of ending the process."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before: Callable[..., Any] | int | None = signal.signal(signal.SIGTERM, lambda *_: told.set())
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, before)
