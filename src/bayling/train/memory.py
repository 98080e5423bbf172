"""How much memory a run holds."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys

import torch


def peak(device: torch.device) -> float:
    """The most memory held so far in GB (10⁹ bytes): the GPU's, or else this process's."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device)) / 1e9
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kilobytes, macOS bytes.
    return held * (1 if sys.platform == "darwin" else 1024) / 1e9


def give_back() -> None:
    """Return what is no longer in use to the system, which the allocator of Linux does not do by
    itself with small pieces, such as the words of a vocabulary."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
