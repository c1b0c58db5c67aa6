"""The data files that a submission brings along, opened so that no link of the student's leads elsewhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from grader.kernel.sandbox.isolation import DATA_MB
from grader.kernel.sandbox.kernel_request import KernelError
from grader.lab.messages import N_, message

MOST_FILES = 200


def open_data(folder: Path, patterns: list[str]) -> dict[str, int]:
    """Descriptors of the plain files in the folder that match, by name. Links aren't followed: a student made them.

    Raises:
        KernelError: they are too many or too large.
    """
    files: dict[str, int] = {}
    total = 0
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        inside = path.relative_to(folder)
        if ".." in inside.parts or path.parent.resolve() != folder.resolve() / inside.parent:
            continue
        try:
            # not waiting: it may be a pipe
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            continue
        files[str(inside)] = descriptor
        total += found.st_size
        if len(files) > MOST_FILES or total > DATA_MB << 20:
            for descriptor in files.values():
                os.close(descriptor)
            raise KernelError(
                message(
                    N_("{folder} has more data than a kernel gets: at most {count} files and {megabytes} MB"),
                    folder=folder,
                    count=MOST_FILES,
                    megabytes=DATA_MB,
                )
            )
    return files
