"""A notebook whose cell kills the kernel, graded without that cell.

Stock nbgrader gives a submission no grade at all when its kernel dies. Here the cell that was
running is replaced by one that raises an error, and the notebook is graded again: one cell costs
its own task, as any other error does.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from grader.course.flags import Flag
from grader.course.intake import Notebook, task_name, task_of
from grader.course.language import Translate
from grader.course.stock import NotExamined, StockCourse

MOST_ENDS = 3  # a notebook that ends more kernels than that is left to the instructor
ENDINGS = ("DeadKernelError", "UnresponsiveKernelError")


def run_without_what_ends_it(
    course: StockCourse, student: str, notebook: Notebook, _: Translate
) -> tuple[Notebook, list[Flag]]:
    """The notebook as graded, and a flag for each cell that had to be replaced.

    Raises:
        NotExamined: something else stopped it, or it ends every kernel.
    """
    flags: list[Flag] = []
    while True:
        try:
            return course.autograde(student, notebook), flags
        except NotExamined as problem:
            culprit = student_cell(notebook, problem.place)
            if culprit is None or len(flags) == MOST_ENDS or not ended_kernel(problem):
                raise
            notebook = deepcopy(notebook)
            cell = notebook["cells"][culprit]
            task = task_of(cell["source"])
            flags.append(Flag("kernel-ended", task or first_line(cell["source"])))
            first = f"%%task {task}\n" if task else ""
            reason = _("this cell ended the kernel when it was graded")
            cell["source"] = f"{first}raise RuntimeError({reason!r})"


def first_line(text: str) -> str:
    """How to name a cell that has no name."""
    return "`" + text.strip().split("\n", 1)[0][:40] + "`"


def ended_kernel(problem: NotExamined) -> bool:
    """Whether the student's code ended the kernel, rather than nbgrader or the disk failing."""
    return any(ending in problem.cause for ending in ENDINGS)


def student_cell(notebook: Notebook, place: int | None) -> int | None:
    """The student's cell to blame for what happened in this one: itself, or the one it checks."""
    if place is None:
        return None
    cells = notebook["cells"]
    mark: dict[str, Any] = cells[place]["metadata"].get("nbgrader", {})
    if not mark.get("locked"):
        return place if cells[place]["cell_type"] == "code" else None
    checked = task_name(mark["grade_id"])
    places = [here for here, cell in enumerate(cells) if task_of(cell["source"]) == checked]
    return places[0] if places else None
