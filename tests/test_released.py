"""The released notebooks as a student has them: run from top to bottom, and by nbgrader's Validate button."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbgrader.validator import Validator

from grader.lab.registry import find_lab, labs

ROOT = Path(__file__).resolve().parent.parent
UNSOLVED = {"en": "not solved yet", "ru": "ещё не решено"}
LANGUAGES = ("en", "ru")


def released(language: str, lab: str = "linear") -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "assignments" / language / lab / f"{lab}.ipynb", as_version=4)


def solved(language: str, lab: str = "linear") -> nbformat.NotebookNode:
    """The released notebook with the solutions in it, as a student would have written them."""
    notebook = released(language, lab)
    solutions = nbformat.read(ROOT / "solutions" / language / lab / f"{lab}.ipynb", as_version=4)
    written = {cell.id: cell.source for cell in solutions.cells if cell.id.startswith("solution-")}
    for cell in notebook.cells:
        cell.source = written.get(cell.id, cell.source)
    return notebook


def run_all(notebook: nbformat.NotebookNode, folder: Path) -> dict[str, list[dict]]:
    """What each code cell shows when a page runs all of them: by the cell's id, up to the first error.

    As JupyterLab does, each request names its cell.
    """
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    shown: dict[str, list[dict]] = {}
    try:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            content = {"code": cell.source, "silent": False, "store_history": True, "user_expressions": {},
                       "allow_stdin": False, "stop_on_error": True}  # fmt: skip
            request = client.session.msg("execute_request", content, metadata={"cellId": cell.id})
            client.shell_channel.send(request)
            outputs = shown[cell.id] = []
            while True:
                message = client.get_iopub_msg(timeout=120)
                if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                    continue
                if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                    break
                if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                    outputs.append(message["content"])
            if any("ename" in output for output in outputs):
                break
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return shown


def code_cells(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.id for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lab", labs())
def test_an_untouched_notebook_runs_to_its_end_and_each_task_says_once_that_it_is_unsolved(lab, language, tmp_path):
    notebook = released(language, lab)
    shown = run_all(notebook, tmp_path)
    assert list(shown) == code_cells(notebook)
    text = json.dumps(list(shown.values()), ensure_ascii=False)
    assert "Traceback" not in text and '"stderr"' not in text
    for task in find_lab(lab).task_names:
        (output,) = shown[task.replace(".", "-")]
        assert output["data"]["text/plain"] == f"○ {task}: {UNSOLVED[language]}"
        (line,) = shown["solution-" + task.replace(".", "-")]
        assert line["text"].startswith(f"○ {task}: ") and line["text"].count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("lab", labs())
def test_a_solved_notebook_runs_to_its_end_too(lab, tmp_path):
    notebook = solved("en", lab)
    shown = run_all(notebook, tmp_path)
    assert list(shown) == code_cells(notebook)
    for task in find_lab(lab).task_names:
        assert shown[task.replace(".", "-")][-1]["data"]["text/plain"].startswith(f"✓ {task}: right")
    assert "○" not in json.dumps(list(shown.values()), ensure_ascii=False)


def validated(notebook: nbformat.NotebookNode, folder: Path) -> dict:
    path = folder / "linear.ipynb"
    nbformat.write(notebook, path)
    return Validator().validate(str(path))


@pytest.mark.slow
def test_validate_counts_every_unsolved_task(tmp_path):
    found = validated(released("ru"), tmp_path)
    assert "changed" not in found
    said = "\n".join(cell["error"] for cell in found["failed"])
    assert all(f"✗ {task}: {UNSOLVED['ru']}" in said for task in find_lab("linear").task_names)


@pytest.mark.slow
def test_validate_tells_all_of_what_is_wrong_and_nothing_of_what_is_right(tmp_path):
    notebook = solved("en")
    (cell,) = (cell for cell in notebook.cells if cell.id == "solution-manual-forward")
    cell.source = "%%task manual.forward\nY = X @ W.T"
    errors = [cell["error"] for cell in validated(notebook, tmp_path)["failed"]]
    (said,) = (error for error in errors if error.startswith("✗"))
    assert said.startswith("✗ manual.forward: Y is wrong") and "expected" in said and "see above" not in said
