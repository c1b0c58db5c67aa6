"""What a student does in nbgrader's Assignment List in JupyterLab."""

from __future__ import annotations

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.notebook_page import open_from_menu, until
from tests.browser.servers import Server


class AssignmentList:
    """The tab that lists what is released, fetched and submitted."""

    def __init__(self, driver: Chrome, server: Server) -> None:
        self.driver = driver
        open_from_menu(driver, server, "Assignment List")
        until(driver, lambda page: page.find_elements(By.ID, "released_assignments_list"), "list of assignments")

    def press(self, button: str, section: str) -> None:
        """Press a button, and wait for the assignment in the section where it goes: released, fetched or submitted."""
        until(self.driver, lambda _: self._button(button), f"button {button}").click()
        listed = (By.CSS_SELECTOR, f"#{section}_assignments_list .list_item")
        until(self.driver, lambda page: page.find_elements(*listed), f"assignment among the {section}")

    def has(self, button: str) -> None:
        """Wait until there is such a button."""
        until(self.driver, lambda _: self._button(button), f"button {button}")

    def _button(self, text: str) -> WebElement | None:
        found = self.driver.find_elements(By.XPATH, f"//button[normalize-space(.)='{text}']")
        return found[0] if found and found[0].is_enabled() else None
