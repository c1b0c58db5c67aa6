"""README's pictures: what JupyterLab shows under a mistake, and under a section's cell. `make pictures` keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.answers import given_cells, solved_notebook
from tests.browser.chromium import LAPTOP, resize
from tests.browser.notebook_page import NotebookPage
from tests.browser.servers import Server

MISTAKE = {"task": "manual.gradients", "old": "dW = X.T @ dY", "new": "dW = X.T @ dY / X.shape[0]"}
RUN = ("manual.forward", "manual.dY", "manual.gradients", "column.shard", "column.forward", "column.backward")


@pytest.fixture
def tall(browser: Chrome) -> Iterator[None]:
    resize(browser, (LAPTOP[0], 1100))
    yield
    resize(browser, LAPTOP)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_readme_shows_what_the_notebook_shows(
    language: str, students_lab: Server, browser: Chrome, pictures: Path, tall: None
) -> None:
    path = students_lab.folder / f"linear-{language}.ipynb"
    path.write_text(json.dumps(solved_notebook(language, MISTAKE)), encoding="utf-8")
    page = NotebookPage(browser, students_lab, path.name)
    for cell in given_cells(language):
        page.run(cell)
    told = {}
    for task in RUN:
        page.run(f"%%task {task}")
        told[task] = page.run(f'check("{task}")')
    assert "✗ manual.gradients" in told["manual.gradients"]
    assert "✓ column.backward" in told["column.backward"]

    (picture,) = page.pictures('check("column.backward")')
    assert picture.screenshot(str(pictures / f"run-{language}.png"))
    resize(browser, (LAPTOP[0], 840))
    page.cell("### 2.3 `manual.gradients`", "start")
    page.cell('check("manual.gradients")', "nearest")  # the frame of a chosen cell is where the eye belongs
    assert browser.save_screenshot(str(pictures / f"check-{language}.png"))
