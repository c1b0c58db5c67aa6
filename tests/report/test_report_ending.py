"""The last lines of a run: aligned, and with a page that is worth opening."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.report.ending import aligned, near, page_to_open


def result(student: str, language: str, task: str = "failed", status: str = "graded") -> SubmissionResult:
    return SubmissionResult(student, "linear", language, 0, 1, status, (TaskResult("column.forward", 0, 1, task),))


CLASS = [result("adams", "en", "passed"), result("brown", "en"), result("ivanova", "ru"), result("lee", "en")]
PAGES = {one.student: Path(one.student) for one in CLASS}


def test_the_page_to_open_shows_a_mistake_in_the_readers_language():
    assert page_to_open(CLASS, PAGES, "en") == Path("brown")
    assert page_to_open(CLASS, PAGES, "ru") == Path("ivanova")


def test_a_page_is_named_even_where_none_is_in_that_language():
    assert page_to_open(CLASS[:1], PAGES, "ru") == Path("adams")


def test_a_student_without_a_page_is_not_named():
    assert page_to_open(CLASS, {"lee": Path("lee")}, "ru") == Path("lee")


def test_places_stand_under_one_another():
    assert aligned({"Results:": "a", "Open:": "b"}) == ["Results: a", "Open:    b"]


def test_a_path_below_the_current_folder_is_shown_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert near(tmp_path / "demo" / "results.jsonl") == Path("demo/results.jsonl")
    assert near(Path("/elsewhere")) == Path("/elsewhere")
