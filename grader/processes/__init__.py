"""Real processes: a notebook's functions on N ranks of `torch.distributed`, two runs of them side by side."""

from __future__ import annotations

from grader.processes.notebook import Run, run_on_processes, side_by_side

__all__ = ["Run", "run_on_processes", "side_by_side"]
