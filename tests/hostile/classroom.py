"""A class of an honest student, a wrong one and attackers between them, graded as a whole.

The class has a course folder of its own with a short `linear` in it: the given cells, two tasks, and a written answer.
Secrets lie where a student's code might look for them, and after grading everything is looked over that must not have
changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.intake.lab_files import LabFiles, lab_files
from grader.course.nbgrader.course_config import COURSE_ID
from grader.course.results.results_file import SubmissionResult, read_results
from grader.report.feedback import feedback_pages
from tests.hostile.grading import quick_config

ROOT = Path(__file__).resolve().parents[2]
LAB = "linear"
GIVEN = ("given-setup", "given-parameters", "given-data")
TASKS = {"manual.forward": "Y = X @ W.T + b", "manual.dY": "dY = 2 * (Y - Y_gt) / Y_gt.numel()"}
WRONG = "Y = X"  # what every attacker hands in: quick to see through
HONEST, BEFORE, LATE = "honest", "aaa-wrong", "zzz-honest"  # graded between, before and after the attackers
SECRET = "canary-4f1d"
KEY = hashlib.sha256(SECRET.encode()).hexdigest()
Notebook = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A hostile submission: `hand_in` puts into the student's folder of the lab what the student hands in.

    `points` is what it deserves, `flag` begins one of its remarks, and `stock` names what it wins of stock nbgrader.
    """

    name: str
    hand_in: Callable[[Course, Path], object]
    points: float = 1.0
    flag: str = ""
    stock: str = ""


@dataclass
class Course:
    """The course folder and what is around it."""

    root: Path
    lab: LabFiles
    outside: Path  # files that nobody but the instructor should see or change
    port: int = 0  # of a server of this machine

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    def folder(self, student: str) -> Path:
        return self.submitted / student / LAB

    def solved(self, forward: str = WRONG, language: str = "en") -> Notebook:
        """A submission: `manual.dY` is right, `manual.forward` is what is given."""
        notebook = deepcopy(self.lab.released[language])
        for task, answer in {**TASKS, "manual.forward": forward}.items():
            cell_of(notebook, "solution-" + task.replace(".", "-"))["source"] = f"%%task {task}\n{answer}"
        return notebook

    def facts(self) -> dict[str, str]:
        """Where the things are that attackers look for."""
        return {
            "root": str(self.root),
            "outside": str(self.outside),
            "gradebook": str(self.root / "gradebook.db"),
            "solution": str(self.root / "solutions" / "en" / LAB / f"{LAB}.ipynb"),
            "honest": str(self.folder(HONEST) / f"{LAB}.ipynb"),
            "key": str(self.root / ".judge-key"),
            "home": str(Path.home()),
            "site_packages": sysconfig.get_path("purelib"),
            "grader": str(os.getpid()),
            "port": str(self.port),
        }


def cell_of(notebook: Notebook, grade_id: str) -> Notebook:
    """The notebook's cell of that grade_id."""
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def write(path: Path, content: object) -> Path:
    """The file with this JSON in it, its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=True), encoding="utf-8")
    return path


def short_lab(language: str) -> nbformat.NotebookNode:
    """The first cells of the lab, two of its tasks, and its written answer."""
    source = nbformat.read(ROOT / "solutions" / language / LAB / f"{LAB}.ipynb", as_version=4)
    wanted = {*GIVEN, "fp32-conclusion"}
    for task in TASKS:
        wanted |= {task.replace(".", "-"), "solution-" + task.replace(".", "-")}
    first = next(cell for cell in source.cells if cell.cell_type == "code")
    kept = [cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade_id") in wanted]
    made = nbformat.v4.new_notebook(cells=[source.cells[0], first, *kept], metadata=deepcopy(source.metadata))
    made.metadata["course"] = {"lab": LAB, "language": language}
    return made


def make_course(folder: Path) -> Course:
    """An ordinary nbgrader course with the short lab, its gradebook, and secrets in the usual places."""
    root = folder / "course"
    for language in ("ru", "en"):
        solution = short_lab(language)
        hidden = "solution-manual-dY"  # generate_assignment takes out what is between the marks
        cell = next(cell for cell in solution.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == hidden)
        cell.source = cell.source.replace("### BEGIN SOLUTION", f"### BEGIN SOLUTION\n# {SECRET}")
        path = root / "solutions" / language / LAB / f"{LAB}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(solution, path)
        _convert(GenerateAssignment, root, source=f"solutions/{language}", release=f"assignments/{language}")
    (root / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    (root / ".judge-key").write_text(KEY)
    with Gradebook(f"sqlite:///{root}/gradebook.db", COURSE_ID) as gradebook:
        gradebook.update_or_create_student("somebody", first_name=SECRET)
    outside = folder / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(f"{SECRET} outside")
    return Course(root, lab_files(root, LAB, str), outside)


def copy_course(made: Course, folder: Path) -> Course:
    """The same once more, untouched."""
    for part in (made.root, made.outside):
        shutil.copytree(part, folder / part.name)
    root = folder / made.root.name
    return Course(root, lab_files(root, LAB, str), folder / made.outside.name)


def hand_in_class(course: Course, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Everybody's submission in its folder; the attackers' names, in their order."""
    for student, forward in {HONEST: TASKS["manual.forward"], LATE: TASKS["manual.forward"], BEFORE: WRONG}.items():
        notebook = course.solved(forward)
        cell_of(notebook, "solution-manual-dY")["source"] += f"  # {SECRET} {student}"
        write(course.folder(student) / f"{LAB}.ipynb", notebook)
    attackers = {}
    for number, entry in enumerate(entries):
        student = f"e{number:02}"
        course.folder(student).mkdir(parents=True)
        entry.hand_in(course, course.folder(student))
        attackers[student] = entry
    return attackers


