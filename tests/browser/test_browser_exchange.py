"""An instructor and a student, through a local nbgrader exchange: from release to feedback that is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.utils import get_username
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from grader.course.batch.sample_class import Recipe, write_class
from grader.course.intake.lab_files import lab_files
from grader.course.nbgrader.plug_in import sandboxed
from tests.browser.answers import LAB, ROOT, model_answer, with_mistake
from tests.browser.assignment_list import AssignmentList
from tests.browser.conftest import Keep
from tests.browser.formgrader import Formgrader
from tests.browser.notebook_page import NotebookPage, open_from_menu, until, words
from tests.browser.servers import Server, jupyterlab

COURSE = "tensor_parallelism"
SOLVED = ("column.shard", "column.forward")  # 1 + 2 points
WRONG = ("column.backward", "dX = dX_gpu1 + dX_gpu2", "dX = dX_gpu1")
POINTS = "3 / 20"
PETROVA = "petrova"  # her notebook came by mail, and is put into submitted/
JUDGED = {"en": "✓ column.forward: right at other sizes and other numbers too", "ru": "верно и при других размерах"}
SCORE = {"en": "linear: 3 of 20 points", "ru": "linear: 3 из 20 баллов"}
REASON = {"en": "✗ column.backward 0 / 2 line 5", "ru": "✗ column.backward 0 / 2 строка 5"}
MISTAKE = {"en": "✗ column.backward: line 5", "ru": "✗ column.backward: строка 5"}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exchange")
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def instructor(browser: Chrome, exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab in a copy of the checkout."""
    course = tmp_path_factory.mktemp("instructor") / "course"
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder, course / folder, ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "nbgrader_config.py", course)
    lab = lab_files(ROOT, LAB, str)
    left = tuple(task for task in lab.tasks if task not in (*SOLVED, WRONG[0]))
    edit = dict(zip(("task", "old", "new"), WRONG, strict=True))
    petrova = Recipe(PETROVA, "ru", "solves two tasks and half of a third", 3, left=left, edits=(edit,))
    write_class(course / "submitted", [petrova], lab, ROOT / "solutions")
    with jupyterlab(course, course.parent / "home", f"c.Exchange.root = {str(exchange)!r}\n") as server:
        yield server


@pytest.fixture(scope="module")
def student(browser: Chrome, exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab in an empty folder of a student's own."""
    folder = tmp_path_factory.mktemp("student") / "work"
    folder.mkdir()
    config = f"c.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = {COURSE!r}\n"
    with jupyterlab(folder, folder.parent / "home", config) as server:
        yield server


def test_two_solved_tasks_go_through_the_exchange_and_come_back_as_points_and_feedback(
    instructor: Server, student: Server, browser: Chrome, keep: Keep
) -> None:
    # The instructor looks at the lab in Create Assignment, generates and releases it.
    NotebookPage(browser, instructor, f"solutions/en/{LAB}/{LAB}.ipynb").create_assignment()
    keep("instructor-create-assignment")
    open_from_menu(browser, instructor, "Formgrader")
    frame = until(browser, lambda page: page.find_elements(By.CSS_SELECTOR, "iframe"), "formgrader in a tab")[0]
    browser.switch_to.frame(frame)
    formgrader = Formgrader(browser, instructor)
    until(browser, lambda _: formgrader.cell(LAB), "the lab in formgrader")
    browser.switch_to.default_content()
    keep("instructor-formgrader")
    formgrader.open("manage_assignments", LAB)
    formgrader.press(LAB, "assign")
    formgrader.press(LAB, "release")

    # The student fetches it, solves two tasks and half of a third, and submits.
    assignments = AssignmentList(browser, student)
    assignments.press("Fetch", "fetched")
    keep("student-fetched")
    page = NotebookPage(browser, student, f"{LAB}/{LAB}.ipynb")
    for task in SOLVED:
        page.write(f"%%task {task}", model_answer("en", task))
    task, right, wrong = WRONG
    page.write(f"%%task {task}", with_mistake(model_answer("en", task), right, wrong))
    page.command("docmanager:save")
    assignments = AssignmentList(browser, student)
    assignments.press("Submit", "submitted")
    keep("student-submitted")

    # The instructor collects and autogrades: her own student's notebook, and the one that came another way.
    formgrader.open("manage_assignments", LAB)
    formgrader.press(LAB, "collect")
    formgrader.open(f"manage_submissions/{LAB}", get_username())
    for name in (get_username(), PETROVA):
        formgrader.press(name, "autograde")
        until(browser, lambda _, name=name: formgrader.says(name, "score") == POINTS, f"score {POINTS} of {name}")
        autograded = instructor.folder / "autograded" / name / LAB / f"{LAB}.ipynb"
        flags = json.loads(autograded.read_text(encoding="utf-8"))["metadata"]["course"]["flags"]
        assert flags == ([] if sandboxed() else ["no-sandbox"])
    keep("instructor-submissions")
    formgrader.open(f"gradebook/{LAB}/{LAB}", "Submission #1")
    keep("instructor-gradebook")
    formgrader.open("manage_assignments", LAB)
    formgrader.press(LAB, "generate-feedback")
    # Not for all at once: nbgrader stops at a submission that didn't come through the exchange.
    formgrader.open(f"manage_submissions/{LAB}", get_username())
    formgrader.press(get_username(), "release-feedback")

    # The student fetches the feedback and reads it.
    AssignmentList(browser, student).press("Fetch Feedback", "submitted")
    pages = until(browser, lambda _: list(student.folder.glob(f"{LAB}/feedback/*/{LAB}.html")), "feedback page")
    for language, server, path in (
        ("en", student, pages[0].relative_to(student.folder)),
        ("ru", instructor, Path("feedback", PETROVA, LAB, f"{LAB}.html")),
    ):
        browser.get(server.at(f"files/{path}"))
        text = words(until(browser, lambda page: page.find_element(By.TAG_NAME, "body"), "page").text)
        assert JUDGED[language] in text and MISTAKE[language] in text
        assert SCORE[language] in text and REASON[language] in text
        assert "HIDDEN TESTS" not in browser.page_source and "exam(" not in browser.page_source
        keep(f"feedback-{language}")
