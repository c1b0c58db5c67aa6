"""The folder of handed-in work, read without following links and without writing to it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.course.intake.rebuild import MAX_BYTES
from grader.course.results.flags import Flag, Unreadable

# nbgrader finds students with file globs, so a name must not look like a pattern. The marks are those of й and ё where
# a Mac wrote the name.
STUDENT_ID = re.compile(r"\w[\w\u0300-\u036f.@ -]{0,99}")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
NBGRADERS = ("timestamp.txt", "submission_secret.txt")  # what nbgrader's exchange puts beside a notebook
MAX_NOTE = 1000  # bytes of one of these
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a named pipe must not make the grader wait


def students(submitted: Path) -> list[str]:
    """The names of the students' folders, in order; hidden ones and loose files don't count."""
    found = [entry.name for entry in os.scandir(submitted) if entry.is_dir()]
    return sorted(name for name in found if not name.startswith("."))


def one_students(submitted: Path, lab: str) -> Path | None:
    """The folder of all students, where this one is a single student's (it holds the lab's folder), or that one."""
    notebook = f"{lab}.ipynb"
    if (submitted / notebook).is_file():
        return submitted.resolve().parent.parent
    single = students(submitted) == [lab] and not (submitted / lab / lab).exists()
    return submitted.resolve().parent if single and (submitted / lab / notebook).is_file() else None


def read_notebook(submitted: Path, student: str, lab: str) -> tuple[bytes, list[Flag]]:
    """The bytes of one student's notebook, and a flag if other files lay beside it."""
    if not STUDENT_ID.fullmatch(student):
        raise Unreadable("bad-name")
    try:
        return _read_where_it_belongs(submitted, student, lab)
    except Unreadable as problem:
        found = _elsewhere(submitted, student, lab) if problem.flag.key == "no-notebook" else ""
        raise (Unreadable("notebook-elsewhere", found) if found else problem) from None


def _read_where_it_belongs(submitted: Path, student: str, lab: str) -> tuple[bytes, list[Flag]]:
    wanted = f"{lab}/{lab}.ipynb"
    with (
        _opened(submitted, os.O_RDONLY | os.O_DIRECTORY, None, wanted) as top,
        _opened(student, FOLDER, top, wanted) as home,
        _opened(lab, FOLDER, home, wanted) as folder,
    ):
        with _opened(f"{lab}.ipynb", FILE, folder, wanted) as file:
            raw = _read_regular(file, wanted)
        expected = {f"{lab}.ipynb", *_notes(folder)}
        others = sorted(name for name in os.listdir(folder) if name not in expected and not name.startswith("."))
    return raw, [Flag("files-ignored", ", ".join(name[:60] for name in others[:5]))] if others else []


def _elsewhere(submitted: Path, student: str, lab: str) -> str:
    """Notebooks in the student's folder or the lab's folder in it; they aren't opened."""
    found = []
    with _opened(submitted, os.O_RDONLY | os.O_DIRECTORY, None, "") as top, _opened(student, FOLDER, top, "") as home:
        found += os.listdir(home)
        with suppress(Unreadable), _opened(lab, FOLDER, home, "") as folder:
            found += [f"{lab}/{name}" for name in os.listdir(folder)]
    notebooks = sorted(name[:60] for name in found if name.endswith(".ipynb"))
    return ", ".join(notebooks[:3])


def read_notes(folder: Path) -> dict[str, bytes]:
    """What nbgrader's exchange noted beside a notebook, by file name; only ordinary files of a few bytes."""
    try:
        with _opened(folder, FOLDER, None, folder.name) as opened:
            return _notes(opened)
    except Unreadable:
        return {}


def _notes(folder: int) -> dict[str, bytes]:
    found = {}
    for name in NBGRADERS:
        try:
            with _opened(name, FILE, folder, name) as file:
                found[name] = _read_regular(file, name, MAX_NOTE)
        except Unreadable:
            continue
    return found


@contextmanager
def _opened(path: Path | str, how: int, inside: int | None, wanted: str) -> Iterator[int]:
    try:
        descriptor = os.open(path, how, dir_fd=inside)
    except FileNotFoundError:
        raise Unreadable("no-notebook", wanted) from None
    except PermissionError:
        raise Unreadable("no-access", wanted) from None
    except OSError:  # a link where a file or folder should be, a socket, a loop of links
        raise Unreadable("not-a-file", wanted) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_regular(descriptor: int, wanted: str, most: int = MAX_BYTES) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Unreadable("not-a-file", wanted)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise Unreadable("too-large", f"{MAX_BYTES >> 20} MiB")
    return raw
