"""A lab that is in English alone is graded in a course that also speaks Russian."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.errors import CourseError
from grader.course.intake.lab_files import lab_files
from grader.course.results.results_file import SubmissionResult
from grader.report.feedback import feedback_pages
from tests.course.small_lab import LAB, Answer, write_json


@pytest.fixture
def draft(root: Path, tmp_path: Path) -> Path:
    """A checkout with the small lab's notebooks in English."""
    for tree in ("solutions", "assignments"):
        shutil.copytree(root / tree / "en", tmp_path / tree / "en")
    return tmp_path


def test_a_notebook_that_was_lost_makes_no_draft(draft: Path, root: Path) -> None:
    assert set(lab_files(draft, LAB, str).released) == {"en"}
    shutil.copytree(root / "solutions" / "ru", draft / "solutions" / "ru")
    with pytest.raises(CourseError, match=r"ru/mini/mini\.ipynb is missing: run `python -m grader build` first"):
        lab_files(draft, LAB, str)


def test_it_is_graded_and_has_feedback_with_the_course_s_other_language_set(draft: Path, answered: Answer) -> None:
    submitted = draft / "submitted"
    write_json(submitted / "smith" / LAB / f"{LAB}.ipynb", answered("en", four="four = 1"))
    write_json(submitted / "petrov" / LAB / f"{LAB}.ipynb", answered("ru"))
    write_json(submitted / "unread" / LAB / f"{LAB}.ipynb", [])
    order = Order(lab_files(draft, LAB, str), submitted, draft / "out" / "r.jsonl", draft / "course", "ru", workers=1)
    results: dict[str, SubmissionResult] = {result.student: result for result in grade(order)}
    assert {name: (one.language, one.points) for name, one in results.items()} == {
        "smith": ("en", 3.0), "petrov": ("en", 5.0), "unread": ("", 0.0),
    }  # fmt: skip
    pages = feedback_pages(order.course, LAB, results.values())
    assert set(pages) == set(results) and "JSON, но не ноутбук Jupyter" in pages["unread"].read_text(encoding="utf-8")
