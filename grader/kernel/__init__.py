"""How a student's notebook is executed for grading: a warm kernel, forked into a sandbox.

`JUPYTER_PATH=<grader.kernel.JUPYTER>` and the kernel's name `tensor-parallel-grading` are all that nbclient, papermill
or nbgrader need.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["JUPYTER", "KERNEL"]

JUPYTER = Path(__file__).resolve().parent / "jupyter"
KERNEL = "tensor-parallel-grading"
