"""Work shared among processes: in order, no further ahead than it must, and told when one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bayling import processes
from bayling.errors import InputError, UserError


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_come_in_order(workers: int) -> None:
    found = list(processes.in_order(square, range(50), workers))
    assert [answer for answer, _ in found] == [number * number for number in range(50)]
    own = [pid == os.getpid() for _, pid in found]
    assert all(own) if workers == 1 else own == [True] + [False] * 49


def test_nothing_to_do_starts_nobody() -> None:
    assert list(processes.in_order(square, [], 3)) == []
    assert list(processes.in_order(square, [2], 3)) == [(4, os.getpid())]


def test_items_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    answers = processes.in_order(square, items(), 2)
    for _ in range(10):
        next(answers)
    assert len(taken) < 20
    answers.close()


def test_what_an_item_or_the_function_raises_comes_through() -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise InputError("a.tsv", "is broken", 6)

    with pytest.raises(InputError, match=r"a\.tsv, line 6: is broken"):
        list(processes.in_order(square, items(), 2))
    with pytest.raises(ZeroDivisionError):
        list(processes.in_order(lambda number: 1 // (3 - number), range(5), 2))


def test_a_process_that_is_ended_from_outside() -> None:
    def end(number: int) -> int:
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(UserError, match="2 processes .* ended from outside.*fewer"):
        list(processes.in_order(end, range(5), 2))


WAITING = """
import os, sys, time
from bayling import processes

def wait(number):
    time.sleep(0.1)
    return os.getpid()

for pid in processes.in_order(wait, range(1000), 2):
    print(pid, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_none_outlives_the_first(how: signal.Signals) -> None:
    command = [sys.executable, "-c", WAITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        others = {int(first.stdout.readline()) for _ in range(9)} - {first.pid}
        first.send_signal(how)
    assert len(others) == 2
    until = time.monotonic() + 10
    while any(map(is_there, others)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(is_there, others))


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # What nobody waits for stays as a name.
    state = Path(f"/proc/{pid}/stat")
    return not state.is_file() or ") Z " not in state.read_text()
