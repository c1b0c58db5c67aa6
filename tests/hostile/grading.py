"""One hostile notebook graded twice: as stock nbgrader does it, and with what the course plugs in."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade, is_grade, is_solution
from traitlets.config import Config

from grader.course.execution.execute_notebook import CarefulExecute
from grader.course.judging.judge_preprocessor import Judge
from grader.course.nbgrader.plug_in import missing_for_sandbox, plug_in
from grader.kernel import JUPYTER, KERNEL

ROOT = Path(__file__).resolve().parents[2]
TARGET, OTHER = "manual.forward", "manual.dY"
WRONG = "Y = X @ W.T"  # no bias: what every attacker's cell computes
KEPT = ("given-setup", "given-parameters", "given-data")


def notebook(attack: str, before: str = "", cell: str = WRONG, locked: str = "") -> nbformat.NotebookNode:
    """The lab's first cells and two tasks: the attacker's, with `attack` in front of a wrong answer, and an honest one.

    `before` runs as a cell of the student's own in front of both, `locked` stands behind the target's check.
    """
    source = nbformat.read(ROOT / "solutions" / "en" / "linear" / "linear.ipynb", as_version=4)
    cells = []
    first = next(cell for cell in source.cells if cell.cell_type == "code")
    for each in [first, *source.cells]:
        name = each.metadata.get("nbgrader", {}).get("grade_id", "")
        if each is first or name in KEPT or name.endswith(("manual-forward", "manual-dY")):
            each = deepcopy(each)
            if name == "solution-manual-forward":
                if before:
                    cells.append(nbformat.v4.new_code_cell(before))
                each.source = f"%%task {TARGET}\n{attack}\n{cell}"
            if each not in cells:
                cells.append(each)
            if name == "manual-forward" and locked:
                cells.append(nbformat.v4.new_code_cell(locked))
    made = nbformat.v4.new_notebook(cells=cells, metadata=deepcopy(source.metadata))
    made.metadata["course"] = {"lab": "linear", "language": "en"}
    return made


def stock(nb: nbformat.NotebookNode, seconds: int = 60) -> dict[str, float]:
    """The points that stock nbgrader gives, by task; empty where it gives up on the notebook."""
    config = quick_config()
    config.Execute.timeout = seconds
    try:
        executed, _ = Execute(config=config).preprocess(deepcopy(nb), {"metadata": {}})
        return points(executed)
    except Exception:
        return {}


def quick_config() -> Config:
    """Stock nbgrader, but for kernels that start at once: it believes what they say all the same."""
    config = Config()
    config.Execute.shutdown_kernel = "immediate"
    if not missing_for_sandbox():
        config.Execute.kernel_name = quick_kernel()
    return config


@cache
def quick_kernel() -> str:
    """A kernelspec for kernels forked from a warm process, that check tasks on the spot as in a student's Jupyter."""
    spec = json.loads((JUPYTER / "kernels" / KERNEL / "kernel.json").read_text(encoding="utf-8"))
    del spec["env"]
    folder = Path(tempfile.mkdtemp()) / "kernels" / "quick"
    atexit.register(shutil.rmtree, folder.parents[1])
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder.parents[1]), os.environ.get("JUPYTER_PATH")]))
    return folder.name


def plugged_in(nb: nbformat.NotebookNode, folder: Path, seconds: int = 60) -> nbformat.NotebookNode:
    """The notebook as the course grades it."""
    config = Config()
    plug_in(config)
    config.CarefulExecute.timeout = seconds
    here = Path.cwd()
    os.chdir(folder)
    try:
        executed, resources = CarefulExecute(config=config).preprocess(deepcopy(nb), {"metadata": {}})
        return Judge(config=config).preprocess(executed, resources)[0]
    finally:
        os.chdir(here)


def points(nb: nbformat.NotebookNode) -> dict[str, float]:
    """What nbgrader makes of a notebook's outputs."""
    return {
        cell.metadata.nbgrader.grade_id.replace("-", ".", 1): determine_grade(cell)[0]
        for cell in nb.cells
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    }


def shown_in(nb: nbformat.NotebookNode) -> str:
    """Everything that a page could show of the outputs."""
    return json.dumps([cell.get("outputs", []) for cell in nb.cells if cell.cell_type == "code"])


def said(nb: nbformat.NotebookNode, task: str) -> Any:
    """The error's text in a grade cell, or None."""
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == task.replace(".", "-", 1) and is_grade(cell):
            return next((output.evalue for output in cell.outputs if output.output_type == "error"), None)
    return None
