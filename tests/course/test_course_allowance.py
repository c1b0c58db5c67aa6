"""A notebook of many cells, each within its own limits, takes no more than a notebook may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from grader.course.execution import allowance
from grader.course.execution.allowance import Allowance
from grader.course.execution.execute_notebook import CarefulExecute
from grader.course.nbgrader.plug_in import missing_for_sandbox
from grader.kernel import KERNEL

needs_sandbox = pytest.mark.skipif(bool(missing_for_sandbox()), reason="this system doesn't give the sandbox")


def executed(folder: Path, cells: list[str], **settings: Any) -> NotebookNode:
    config = Config()
    config.CarefulExecute.kernel = KERNEL
    config.CarefulExecute.update(settings)
    nb = new_notebook(cells=[new_code_cell(text) for text in cells])
    return CarefulExecute(config=config).executed(nb, {"metadata": {"path": str(folder)}})[0]


@needs_sandbox
def test_outputs_are_kept_as_long_as_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_SHOWN", 2500)
    monkeypatch.setattr(Allowance.__init__, "__defaults__", (2500, *Allowance.__init__.__defaults__[1:]))
    nb = executed(tmp_path, ["print('x' * 1000)"] * 4 + ["print(5)"])
    lengths = [len(cell.outputs[0].text) for cell in nb.cells]
    assert lengths[:2] == [1001, 1001] and lengths[4] == 2
    assert all("more than is kept" in cell.outputs[0].text for cell in nb.cells[2:4])


@needs_sandbox
def test_a_notebook_that_takes_too_long_in_all_is_left_where_it_is(tmp_path: Path) -> None:
    nb = executed(tmp_path, [*["import time; time.sleep(2)"] * 30, "print(1)"], most_seconds=3)
    assert nb.metadata["course"]["flags"] == ["not-run: > 3 s"]
    assert not nb.cells[-1].outputs


@needs_sandbox
def test_so_is_one_that_sends_too_much_in_all(tmp_path: Path) -> None:
    nb = executed(tmp_path, ["print('x' * 1_000_000)"] * 9, most_bytes_in_all=3 << 20)
    assert nb.metadata["course"]["flags"] == ["not-run: > 3 MB"]
    assert nb.cells[1].outputs[0].text.startswith("xxx") and not nb.cells[8].outputs
