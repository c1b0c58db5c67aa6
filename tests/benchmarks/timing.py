"""Timings as ratios: both sides in turn, in one process, so that a busy machine slows both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes, in seconds."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ratio(run: Callable[[], object], beside: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """The median, over rounds, of how many times as long `run` takes as `beside`, and the quartiles."""
    run(), beside()
    ratios = [seconds(run) / seconds(beside) for _ in range(rounds)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return middle, low, high
