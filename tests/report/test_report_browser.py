"""The class report in a real browser: its script sorts and filters, by clicks on real buttons and real controls."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.report.class_page import class_page
from grader.report.class_report import ClassReport, class_report
from tests.report.synthetic import synthetic_class

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def report() -> ClassReport:
    return class_report(synthetic_class(40), "en")


def after(report: ClassReport, folder: Path, script: str) -> list[str]:
    """The students in the table's order, without the hidden ones, once the script has run in the page."""
    rows = "[...map.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[0].textContent.trim()).join(' ')"
    return told(report, folder, script, rows).split()


def told(report: ClassReport, folder: Path, script: str, expression: str) -> str:
    """What an expression is in the page, once the script has run."""
    told = f"document.body.replaceChildren({expression})"
    page = folder / "page.html"
    page.write_text(class_page(report).replace("</body>", f"<script>{script};{told}</script></body>"), encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--dump-dom"]
    shown = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout
    [body] = re.findall(r"<body>(.*?)</body>", shown, re.DOTALL)
    return str(body)


def test_a_click_on_a_column_sorts_by_it_and_another_turns_it_round(report: ClassReport, tmp_path: Path) -> None:
    points = {result.student: result.points for result in report.results}
    click = "document.querySelectorAll('#map thead tr:last-child button')[1].click()"
    up = [points[student] for student in after(report, tmp_path, click)]
    down = [points[student] for student in after(report, tmp_path, f"{click};{click}")]
    assert up == sorted(points.values()) and down == up[::-1]


def test_filters_leave_whom_they_name(report: ClassReport, tmp_path: Path) -> None:
    bug = report.bugs[0]
    show = f"document.querySelector('[data-bug=\"{bug.number}\"]').click()"
    assert after(report, tmp_path, show) == list(bug.students)
    find = "find.value = 'student-003'; find.dispatchEvent(new Event('input'))"
    assert after(report, tmp_path, find) == [f"student-{number:04}" for number in range(30, 40)]
    remark = report.remarks[0]
    flags = "flag.value = '1'; flag.dispatchEvent(new Event('input'))"
    assert after(report, tmp_path, flags) == sorted(remark.subjects)


def test_the_sentence_above_few_columns_of_points_is_not_squeezed_into_their_width(tmp_path: Path) -> None:
    few = class_report([SubmissionResult("anna", "x", "en", 1, 1, "graded", (TaskResult("a.b", 1, 1, "passed"),))], "en")
    width = "String(document.querySelector('.bars caption').offsetWidth)"
    assert int(told(few, tmp_path, "0", width)) >= 400
