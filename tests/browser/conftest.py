"""One browser for all tests here, a student's JupyterLab, and a folder of screenshots for people to look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.answers import ROOT
from tests.browser.chromium import chromium, missing
from tests.browser.servers import Server, jupyterlab

SCREENSHOTS = Path(__file__).parent / "screenshots"
README_PICTURES = ROOT / "docs" / "images"

Keep = Callable[[str], Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="README's pictures are made anew, in docs/images")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one browser and one set of servers for all


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """Chromium. Where it is missing, tests are skipped; in CI, where it has to be, they fail."""
    if lacking := missing():
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(lacking)
        pytest.skip(lacking)
    with chromium() as driver:
        yield driver


@pytest.fixture
def keep(browser: Chrome) -> Keep:
    """Keeps what the browser shows at this moment as tests/browser/screenshots/NAME.png."""

    def keep(name: str) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        assert browser.save_screenshot(str(path))
        return path

    return keep


@pytest.fixture(scope="session")
def students_lab(browser: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab of somebody who does what README tells students, in a copy of what is in the checkout."""
    course = tmp_path_factory.mktemp("student") / "course"
    shutil.copytree(ROOT / "assignments", course / "assignments", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "nbgrader_config.py", course)
    with jupyterlab(course, course.parent / "home") as server:
        yield server


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Path:
    """Where README's pictures go: to the other screenshots, unless they are wanted anew."""
    folder = README_PICTURES if request.config.getoption("--pictures", default=False) else SCREENSHOTS
    folder.mkdir(exist_ok=True)
    return folder
