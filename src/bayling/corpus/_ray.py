"""The work of the corpus stage on the machines of a Ray cluster, or on this one as if it were one.

`RAY_ADDRESS` names the cluster, whose machines have bayling installed; without it Ray is started
here and stopped afterwards. Tasks of Ray's core are used and not Ray Data, which has no order that
does not depend on the machines unless it holds everything back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from bayling.errors import MissingError, UserError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_order(
    function: Callable[[_Item], _Result], items: Iterable[_Item], workers: int
) -> Iterator[_Result]:
    """As `bayling.processes.in_order`; `workers` is how many are started here, and a cluster has
    its own number. Raises `MissingError` without Ray, `UserError` where no cluster answers or one
    loses work."""
    ray = _import()
    ours = not ray.is_initialized()
    if ours:
        _start(ray, workers)
    try:
        most = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
        remote, known = ray.remote(_call), ray.put(function)
        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(remote.remote(known, item))
            if len(waiting) > most:
                yield _answer(ray, waiting.popleft())
        while waiting:
            yield _answer(ray, waiting.popleft())
    finally:
        if ours:
            ray.shutdown()


def _answer(ray: Any, task: Any) -> Any:
    try:
        return ray.get(task)
    except UserError as error:
        # Ray makes one of its own of it, whose text is the traceback of the other machine.
        raise getattr(error, "cause", error) from None
    except ray.exceptions.RayError as error:
        if isinstance(error, ray.exceptions.RayTaskError):
            raise  # a defect in a filter
        raise UserError(
            f"The cluster lost a share of the work: {_first_line(error)} Close other programs "
            "there, or let there be fewer (workers), and run again."
        ) from error


def _call(function: Callable[[Any], Any], item: Any) -> Any:
    return function(item)


def _import() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingError(
            "The engine 'ray' needs the package 'ray', which is not installed. "
            "Install it with: pip install 'bayling[ray]'"
        ) from error
    return ray


def _start(ray: Any, workers: int) -> None:
    import os

    # A cluster says itself how many processors it has.
    own = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers}
    try:
        ray.init(logging_level="error", log_to_driver=False, **own)
    except (ConnectionError, RuntimeError, ValueError) as error:
        address = os.environ.get("RAY_ADDRESS", "this machine")
        raise UserError(
            f"Ray cannot be reached at {address}: {_first_line(error)} "
            "Say where its head is with RAY_ADDRESS, or use the engine 'processes'."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
