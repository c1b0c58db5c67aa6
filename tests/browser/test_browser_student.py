"""A student in JupyterLab: from the first cell to a task that is right, in both languages."""

from __future__ import annotations

import json

import pytest
from selenium.webdriver import Chrome

from grader.lab.registry import find_lab
from tests.browser.answers import given_cells, model_answer, solved_notebook, with_mistake
from tests.browser.conftest import Keep
from tests.browser.notebook_page import NotebookPage
from tests.browser.servers import Server

NOTEBOOK = "assignments/{language}/linear/linear.ipynb"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_student_solves_two_tasks_and_is_told_what_was_wrong(
    language: str, students_lab: Server, browser: Chrome, keep: Keep
) -> None:
    page = NotebookPage(browser, students_lab, NOTEBOOK.format(language=language))
    keep(f"student-opened-{language}")
    for cell in given_cells(language):
        assert "Traceback" not in page.run(cell)

    page.write("%%task column.shard", model_answer(language, "column.shard"))
    page.run("%%task column.shard")
    assert "✓ column.shard" in page.run('check("column.shard")')

    right = model_answer(language, "column.forward")
    wrong = with_mistake(right, "torch.cat((Y_gpu1, Y_gpu2), 1)", "torch.cat((Y_gpu2, Y_gpu1), 1)")
    page.write("%%task column.forward", wrong)
    page.run("%%task column.forward")
    assert "✗ column.forward" in page.run('check("column.forward")')
    page.cell("%%task column.forward", "start")
    keep(f"student-wrong-{language}")

    page.write("%%task column.forward", right)
    page.run("%%task column.forward")
    assert "✓ column.forward" in page.run('check("column.forward")')
    assert page.pictures('check("column.forward")')
    for theme in ("Dark", "Light"):
        page.theme(theme)
        page.cell("%%task column.forward", "start")
        keep(f"student-right-{theme.lower()}-{language}")


@pytest.mark.parametrize("language", ["en"])
def test_the_notebook_runs_and_validates_before_anything_is_filled_in(
    language: str, students_lab: Server, browser: Chrome, keep: Keep
) -> None:
    page = NotebookPage(browser, students_lab, NOTEBOOK.format(language=language))
    page.restart_and_run_all()
    shown = page.until_run()
    assert not [text for text in shown if "✓" in text]
    page.cell("%%task reference.step", "start")
    keep(f"student-untouched-{language}")

    said = page.validate()
    assert "column.forward: not solved yet" in said and "✓" not in said
    keep(f"student-validate-untouched-{language}")
    page.close_dialog()


@pytest.mark.parametrize("language", ["ru"])
def test_a_solved_notebook_runs_and_validates_from_end_to_end(
    language: str, students_lab: Server, browser: Chrome, keep: Keep
) -> None:
    path = students_lab.folder / f"solved-{language}.ipynb"
    path.write_text(json.dumps(solved_notebook(language)), encoding="utf-8")
    page = NotebookPage(browser, students_lab, path.name)
    page.restart_and_run_all()
    text = "\n".join(page.until_run())
    assert not [task for task in find_lab("linear").task_names if f"✓ {task}" not in text]
    assert "✗" not in text and "Error" not in text
    page.cell('check("row.update")')
    keep(f"student-solved-{language}")

    assert "Success! Your notebook passes all the tests" in page.validate()
    keep(f"student-validate-solved-{language}")
    page.close_dialog()
