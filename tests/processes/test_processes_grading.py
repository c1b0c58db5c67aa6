"""While a submission is graded, real processes are not started: cells that want them say so and cost nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from grader.course.execution.cells_not_run import cells_not_run
from grader.course.execution.execute_notebook import CarefulExecute
from grader.course.nbgrader.plug_in import missing_for_sandbox
from grader.kernel import KERNEL

BEGINNING = """%load_ext grader.bench
%language ru
import torch, torch.distributed as dist
from grader.processes import run_on_processes, side_by_side
def step(X, W, b, Y_gt, lr):
    return dict(Y=X @ W.T)
X = W = b = Y_gt = torch.ones(2, 2)"""
REAL = "run = run_on_processes(step, X=X, W=[W, W], b=b, Y_gt=Y_gt, lr=0.1)\nrun"
BESIDE = "side_by_side(run, run)"
SAID = "○ при проверке решения настоящие процессы не запускаются"


def notebook() -> NotebookNode:
    """A task, and given cells behind it that run its function on real processes and are asked for all the same."""
    nb = new_notebook(cells=[new_code_cell(text) for text in (BEGINNING, REAL, BESIDE, "len(run), 2 + 2")])
    nb.metadata["course"] = {"language": "ru"}
    return nb


@pytest.mark.parametrize("kernel", [KERNEL, "python3"], ids=["the sandbox", "without a sandbox"])
def test_in_a_grading_kernel_the_cells_say_a_sentence_and_the_others_go_on(tmp_path: Path, kernel: str) -> None:
    if kernel == KERNEL and (missing := missing_for_sandbox()):
        pytest.skip(f"this system gives no sandbox: {missing}")
    config = Config()
    config.CarefulExecute.kernel, config.CarefulExecute.to_the_end = kernel, True

    executed, _ = CarefulExecute(config=config).executed(notebook(), {"metadata": {"path": str(tmp_path)}})

    outputs = [cell.outputs for cell in executed.cells]
    assert [output.output_type for output in outputs[0]] == []
    assert [output.data["text/plain"] for cell in outputs[1:] for output in cell] == [SAID, SAID, "(0, 4)"]


def test_behind_the_last_task_they_are_not_even_run() -> None:
    nb = notebook()
    nb.cells[0].metadata["nbgrader"] = {"schema_version": 3, "grade_id": "a", "grade": False, "solution": True}
    assert cells_not_run(nb) == {1, 2, 3}
