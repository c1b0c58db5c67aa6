"""The table of a class, as the terminal shows it."""

from __future__ import annotations

import io

from rich.console import Console

from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.report.table import class_table, notes

TASKS = {
    "reference": ("step",),
    "manual": ("forward", "dY", "gradients", "update"),
    "column": ("shard", "forward", "backward", "update"),
    "row": ("shard", "forward", "backward", "update"),
    "fp32": ("experiment", "bound", "seeds", "conclusion"),
}
NAMES = [f"{section}.{step}" for section, steps in TASKS.items() for step in steps]


def class_of_twelve() -> list[SubmissionResult]:
    tasks = [TaskResult(name, 1.5, 1.5, "passed") for name in NAMES]
    tasks[3] = TaskResult(NAMES[3], 0, 2, "failed", "dW is wrong")
    tasks[-1] = TaskResult(NAMES[-1], 0, 1, "not_examined", "waits")
    readable = [
        SubmissionResult(f"konstantinova-{n}", "linear", "ru", 22.5, 25.5, "graded", tuple(tasks)) for n in range(11)
    ]
    nothing = tuple(TaskResult(name, 0, 1, "not_examined", "not JSON") for name in NAMES)
    flags = ("not-json: line 1", "something-new: [bold]")
    return [
        *readable,
        SubmissionResult("lee", "linear", "", 0, 25.5, "unreadable", nothing, flags),
    ]


def shown(width: int) -> list[str]:
    page = io.StringIO()
    console = Console(file=page, width=width, color_system=None)
    console.print(class_table(class_of_twelve(), str))
    return page.getvalue().splitlines()


def test_seventeen_tasks_and_twelve_students_fit_a_screen_of_a_hundred_columns() -> None:
    lines = shown(100)
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 20, "with the four lines at the end of `make demo` that makes 24"
    [row] = [line.split() for line in lines if line.startswith("konstantinov")][:1]
    assert row[1:] == ["ru", *["1.5"] * 3, "0", *["1.5"] * 12, "…", "22.5"]


def test_every_task_is_named_and_what_needs_a_look_is_said() -> None:
    text = " ".join(" ".join(shown(100)).split())
    assert "manual: forward, dY, gradients, update; column: shard" in text
    assert "! lee: the file is not a Jupyter notebook" in text
    assert "something-new: [bold]" in text


def test_remarks_of_one_kind_take_one_sentence() -> None:
    flags = (*(f"locked-cell-edited: {name}" for name in NAMES[:4]), "files-ignored: data.csv")
    [line] = notes([SubmissionResult("lee", "linear", "en", 1, 2, "graded", (), flags)], str)
    assert line.plain == (
        "! lee: the locked cell reference.step (+3) was changed and has been put back; "
        "files beside the notebook were left out: data.csv"
    )
