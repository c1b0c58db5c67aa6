"""A class of submissions graded one after the other by stock nbgrader."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from grader.course.answer import harmless
from grader.course.checkout import LabFiles
from grader.course.errors import CourseError
from grader.course.flags import Flag, Unreadable, printable
from grader.course.handed_in import read_notebook, students
from grader.course.intake import Intake, Notebook, take_in
from grader.course.language import Translate, translator
from grader.course.plug_in import missing_for_sandbox, sandboxed
from grader.course.results import (
    SubmissionResult,
    SubmissionStatus,
    TaskResult,
    read_results,
    write_results,
)
from grader.course.stock import NotExamined, StockCourse
from grader.course.verdicts import task_results

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is to be graded, and where everything goes; `sandbox` is as in `plug_in`."""

    lab: LabFiles
    submitted: Path
    results: Path
    course: Path
    language: str
    sandbox: bool | None = None

    @property
    def say(self) -> Translate:
        """How to speak to the instructor."""
        return translator(self.language)


def course_folder(results: Path) -> Path:
    """Where the gradebook of these results lies if no other place is named."""
    return results.parent / f"{results.stem or 'results'}-course"


def look_over(order: Order) -> list[str]:
    """The students to grade, once it is sure that the work can be done and its results kept."""
    _ = order.say
    if order.submitted.is_file():
        raise CourseError(
            _("{file} is a file: name the folder that has a folder for each student.").format(file=order.submitted)
        )
    if not order.submitted.is_dir():
        raise CourseError(
            _("There is no folder {folder}: name the one with a folder for each student.").format(
                folder=order.submitted
            )
        )
    handed_in = order.submitted.resolve()
    for path in (order.results, order.course):
        if path.resolve().is_relative_to(handed_in):
            raise CourseError(
                _(
                    "{path} lies among the submissions, where nothing is written: choose a place outside {folder}."
                ).format(path=path, folder=order.submitted)
            )
    _look_over_results_file(order.results, _)
    try:
        found = students(order.submitted)
    except OSError as problem:
        raise CourseError(
            _("{folder} can't be read: {why}.").format(folder=order.submitted, why=problem.strerror)
        ) from None
    if sandboxed(order.sandbox) and (missing := missing_for_sandbox(order.language)):
        raise CourseError(
            _(
                "Student code isn't run, since this system doesn't give the sandbox all that it needs: {missing}. See "
                "docs/threat-model.md for what a container has to allow, or pass --unsafe-no-sandbox if you trust "
                "every submission; each result is then marked."
            ).format(missing=missing)
        )
    if not found:
        raise CourseError(
            _("{folder} holds no student's folder: submissions lie in {folder}/STUDENT/{lab}/{lab}.ipynb.").format(
                folder=order.submitted, lab=order.lab.lab
            )
        )
    return found


def _look_over_results_file(path: Path, _: Translate) -> None:
    if path.is_dir():
        raise CourseError(_("{file} is a folder: name a file for the results.").format(file=path))
    if path.exists():
        try:
            read_results(path)
        except (ValueError, OSError):
            raise CourseError(
                _("{file} exists and isn't a results file: name another one.").format(file=path)
            ) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, probe = tempfile.mkstemp(dir=path.parent)
        os.close(descriptor)
        os.unlink(probe)
    except OSError as problem:
        raise CourseError(
            _("Results can't be written to {file}: {why}. Name a file in a folder that you may write to.").format(
                file=path, why=problem.strerror
            )
        ) from None


def grade(order: Order, progress: Progress = lambda student: None) -> list[SubmissionResult]:
    """Every submission's result, also written to the results file; `progress` hears each one."""
    found = look_over(order)
    course = StockCourse(order.course, order.lab.lab, order.sandbox)
    course.prepare(order.lab.solution, order.say)
    results = []
    for student in found:
        results.append(grade_one(order, course, student))
        progress(student)
    write_results(order.results, results)
    return results


def grade_one(order: Order, course: StockCourse, student: str) -> SubmissionResult:
    """One submission's result; whatever is wrong with it stays its own affair."""
    try:
        raw, flags = read_notebook(order.submitted, student, order.lab.lab)
    except Unreadable as problem:
        return _unreadable(order, course, student, problem.flag)
    intake = take_in(raw, order.lab.released)
    if intake.notebook is None:
        return _unreadable(order, course, student, intake.flags[0])
    flags = [*intake.flags, *flags]
    speak = translator(intake.language)
    try:
        graded = course.autograde(student, intake.notebook)
    except NotExamined as problem:
        stopped = Flag("not-run", problem.cause[:200])
        return _interrupted(order, course, student, intake, [*flags, stopped])
    flags = [*flags, *(Flag(*text.split(": ", 1)) for text in graded["metadata"].get("course", {}).get("flags", []))]
    tasks = task_results(course, student, graded, order.lab.tasks, speak)
    left = [task for task in tasks if task.status == "not_examined"]
    partly = any(task.task not in order.lab.by_hand for task in left)
    return _result(order, student, intake.language, "partly" if partly else "graded", tasks, flags)


def _unreadable(order: Order, course: StockCourse, student: str, flag: Flag) -> SubmissionResult:
    """No points, and the reason in the place of every verdict."""
    if flag.key != "bad-name":  # such a name can't be a student's id in the gradebook either
        page = _with_note(order.lab.released[order.language], flag.text(order.say))
        course.set_aside(student, page, score=0.0)
    return _result(order, student, "", "unreadable", _none(order, flag.text(order.say)), [flag])


def _interrupted(
    order: Order, course: StockCourse, student: str, intake: Intake, flags: list[Flag]
) -> SubmissionResult:
    """No points yet: the tasks wait for the instructor to look."""
    assert intake.notebook is not None
    reason = flags[-1].text(translator(intake.language))
    course.set_aside(student, _with_note(intake.notebook, reason), score=None)
    return _result(order, student, intake.language, "partly", _none(order, reason), flags)


def _result(
    order: Order,
    student: str,
    language: str,
    status: SubmissionStatus,
    tasks: tuple[TaskResult, ...],
    flags: list[Flag],
) -> SubmissionResult:
    return SubmissionResult(
        student=printable(student),
        lab=order.lab.lab,
        language=language,
        points=sum(task.points for task in tasks),
        max_points=sum(task.max_points for task in tasks),
        status=status,
        tasks=tasks,
        flags=tuple(map(str, flags)),
    )


def _none(order: Order, reason: str) -> tuple[TaskResult, ...]:
    return tuple(TaskResult(task, 0.0, most, "not_examined", reason) for task, most in order.lab.tasks.items())


def _with_note(notebook: Notebook, text: str) -> Notebook:
    """The notebook under a first cell with this text, so that its feedback page says it."""
    noted = deepcopy(notebook)
    note = {"cell_type": "markdown", "id": "grader-note", "metadata": {}, "source": f"**{harmless(text)}**"}
    noted["cells"].insert(0, note)
    return noted
