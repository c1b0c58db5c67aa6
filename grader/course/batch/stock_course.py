"""A stock nbgrader course directory, driven in this process.

nbgrader's own command takes 2.3 s to start; its converters, called here one student at a time,
start once. They run unchanged, with what `plug_in` plugs in. The folder is an ordinary course:
`nbgrader formgrader` and `nbgrader export` work in it.
"""

import json
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from grader.course.errors import CourseError
from grader.course.execution.execute_notebook import CarefulExecute
from grader.course.execution.notebooks_to_come import locked_texts, working
from grader.course.execution.prefetch import Prefetch, with_hidden_tests
from grader.course.intake.rebuild import Notebook
from grader.course.judging.course_key import course_key
from grader.course.judging.judge_preprocessor import dismiss_examiners
from grader.course.language import Translate
from grader.course.nbgrader.course_config import COURSE_ID, NAME, look_over_config, make_config, read_config
from grader.course.nbgrader.gradebook_dialect import shared


class NotExamined(Exception):
    """A notebook that nbgrader could not run to its end; `cause` is the error's name and text."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class StockCourse:
    """One nbgrader course directory with one lab in it."""

    def __init__(self, folder: Path, lab: str, sandbox: bool | None = None) -> None:
        self.sandbox = sandbox
        self.ahead: Prefetch | None = None
        self._inside = False
        self.folder = folder.resolve()
        self.lab = lab
        self.log_file = self.folder / "grading.log"
        self.database = self.folder / "gradebook.db"

    def make(self, _: Translate) -> None:
        """The folder is there, and one of ours."""
        if set("*?[") & set(str(self.folder)):
            raise CourseError(
                _("nbgrader can't work in {folder}: choose a path without *, ? and [."), folder=self.folder
            )
        there = {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()
        if there - {NAME} and not self.database.is_file():
            raise CourseError(
                _("{folder} is not empty and holds no gradebook: name another folder with --course."),
                folder=self.folder,
            )  # fmt: skip
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise self._unwritable(problem, _) from None

    def prepare(self, solution: Path, _: Translate) -> None:
        """The lab is in the gradebook, with its hidden tests, as generate_assignment puts it."""
        try:
            source = self.folder / "source" / self.lab
            source.mkdir(parents=True, exist_ok=True)
            make_config(self.folder)
            shutil.copyfile(solution, source / f"{self.lab}.ipynb")
        except OSError as problem:
            raise self._unwritable(problem, _) from None
        self.log_file.unlink(missing_ok=True)
        look_over_config(self.folder, _)
        try:
            self._run(GenerateAssignment)
        except NbGraderException:
            raise CourseError(
                _("The gradebook in {folder} doesn't fit this lab: name another folder with --course, or see {log}."),
                folder=self.folder, log=self.log_file,
            ) from None  # fmt: skip

    def _unwritable(self, problem: OSError, _: Translate) -> CourseError:
        said = _("The course folder {folder} can't be written: {why}. Name another with --course.")
        return CourseError(said, folder=self.folder, why=problem.strerror)

    def autograde(self, student: str, notebook: Notebook) -> Notebook:
        """The student's notebook after stock autograde ran it; the scores are in the gradebook."""
        self._write("submitted", student, notebook)
        try:
            self._run(Autograde, student)
        except NbGraderException as problem:
            raise NotExamined(str(problem)) from None
        return self.autograded(student)

    def autograded(self, student: str) -> Notebook:
        """The student's notebook as autograde left it."""
        document: Notebook = json.loads(self._path("autograded", student).read_text(encoding="utf-8"))
        return document

    def set_aside(self, student: str, notebook: Notebook, score: float | None) -> None:
        """A submission that was not run: this notebook stands for it, each task has this score.

        With None the instructor's list in formgrader still asks for a grade.
        """
        self._write("autograded", student, notebook)
        shutil.rmtree(self._path("submitted", student).parent, ignore_errors=True)
        with self.gradebook() as gradebook:
            gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(self.lab, student)
            for part in submission.notebooks:
                for grade in part.grades:
                    grade.auto_score = score
                    grade.needs_manual_grade = score is None
            gradebook.db.commit()

    def feedback(self, student: str) -> Path | None:
        """The student's feedback page, made by stock generate_feedback, or None if it failed."""
        try:
            self._run(GenerateFeedback, student)
        except NbGraderException:
            return None
        return self._path("feedback", student).with_suffix(".html")

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """nbgrader's Gradebook on this course's database."""
        with self.working(), Gradebook(shared(f"sqlite:///{self.database}"), COURSE_ID) as gradebook:
            yield gradebook

    @contextmanager
    def working(self) -> Iterator[None]:
        """The environment that grading needs; what would disturb a progress bar goes to the log."""
        if self._inside:
            yield
            return
        with _quiet(self.log_file), _environment():
            self._inside = True
            try:
                yield
            finally:
                self._inside = False

    def work_ahead(self, notebooks: Iterator[Notebook | None], workers: int) -> None:
        """Execute these notebooks, which will be autograded in that order, several at once.

        To be called inside of `working`, and ended with `stop`.
        """
        with self.gradebook():
            texts = locked_texts(f"sqlite:///{self.database}", self.lab)
        config = read_config(self.folder, self.sandbox)

        def asked() -> Iterator[NotebookNode | None]:
            for notebook in notebooks:
                yield nbformat.from_dict(with_hidden_tests(deepcopy(notebook), texts)) if notebook else None

        self.ahead = Prefetch(asked(), working(CarefulExecute, config, course_key(self.folder)), workers)

    def stop(self) -> None:
        """End what is worked on ahead."""
        if self.ahead:
            self.ahead.close()
            self.ahead = None
        dismiss_examiners()

    def _path(self, step: str, student: str) -> Path:
        return self.folder / step / student / self.lab / f"{self.lab}.ipynb"

    def _write(self, step: str, student: str, notebook: Notebook) -> None:
        path = self._path(step, student)
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")

    def _run(self, converter: type[BaseConverter], student: str = "*") -> None:
        config = read_config(self.folder, self.sandbox)
        config.CourseDirectory.root = str(self.folder)
        config.CourseDirectory.course_id = COURSE_ID
        config.CourseDirectory.assignment_id = self.lab
        config.CourseDirectory.student_id = student
        config.CarefulExecute.ahead = self.ahead
        with self.working(), _log(self.log_file) as (log, tracebacks):
            course = CourseDirectory(config=config, log=log)
            work = converter(coursedir=course, config=config, log=log)
            work.force = True
            try:
                work.start()
            except NbGraderException as problem:
                raise NbGraderException(tracebacks.cause or str(problem)) from None


