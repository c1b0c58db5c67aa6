"""What an instructor does in formgrader, and what they see."""

from __future__ import annotations

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.notebook_page import until, words
from tests.browser.servers import Server

WORK = 180  # seconds that one press of a button may take


class Formgrader:
    """nbgrader's pages for instructors."""

    def __init__(self, driver: Chrome, server: Server) -> None:
        self.driver, self.server = driver, server

    def open(self, page: str, row: str) -> None:
        """One of its pages, as soon as its table has this row."""
        self.driver.get(self.server.at(f"formgrader/{page}"))
        until(self.driver, lambda _: self.cell(row), f"row {row} in {page}")

    def cell(self, row: str, column: str = "") -> WebElement | None:
        """A table's cell, by a text in its row and the column's name in the page's own markup."""
        inside = f"//tr[td//text()[normalize-space(.)='{row}']]"
        if column:
            inside += f"/td[contains(concat(' ', @class, ' '), ' {column} ')]"
        found = self.driver.find_elements(By.XPATH, inside)
        return found[0] if found else None

    def says(self, row: str, column: str) -> str:
        """What stands in a cell."""
        cell = self.cell(row, column)
        assert cell is not None
        return words(cell.text)

    def press(self, row: str, column: str) -> str:
        """Press the button in a cell; what formgrader says when the work is done.

        Raises:
            AssertionError: it says that it failed.
        """
        button = f"//tr[td//text()[normalize-space(.)='{row}']]/td[contains(concat(' ', @class, ' '), ' {column} ')]/a"
        until(self.driver, lambda page: page.find_elements(By.XPATH, button), f"button {column} of {row}")[0].click()
        shown = (By.CSS_SELECTOR, ".modal.in")
        modal = until(self.driver, lambda page: page.find_elements(*shown), f"word on {column} of {row}", WORK)[0]
        until(self.driver, lambda _: modal.text.strip(), "text in the dialog")
        said = str(modal.text)
        assert modal.get_attribute("id") == "success-modal", said
        self.driver.execute_script("$('.modal.in').modal('hide')")
        until(self.driver, lambda page: not page.find_elements(By.CSS_SELECTOR, ".modal"), "page without a dialog")
        return said
