"""The last lines of a run: where everything is, and the page to open first."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.course.results.results_file import SubmissionResult


def aligned(places: Mapping[str, str]) -> list[str]:
    """A line for each place, with its name in front of it."""
    width = max(map(len, places)) + 1
    return [f"{name:{width}}{place}" for name, place in places.items()]


def page_to_open(results: Sequence[SubmissionResult], pages: Mapping[str, Path], language: str) -> Path:
    """A feedback page in that language that shows a mistake; the first of all where there is none."""
    first = min(
        (result for result in results if result.student in pages),
        key=lambda result: (
            result.language != language,
            result.status != "graded",
            all(task.status != "failed" for task in result.tasks),
            result.student,
        ),
    )
    return pages[first.student]


def near(path: Path) -> Path:
    """The path as seen from here, where that is shorter."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
