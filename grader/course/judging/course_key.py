"""The course's secret, from which the judge's values and the pseudonyms of an export follow."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from grader.course.errors import CourseError
from grader.course.language import N_, translator

KEY_FILE = ".judge-key"
KEY_BYTES = 32
# what a course folder has once a class was graded in it
TRACES = ("graded.jsonl", "autograded", "feedback")


def course_key(root: Path) -> bytes:
    """The course's secret, made where there is none yet. Raises CourseError: the file holds none that is long
    enough."""
    path = root / KEY_FILE
    if not path.exists():
        _make(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (ValueError, UnicodeDecodeError):
        key = b""
    if len(key) < KEY_BYTES:
        said = translator("en")(
            N_("{file} is empty, too short or no key: put back the one that you have kept, or delete the file; a new "
               "key draws other values and gives students other pseudonyms")
        )  # fmt: skip
        raise CourseError(said, file=path)
    return key


def key_is_lost(root: Path) -> bool:
    """Whether a class was graded here with a key that is gone: the next one draws other values."""
    return not (root / KEY_FILE).exists() and any((root / name).exists() for name in TRACES)


def _make(path: Path) -> None:
    """A new key, there as a whole or not at all: several may make it at once, and the first one counts."""
    descriptor, made = tempfile.mkstemp(prefix=KEY_FILE, dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        os.unlink(made)
