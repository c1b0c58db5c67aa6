"""What a course folder knows of the submissions that are graded, so that a class that was stopped goes on."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader import __version__
from grader.course.errors import CourseError
from grader.course.intake.lab_files import LabFiles
from grader.course.language import Translate
from grader.course.nbgrader.course_config import NAME
from grader.course.results.flags import Flag
from grader.course.results.results_file import SubmissionResult, from_plain

FILE = "graded.jsonl"


def way_of(lab: LabFiles, course: Path, sandboxed: bool) -> str:
    """A hash of what all results follow from: the lab, the course folder's settings, and whether there is a sandbox."""
    settings = (course / NAME).read_text(encoding="utf-8")
    text = [__version__, lab.released, lab.solution.read_text(encoding="utf-8"), settings, sandboxed]
    return hashlib.sha256(json.dumps(text).encode("utf-8", "replace")).hexdigest()


def work_of(way: str, raw: bytes, flags: Iterable[Flag]) -> str:
    """A hash of what one result follows from: the way all are graded, the submission, and what was odd about it."""
    return hashlib.sha256(json.dumps([way, *map(str, flags)]).encode("utf-8", "replace") + raw).hexdigest()


class GradedSubmissions:
    """A file with a line for each graded submission: what was graded, and what came of it."""

    def __init__(self, course: Path) -> None:
        self.file = course / FILE

    def read(self) -> dict[str, tuple[str, SubmissionResult]]:
        """By student the last line's work and result; one that was cut short, or is none of ours, doesn't count."""
        found = {}
        try:
            lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return {}
        for line in lines:
            try:
                plain: dict[str, Any] = json.loads(line)
                result = from_plain(plain["result"])
                found[result.student] = (str(plain["work"]), result)
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
        return found

    def add(self, work: str, result: SubmissionResult) -> None:
        """Note a result. What nobody has looked at to the end is tried again the next time."""
        if result.status != "partly":
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"work": work, "result": asdict(result)}, ensure_ascii=False) + "\n")

    def forget(self) -> None:
        """Nothing is done any more."""
        self.file.unlink(missing_ok=True)


@contextmanager
def alone(course: Path, _: Translate) -> Iterator[None]:
    """Nobody else grades into this course folder meanwhile. Raises CourseError: somebody does."""
    folder = os.open(course, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourseError(
                _("Another grading is at work in {folder}: wait for it, or name another folder with --course."),
                folder=course,
            ) from None  # fmt: skip
        yield
    finally:
        os.close(folder)
