"""What is to be graded, and whether that can be done: all is looked over before anything is written."""

import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from grader.course.errors import CourseError
from grader.course.execution.prefetch import usable_cores
from grader.course.intake.lab_files import LabFiles
from grader.course.intake.submitted_folder import one_students, students
from grader.course.language import Translate, translator
from grader.course.nbgrader.plug_in import installed, missing_for_sandbox, sandboxed
from grader.course.results.results_file import read_results


@dataclass(frozen=True)
class Order:
    """What is to be graded, and where everything goes; `sandbox` is as in `plug_in`.

    `workers` are at work at once. Results that the course folder has of the same submissions are kept, unless all is to
    be done `again`.
    """

    lab: LabFiles
    submitted: Path
    results: Path
    course: Path
    language: str
    sandbox: bool | None = None
    workers: int = field(default_factory=usable_cores)
    again: bool = False

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
            _("{file} is a file: name the folder that has a folder for each student."), file=order.submitted
        )
    if not order.submitted.is_dir():
        raise CourseError(
            _("There is no folder {folder}: name the one with a folder for each student."), folder=order.submitted
        )
    handed_in = order.submitted.resolve()
    for path in (order.results, order.course):
        if path.resolve().is_relative_to(handed_in):
            raise CourseError(
                _("{path} lies among the submissions, where nothing is written: choose a place outside {folder}."),
                path=path, folder=order.submitted,
            )  # fmt: skip
    _look_over_results_file(order.results, _)
    try:
        found, above = students(order.submitted), one_students(order.submitted, order.lab.lab)
    except OSError as problem:
        raise CourseError(_("{folder} can't be read: {why}."), folder=order.submitted, why=problem.strerror) from None
    if above:
        raise CourseError(
            _("{folder} is one student's: name the folder that has a folder for each student, {above}."),
            folder=order.submitted, above=above,
        )  # fmt: skip
    if sandboxed(order.sandbox) and not installed():
        raise CourseError(
            _("The course's files are here, but {python} doesn't have the course installed: run `make demo`, or "
              "`{python} -m pip install -e .` in the course's folder."),
            python=sys.executable,
        )  # fmt: skip
    if sandboxed(order.sandbox) and (missing := missing_for_sandbox(order.language)):
        raise CourseError(
            _("Student code isn't run, since this system doesn't give the sandbox all that it needs: {missing}. See "
              "docs/threat-model.md for what a container has to allow, or pass --unsafe-no-sandbox if you trust "
              "every submission; each result is then marked."),
            missing=missing,
        )  # fmt: skip
    if not found:
        raise CourseError(
            _("{folder} holds no student's folder: submissions lie in {folder}/STUDENT/{lab}/{lab}.ipynb."),
            folder=order.submitted, lab=order.lab.lab,
        )  # fmt: skip
    return found


def _look_over_results_file(path: Path, _: Translate) -> None:
    if path.is_dir():
        raise CourseError(_("{file} is a folder: name a file for the results."), file=path)
    if path.exists():
        try:
            read_results(path)
        except (ValueError, OSError):
            raise CourseError(_("{file} exists and isn't a results file: name another one."), file=path) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, probe = tempfile.mkstemp(dir=path.parent)
        os.close(descriptor)
        os.unlink(probe)
    except OSError as problem:
        raise CourseError(
            _("Results can't be written to {file}: {why}. Name a file in a folder that you may write to."),
            file=path, why=problem.strerror,
        ) from None  # fmt: skip