def run_class(course: Course, results: Path, pages: Collection[str] = ()) -> dict[str, SubmissionResult]:
    """The class graded by `python -m grader grade`, with these students' feedback pages; by student."""
    graded = results.parent / "graded"
    graded.mkdir(parents=True)  # a course that has been used before, with the same short lab beside it
    for name in ("solutions", "assignments"):
        shutil.copytree(course.root / name, graded / name)
    for name in ("gradebook.db", ".judge-key"):
        shutil.copy(course.root / name, graded / name)
    order = Order(course.lab, course.submitted, results, graded, "en")
    with _working_in(graded):
        found = grade(order)
        feedback_pages(graded, LAB, [result for result in found if result.student in pages])
    assert read_results(results) == found
    return {result.student: result for result in found}


@contextmanager
def no_hang(seconds: int = 500) -> Iterator[None]:
    """An exception where what stands inside never ends; the limit is far beyond what it takes."""

    def stop(*_: object) -> None:
        raise TimeoutError("the class hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def autograde_class(course: Course, seconds: int = 300) -> subprocess.CompletedProcess[str]:
    """The class graded by nbgrader's own command, with the course's nbgrader_config.py."""
    scripts = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    # a config file that is named replaces the folder's: that of the course stays, the limit of time is added
    (course.root / "quick_config.py").write_text(
        "c = get_config()\nload_subconfig('nbgrader_config.py')\nc.CarefulExecute.timeout = 10\n"
    )
    words = [str(scripts / "nbgrader"), "autograde", LAB, "--config=quick_config.py"]
    return subprocess.run(words, cwd=course.root, env=environment, capture_output=True, text=True, timeout=seconds, check=False)  # fmt: skip


def stock_class(course: Course, quick: bool = True) -> str:
    """The class graded by nbgrader alone, in this process; why it stopped, or nothing.

    Its kernels are plain ones unless `quick`, where what is at stake are points and not this machine.
    """
    config = quick_config() if quick else Config()
    config.Execute.shutdown_kernel = "immediate"
    try:
        _convert(Autograde, course.root, source="solutions/en", release="assignments/en", config=config)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return ""


def gradebook_points(course: Course, folder: Path | None = None) -> dict[str, float]:
    """Each student's automatic points in the gradebook."""
    found = {}
    with Gradebook(f"sqlite:///{(folder or course.root) / 'gradebook.db'}", COURSE_ID) as gradebook:
        for student in gradebook.students:
            try:
                notebook = gradebook.find_submission_notebook(LAB, LAB, student.id)
            except Exception:
                continue
            found[student.id] = sum(grade.auto_score or 0.0 for grade in notebook.grades)
    return found


def tree(*folders: Path) -> dict[str, str]:
    """What lies in these folders: each path with its content's hash, a link's target, or its kind."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink():
                found[str(path)] = os.readlink(path)
            elif path.is_file():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                found[str(path)] = "-"
    return found


def processes(mark: str) -> list[int]:
    """The processes of this machine whose command line or environment has this mark in it."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                told = Path(f"/proc/{name}/cmdline").read_bytes() + Path(f"/proc/{name}/environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in told:
                found.append(int(name))
    return found


def _convert(converter: Any, root: Path, source: str, release: str, config: Config | None = None) -> None:
    config = config or Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = COURSE_ID
    config.CourseDirectory.source_directory = source
    config.CourseDirectory.release_directory = release
    config.CourseDirectory.assignment_id = LAB
    with _on_path(), tempfile.TemporaryDirectory() as profile:
        os.environ["IPYTHONDIR"] = profile
        work = converter(coursedir=CourseDirectory(config=config), config=config)
        work.force = True
        work.start()


@contextmanager
def _on_path() -> Iterator[None]:
    """nbgrader calls `alembic`, which lies beside this Python."""
    before = dict(os.environ)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
