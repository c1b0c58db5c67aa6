"""A class as large as one wants: results as `grade` writes them, with every kind of submission in it."""

from __future__ import annotations

import random

from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.labs.linear.mistakes import CATALOGUE

POINTS = {
    "reference.step": 2, "manual.forward": 1, "manual.dY": 1, "manual.gradients": 1, "manual.update": 1,
    "column.shard": 1, "column.forward": 2, "column.backward": 2, "column.update": 1,
    "row.shard": 1, "row.forward": 2, "row.backward": 2, "row.update": 1, "fp32.experiment": 1, "fp32.conclusion": 1,
}  # fmt: skip


def synthetic_class(size: int, seed: int = 0) -> list[SubmissionResult]:
    """Results of that many students; the same seed gives the same class."""
    draw = random.Random(seed)
    return [_result(f"student-{number:04}", draw) for number in range(size)]


def _result(student: str, draw: random.Random) -> SubmissionResult:
    skill = draw.betavariate(4, 1.3)
    if draw.random() < 0.01:
        nothing = tuple(TaskResult(task, 0.0, most, "not_examined", "not JSON") for task, most in POINTS.items())
        return SubmissionResult(student, "linear", "", 0.0, 20.0, "unreadable", nothing, ("not-json: line 1",))
    tasks = tuple(_task(task, float(most), skill, draw) for task, most in POINTS.items())
    points = sum(task.points for task in tasks)
    flags = ["locked-cell-edited: row.update"] if draw.random() < 0.03 else []
    flags += ["kernel-ended: row.forward"] if draw.random() < 0.01 else []
    return SubmissionResult(student, "linear", draw.choice(("en", "ru")), points, 20.0, "graded", tasks, tuple(flags))


def _task(task: str, most: float, skill: float, draw: random.Random) -> TaskResult:
    if task == "fp32.conclusion":
        if draw.random() < 0.5:
            return TaskResult(task, 0.0, most, "not_examined", "waits for the instructor's grade")
        return TaskResult(task, most / 2, most, "failed", "graded by the instructor")
    if draw.random() < skill:
        return TaskResult(task, most, most, "passed")
    if draw.random() < 0.02:
        return TaskResult(task, 0.0, most, "not_examined", "проверка шла слишком долго и была остановлена")
    message = f"dW is wrong: expected {draw.random():.6f}, got {draw.random():.6f}" + " at [0, 1]" * 20
    names = [mistake.name for mistake in CATALOGUE[task]]
    named = draw.choices(names, [1 / (place + 1) for place in range(len(names))])[0]
    return TaskResult(task, 0.0, most, "failed", message, named if draw.random() < 0.7 else None)
