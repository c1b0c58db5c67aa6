"""What a person does with a notebook in JupyterLab, and what they see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.servers import Server

T = TypeVar("T")
PATIENCE = 60  # seconds until something that a person waits for counts as missing

READY = """
const page = window.jupyterapp?.shell.currentWidget;
return page?.context?.path === arguments[0] && page.context.isReady && page.content.widgets.length > 0
  && page.sessionContext?.isReady && page.sessionContext.session?.kernel?.status === "idle";
"""
CELLS = "return window.jupyterapp.shell.currentWidget.content.widgets"
FIND = """
const cells = window.jupyterapp.shell.currentWidget.content;
const found = cells.widgets.findIndex(cell => cell.model.sharedModel.getSource().startsWith(arguments[0]));
if (found < 0) return null;
cells.activeCellIndex = found;
cells.widgets[found].node.scrollIntoView({block: arguments[1]});
return cells.widgets[found].node;
"""
PROMPTS = f"{CELLS}.filter(cell => cell.model.type === 'code').map(cell => cell.prompt ?? '')"
OUTPUTS = f"""{CELLS}.filter(cell => cell.model.type === 'code')
  .map(cell => cell.outputArea.node.textContent)"""  # innerText leaves out what is off the page


def words(text: str) -> str:
    """The text as it is read: without regard to where lines break."""
    return " ".join(text.split())


def until(driver: Chrome, condition: Callable[[Chrome], T], what: str, seconds: float = PATIENCE) -> T:
    """What the condition gives, as soon as it gives something."""
    wait = WebDriverWait(driver, seconds, ignored_exceptions=[StaleElementReferenceException, ElementClickInterceptedException])
    return wait.until(condition, f"after {seconds:.0f} s there is still no {what}")


class NotebookPage:
    """One notebook, open in JupyterLab."""

    def __init__(self, driver: Chrome, server: Server, path: str) -> None:
        self.driver = driver
        driver.get(server.at(f"lab/tree/{path}") + "&reset")  # without the tabs of an earlier visit
        until(driver, lambda page: page.execute_script(READY, path), f"notebook {path} with a kernel")
        driver.execute_script("window.jupyterapp.shell.collapseLeft()")

    def command(self, name: str, **arguments: Any) -> None:
        """One of JupyterLab's commands, as a menu entry calls it."""
        self.driver.execute_async_script(
            "window.jupyterapp.commands.execute(arguments[0], arguments[1]).then(() => arguments[2]())", name, arguments
        )

    def cell(self, beginning: str, where: str = "center") -> WebElement:
        """The first cell whose text begins so, brought to the page's `start`, `center` or `end`."""
        # JupyterLab draws cells anew as they come into sight: the element found may be gone a moment later
        found = until(self.driver, lambda page: [page.execute_script(FIND, beginning, where)], f"cell {beginning!r}")[0]
        assert found is not None, f"no cell begins with {beginning!r}"
        return found  # type: ignore[no-any-return]

    def enter(self, beginning: str) -> None:
        """Click into a cell's text."""

        def clicked(_: Chrome) -> bool:
            self.cell(beginning).find_element(By.CSS_SELECTOR, ".cm-content").click()
            return True

        until(self.driver, clicked, f"cell {beginning!r} to click into")

    def write(self, beginning: str, text: str) -> None:
        """Replace a cell's text, as one pastes over it."""
        self.enter(beginning)
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})
        written = "return window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
        until(self.driver, lambda page: page.execute_script(written) == text, f"cell with the text {text!r}")

    def run(self, beginning: str) -> str:
        """Run a cell with Shift+Enter; what it shows, once it is done."""
        before = until(self.driver, lambda _: [prompt(self.cell(beginning))], f"cell {beginning!r}")[0]
        self.enter(beginning)
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
        until(self.driver, lambda _: self._ran_since(beginning, before), f"end of {beginning!r}")
        return self.output(beginning)

    def _ran_since(self, beginning: str, before: str) -> bool:
        now = prompt(self.cell(beginning))
        return now != before and now.isdigit()

    def output(self, beginning: str) -> str:
        """What stands under a cell."""

        def read(_: Chrome) -> list[str]:
            return [self.cell(beginning).find_element(By.CSS_SELECTOR, ".jp-Cell-outputArea").text]

        return words(until(self.driver, read, f"output under {beginning!r}")[0])

    def pictures(self, beginning: str) -> list[WebElement]:
        """The pictures under a cell that are large enough to be one."""
        area = self.cell(beginning).find_element(By.CSS_SELECTOR, ".jp-Cell-outputArea")
        return [picture for picture in area.find_elements(By.CSS_SELECTOR, "svg, img") if picture.size["width"] > 300]

    def outputs(self) -> list[str]:
        """What stands under each code cell, in their order."""
        return [words(text or "") for text in self.driver.execute_script(OUTPUTS)]

    def restart_and_run_all(self) -> None:
        """Press ⏩ and say yes; the notebook may still be running afterwards."""
        self.driver.find_element(By.CSS_SELECTOR, '[data-command="notebook:restart-run-all"]').click()
        accept = (By.CSS_SELECTOR, ".jp-Dialog .jp-mod-accept")
        until(self.driver, lambda page: page.find_elements(*accept), "question whether to restart")[0].click()

    def until_run(self) -> list[str]:
        """What stands under each code cell, once the kernel has nothing to do and cells have run."""
        until(self.driver, _idle_after_a_run, "end of the notebook's run", 2 * PATIENCE)
        return self.outputs()

    def validate(self) -> str:
        """Press nbgrader's Validate; what it says."""
        self.command("docmanager:save")
        self.driver.find_element(By.XPATH, "//*[contains(@class, 'jp-Toolbar')]//*[text()='Validate']").click()
        said = (By.CSS_SELECTOR, ".jp-Dialog .jp-Dialog-content")
        return words(until(self.driver, lambda page: page.find_elements(*said), "word from Validate", 120)[0].text)

    def close_dialog(self) -> None:
        """Press the dialog's button."""
        self.driver.find_element(By.CSS_SELECTOR, ".jp-Dialog .jp-mod-accept").click()
        until(self.driver, lambda page: not page.find_elements(By.CSS_SELECTOR, ".jp-Dialog"), "page without a dialog")

    def create_assignment(self) -> None:
        """Open nbgrader's Create Assignment beside the notebook, on a first graded cell."""
        self.command("nbgrader:open-create-assignment")
        points = (By.CSS_SELECTOR, ".nbgrader-TotalPointsInput, .nbgrader-CellPoints input")
        until(self.driver, lambda page: page.find_elements(*points), "points in Create Assignment")

    def theme(self, name: str) -> None:
        """Light or Dark."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        light = str(name == "Light").lower()
        shown = f'body[data-jp-theme-light="{light}"]'
        until(self.driver, lambda page: page.find_elements(By.CSS_SELECTOR, shown), f"{name} theme")
        splash = (By.ID, "jupyterlab-splash")
        until(self.driver, lambda page: not page.find_elements(*splash), "page without JupyterLab's moons")


def prompt(cell: WebElement) -> str:
    """What stands in the brackets left of a code cell."""
    return words(cell.find_element(By.CSS_SELECTOR, ".jp-InputPrompt").text).strip("[]: ")


def _idle_after_a_run(driver: Chrome) -> bool:
    prompts = driver.execute_script(PROMPTS)
    kernel = driver.execute_script("return window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status")
    return kernel == "idle" and "*" not in prompts and any(prompts)


def open_from_menu(driver: Chrome, server: Server, entry: str) -> None:
    """JupyterLab without open tabs, and an entry of its menu Nbgrader."""
    driver.get(server.at("lab") + "&reset")
    menu = (By.XPATH, "//li[contains(@class, 'lm-MenuBar-item')][normalize-space(.)='Nbgrader']")
    until(driver, lambda page: page.find_elements(*menu), "menu Nbgrader")[0].click()
    item = (By.XPATH, f"//li[contains(@class, 'lm-Menu-item')][.//*[normalize-space(.)='{entry}']]")
    until(driver, lambda page: page.find_elements(*item), f"entry {entry}")[0].click()
