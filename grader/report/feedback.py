"""The feedback pages of a class."""

from collections.abc import Callable, Iterable
from pathlib import Path

from grader.course.batch.stock_course import StockCourse
from grader.course.results.results_file import SubmissionResult


def feedback_pages(
    folder: Path,
    lab: str,
    results: Iterable[SubmissionResult],
    progress: Callable[[str], None] = lambda student: None,
) -> dict[str, Path]:
    """Each student's page, made by stock nbgrader from the course's gradebook.

    There is none for a student whose folder has no usable name, nor where nbgrader can't show
    what the notebook put out; why is in the course folder's grading.log.
    """
    course = StockCourse(folder, lab)
    pages = {}
    for result in results:
        if "bad-name" not in result.flags and (page := course.feedback(result.student)):
            pages[result.student] = page
        progress(result.student)
    return pages
