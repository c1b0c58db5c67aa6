"""The pages that grading writes, opened from the disk: feedback, and the class report."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from grader.__main__ import main
from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.batch.sample_class import class_file, read_recipes, write_class
from grader.course.intake.lab_files import lab_files
from grader.report.feedback import feedback_pages
from tests.browser.answers import LAB, ROOT
from tests.browser.conftest import Keep
from tests.browser.notebook_page import words

CLASS = {"petrov": "ru", "jones": "en"}  # of the sample class
SAID = {"petrov": "✗ row.forward", "jones": "✗ column.backward"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small graded class: results.jsonl and course/feedback."""
    folder = tmp_path_factory.mktemp("class")
    lab = lab_files(ROOT, LAB, str)
    recipes = [recipe for recipe in read_recipes(class_file("linear")) if recipe.student in CLASS]
    write_class(folder / "submitted", recipes, lab, ROOT / "solutions")
    order = Order(lab, folder / "submitted", folder / "results.jsonl", folder / "course", "en")
    feedback_pages(order.course, LAB, list(grade(order)))
    return folder


def appearance(browser: Chrome, scheme: str) -> None:
    """The reader's system is set to light or dark."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def fits(browser: Chrome) -> bool:
    """Whether nothing makes the page wider than a laptop's screen."""
    wide = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(browser.execute_script(wide))


@pytest.mark.parametrize("student", SAID)
def test_a_feedback_page_names_the_mistake_and_fits_a_laptop(
    student: str, graded: Path, browser: Chrome, keep: Keep
) -> None:
    browser.get((graded / "course" / "feedback" / student / LAB / f"{LAB}.html").as_uri())
    text = words(browser.find_element(By.TAG_NAME, "body").text)
    assert SAID[student] in text and "✓ column.forward" in text
    assert "HIDDEN TESTS" not in browser.page_source
    assert fits(browser)
    for scheme in ("dark", "light"):
        appearance(browser, scheme)
        browser.execute_script("arguments[0].scrollIntoView()", _cell(browser, SAID[student]))
        keep(f"page-feedback-{scheme}-{CLASS[student]}")


def _cell(browser: Chrome, said: str) -> object:
    """The place of a message on the page."""
    return browser.find_element(By.XPATH, f"//*[contains(text(), '{said}')]")


@pytest.mark.skipif(find_spec("grader.report.class_report") is None, reason="there is no class report")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_class_report_sorts_filters_and_fits_a_laptop(
    language: str, graded: Path, browser: Chrome, keep: Keep
) -> None:
    page = graded / f"report-{language}.html"
    assert main(["report", str(graded / "results.jsonl"), "--to", str(page), "--language", language]) == 0
    browser.get(page.as_uri())
    assert len(_shown(browser)) == len(CLASS)
    assert fits(browser)
    for scheme in ("dark", "light"):
        appearance(browser, scheme)
        keep(f"page-report-{scheme}-{language}")

    browser.find_element(By.CSS_SELECTOR, "#map thead tr:last-child th:first-child button").click()
    assert [words(row).split()[0] for row in _shown(browser)] == sorted(CLASS)
    browser.find_element(By.ID, "find").send_keys("pet")
    assert [words(row).split()[0] for row in _shown(browser)] == ["petrov"]


def _shown(browser: Chrome) -> list[str]:
    rows = browser.find_elements(By.CSS_SELECTOR, "#map tbody tr")
    return [row.text for row in rows if row.is_displayed()]
