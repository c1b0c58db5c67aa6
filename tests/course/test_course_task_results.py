"""What a graded cell and the gradebook make of a task's result."""

from __future__ import annotations

from typing import Any

from grader.course.batch.task_results import task_result
from grader.course.judging.judge_preprocessor import FAILED, NOT_EXAMINED

TASK = "row.backward"


def judged(ename: str, mistake: str | None) -> dict[str, Any]:
    """A grade cell as the judge leaves it."""
    output = {"output_type": "error", "ename": ename, "evalue": f"✗ {TASK}: dX is wrong", "traceback": []}
    metadata = {"nbgrader": {"grade": True, "solution": False}, "course": {"examined": True, "mistake": mistake}}
    return {"cell_type": "code", "metadata": metadata, "outputs": [output]}


def test_the_judge_s_name_of_a_mistake_goes_into_the_result() -> None:
    result = task_result(TASK, 2.0, judged(FAILED, "not-reduced"), (0.0, 0.0, None), str)
    assert (result.status, result.message, result.mistake) == ("failed", "dX is wrong", "not-reduced")


def test_only_a_failed_task_has_a_mistake() -> None:
    cell = judged(FAILED, "not-reduced")
    assert task_result(TASK, 2.0, cell, (2.0, 2.0, None), str).mistake is None
    assert task_result(TASK, 2.0, cell, (2.0, 0.0, 2.0), str).mistake is None
    assert task_result(TASK, 2.0, judged(NOT_EXAMINED, None), (0.0, 0.0, None), str).mistake is None
    assert task_result(TASK, 2.0, judged(FAILED, None), (0.0, 0.0, None), str).mistake is None