class _LastTraceback(logging.Handler):
    """Keeps the last line of the last traceback that nbgrader logged."""

    cause = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if "Traceback (most recent call last)" in text:
            self.cause = text.splitlines()[-1]
        elif "kernel became unresponsive" in text:
            self.cause = "UnresponsiveKernelError"


@contextmanager
def _log(path: Path) -> Iterator[tuple[logging.Logger, _LastTraceback]]:
    """A log of our own: nbgrader's warnings go to a file, not across the progress bar."""
    log = logging.getLogger(__name__)
    log.setLevel(logging.INFO)
    log.propagate = False
    written = logging.FileHandler(path, encoding="utf-8")
    written.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    tracebacks = _LastTraceback()
    log.addHandler(written)
    log.addHandler(tracebacks)
    try:
        yield log, tracebacks
    finally:
        log.removeHandler(written)
        log.removeHandler(tracebacks)
        written.close()


@contextmanager
def _environment() -> Iterator[None]:
    """What grading needs of the environment, and nobody else.

    nbgrader calls `alembic`, so that has to be on PATH. The lab's tensors are small: more than one thread a kernel only
    makes them wait for each other.
    """
    before = dict(os.environ)
    scripts = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([scripts, before.get("PATH", "")])
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _quiet(path: Path) -> Iterator[None]:
    """What kernels and nbgrader's database layer write to the terminal goes to this file."""
    terminal = os.dup(2)
    with path.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)
