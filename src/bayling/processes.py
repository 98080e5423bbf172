"""This process among others: several that tune one model together, as `accelerate launch` starts
them, whoever tells it to end, and those that it starts itself to share work with."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, islice
from typing import Any, TypeVar

from bayling.errors import UserError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

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


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# The function of a process that was forked: it inherits all that the function holds.
_inherited: Callable[[Any], Any] | None = None


def in_order(
    function: Callable[[_Item], _Result], items: Iterable[_Item], workers: int
) -> Iterator[_Result]:
    """`function` of each item in `workers` processes, in the items' order; items are taken so far
    ahead that no process waits.

    The first item's turn is here: whatever the function looks things up in is computed before the
    processes part, once, and what is wrong is said without any. Where there is one worker, or
    processes cannot be forked, it is all done here. Not to be called within itself. Raises
    `UserError` where the system ends one of the processes.
    """
    global _inherited
    items = iter(items)
    alone = workers == 1 or "fork" not in multiprocessing.get_all_start_methods()
    yield from map(function, items if alone else islice(items, 1))
    second = list(islice(items, 1))
    if not second:
        return
    _inherited = function
    waiting: deque[Future[_Result]] = deque()
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(workers, context, initializer=_depend)
    try:
        for item in chain(second, items):
            waiting.append(pool.submit(_call, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UserError(
            f"One of the {workers} processes that share the work was ended from outside, most "
            "likely for lack of memory; close other programs, or let there be fewer (workers)."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        _inherited = None


def _depend() -> None:
    """This process, which was forked, ends with the first one, and not by itself."""
    # Ctrl-C is the first one's affair, which then ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # Whoever is killed ends nobody, and those who wait for work would do so for ever.
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _call(item: Any) -> Any:
    assert _inherited is not None
    return _inherited(item)
