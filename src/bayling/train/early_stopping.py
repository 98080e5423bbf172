"""When to stop: a figure of what the model answers to the validation set, never its loss.

Tuned models get worse while their loss still falls (papers.md on ALMA, issue 75), so whoever wants
to stop early asks for translations and scores them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from accelerate import Accelerator


class Watch:
    """Judges the model every `every` steps, and has enough when `patience` judgements in a row
    found it no better than the best one before."""

    def __init__(
        self, judge: Callable[[], float], every: int, patience: int, less_is_better: bool
    ) -> None:
        self.every, self._judge, self._patience = every, judge, patience
        self._sign = -1.0 if less_is_better else 1.0
        self.best, self.last, self.best_step, self._worse = 0.0, 0.0, 0, 0

    @property
    def has_enough(self) -> bool:
        return self._worse >= self._patience

    def judge(self, step: int, accelerator: Accelerator) -> bool:
        """Whether the model is the best one so far."""
        found = torch.zeros((), device=accelerator.device, dtype=torch.float64)
        if accelerator.is_main_process:
            found += self._judge()
        self.last = float(accelerator.reduce(found))
        better = not self.best_step or self._sign * (self.last - self.best) > 0
        if better:
            self.best, self.best_step, self._worse = self.last, step, 0
        else:
            self._worse += 1
        return better

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to hold of it."""
        return {"best": self.best, "best_step": self.best_step, "worse": self._worse}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` told."""
        self.best, self.best_step = state["best"], state["best_step"]
        self._worse = state["worse"]
