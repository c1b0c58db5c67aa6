"""A real browser: Debian's chromium, driven by the chromedriver that comes with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

LAPTOP = (1280, 800)


def missing() -> str:
    """What the tests in a browser lack on this machine; empty where they lack nothing."""
    lacking = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if not lacking:
        return ""
    return f"no {' and no '.join(lacking)} on PATH (on Debian: apt-get install chromium chromium-driver)"


@contextmanager
def chromium(size: tuple[int, int] = LAPTOP) -> Iterator[Chrome]:
    """A browser without a window on the screen, as large as a laptop's."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    arguments = ["--headless=new", "--lang=en-US", "--hide-scrollbars", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:  # chromium refuses to sandbox its own processes for root
        arguments.append("--no-sandbox")
    for argument in arguments:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
    driver = Chrome(options, Service(shutil.which("chromedriver")))
    try:
        resize(driver, size)
        driver.set_script_timeout(60)
        yield driver
    finally:
        driver.quit()


def resize(driver: Chrome, size: tuple[int, int]) -> None:
    """Make the page, not the window around it, as large as that."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
