"""Which lab a notebook is of, and which task a grade cell is about, by the released notebook's word."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from grader.course.intake.rebuild import task_name
from grader.lab.registry import labs

CHECKS = ("exam(", "check(")


def lab_name_of(nb: NotebookNode) -> str:
    """The lab that a notebook names; of one that was released before notebooks did, the lab that has its tasks."""
    course: Any = nb.metadata.get("course", {})
    if isinstance(course, dict) and course.get("lab"):
        return str(course["lab"])
    tasks = {_task_of(cell) for cell in nb.cells if _is_check(cell)}
    known = [lab.name for lab in labs().values() if tasks & set(lab.task_names)]
    return known[0] if known else ""


def judged_task(cell: NotebookNode) -> str:
    """The task whose grade cell this is; empty for cells that the judge says nothing of: texts, and the cells of other
    courses, which don't ask it. A task that the judge doesn't know is a task all the same: it gets no points."""
    return _task_of(cell) if _is_check(cell) else ""


def _is_check(cell: NotebookNode) -> bool:
    graded = cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    return graded and any(call in cell.source for call in CHECKS)


def _task_of(cell: NotebookNode) -> str:
    return task_name(str(cell.metadata.nbgrader.grade_id))
