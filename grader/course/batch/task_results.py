"""What nbgrader's gradebook and the graded notebook say of each task."""

import re
from typing import Any

from grader.course.batch.stock_course import StockCourse
from grader.course.intake.rebuild import Notebook, task_name
from grader.course.judging.judge_preprocessor import FAILED, NOT_EXAMINED
from grader.course.language import Translate
from grader.course.results.results_file import TaskResult, TaskStatus

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LONGEST_MESSAGE = 600
OWN_ERRORS = ("AssertionError", FAILED, NOT_EXAMINED)  # their text is written for the student


def task_results(
    course: StockCourse, student: str, graded: Notebook, tasks: dict[str, float], _: Translate
) -> tuple[TaskResult, ...]:
    """The student's tasks in the lab's order."""
    with course.gradebook() as gradebook:
        found = gradebook.find_submission_notebook(course.lab, course.lab, student)
        grades = {task_name(grade.name): (grade.score, grade.auto_score, grade.manual_score) for grade in found.grades}
    cells = {
        task_name(cell["metadata"]["nbgrader"]["grade_id"]): cell
        for cell in graded["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade")
    }
    return tuple(
        task_result(task, most, cells.get(task), grades.get(task, (0.0, None, None)), _) for task, most in tasks.items()
    )


def task_result(
    task: str,
    most: float,
    cell: dict[str, Any] | None,
    grade: tuple[float, float | None, float | None],
    _: Translate,
) -> TaskResult:
    """One task: an instructor's grade counts first, then the automatic one."""
    score, automatic, manual = grade
    if manual is not None:
        status: TaskStatus = "passed" if score >= most else "failed"
        return TaskResult(task, score, most, status, _("graded by the instructor"))
    by_hand = cell is not None and cell["metadata"]["nbgrader"].get("solution")
    if by_hand and automatic is None:
        return TaskResult(task, 0.0, most, "not_examined", _("waits for the instructor's grade"))
    if by_hand:
        return TaskResult(task, score, most, "failed", _("no answer was given"))
    if cell is None or automatic is None:
        return TaskResult(task, 0.0, most, "not_examined", _("the check was not run"))
    if score >= most:
        return TaskResult(task, score, most, "passed")
    said = cell["metadata"].get("course", {})
    if "message" in said:  # the judge's own word, as data
        reason = first_paragraph(said["message"]) or failure(cell, _)
        if said["examined"]:
            return TaskResult(task, score, most, "failed", reason, said.get("mistake"))
        return TaskResult(task, score, most, "not_examined", reason)
    reason = failure(cell, _).removeprefix("✗ ").removeprefix(f"{task}: ")
    if any(output.get("ename") == NOT_EXAMINED for output in cell.get("outputs", [])):
        return TaskResult(task, score, most, "not_examined", reason)
    return TaskResult(task, score, most, "failed", reason, said.get("mistake"))


def failure(cell: dict[str, Any], _: Translate) -> str:
    """Why the grade cell failed, in the first paragraph of its own words."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "error":
            name, text = output["ename"], first_paragraph(output["evalue"])
            if name == "CellTimeoutError":
                return _("the check took too long and was stopped")
            if name in OWN_ERRORS and text:
                return text
            return f"{name}: {text}" if text else str(name)
        if output["output_type"] == "stream" and output["name"] == "stderr":
            return first_paragraph(_text(output))
        if output["output_type"] == "stream" and _text(output).startswith("✗ "):
            return first_paragraph(_text(output))
    return _("the check failed without a message")


def _text(stream: dict[str, Any]) -> str:
    text = stream["text"]
    return "".join(text) if isinstance(text, list) else str(text)


def first_paragraph(text: str) -> str:
    """The text up to its first blank line, in one line, without colours."""
    paragraph = ANSI.sub("", text).strip().split("\n\n", 1)[0]
    line = " ".join(paragraph.split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
