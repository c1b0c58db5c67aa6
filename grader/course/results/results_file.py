"""results.jsonl: one line a submission, the form in which results leave the grader."""

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

TaskStatus = Literal["passed", "failed", "not_examined"]
SubmissionStatus = Literal["graded", "partly", "unreadable"]


@dataclass(frozen=True)
class TaskResult:
    """One task of one submission: its points, and why they are not more.

    `mistake` is the judge's name of the mistake that explains a wrong answer, where it knows one. Files from before
    there was such a name have none.
    """

    task: str
    points: float
    max_points: float
    status: TaskStatus
    message: str = ""
    mistake: str | None = None


@dataclass(frozen=True)
class SubmissionResult:
    """One submission. It is `partly` graded if an automatic task could not be examined."""

    student: str
    lab: str
    language: str
    points: float
    max_points: float
    status: SubmissionStatus
    tasks: tuple[TaskResult, ...]
    flags: tuple[str, ...] = ()


def append_result(path: Path, result: SubmissionResult) -> None:
    """One more line, written in one piece."""
    line = json.dumps(asdict(result), ensure_ascii=False) + "\n"
    with path.open("ab", buffering=0) as file:
        file.write(line.encode("utf-8"))


def write_results(path: Path, results: Iterable[SubmissionResult]) -> None:
    """Writes the whole file or nothing: a reader never sees half of it."""
    lines = [json.dumps(asdict(result), ensure_ascii=False) + "\n" for result in results]
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(lines)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read_results(path: Path) -> list[SubmissionResult]:
    """The results in the file; ValueError if it holds anything else."""
    results = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            results.append(from_plain(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError(f"{path}:{number} is not a result") from None
    return results


def from_plain(fields: dict[str, Any]) -> SubmissionResult:
    """The result in such data. Raises ValueError, TypeError, KeyError, AttributeError: it holds none."""
    fields = dict(fields)
    tasks = tuple(TaskResult(**task) for task in fields.pop("tasks"))
    flags = tuple(fields.pop("flags"))
    return SubmissionResult(**fields, tasks=tasks, flags=flags)
