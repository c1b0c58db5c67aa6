"""The solution notebooks run from the first cell to the last, in both languages, as CI and instructors run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch

from grader.lab.registry import find_lab, labs
from tests.execution import NotebookFailed, execute, printed

ROOT = Path(__file__).resolve().parent.parent
RIGHT = {"en": "right at other sizes and other numbers too", "ru": "верно и при других размерах и числах"}
# parameters of a notebook's section 0 other than its own: sizes that don't come out even
ODD: dict[str, dict[str, Any]] = {
    "linear": {"batch_size": 3, "in_ch": 55, "out_ch": 43, "lr": 0.05, "seed": 7, "device": "cpu"},
    "ranks": {"world_size": 3, "n": 7, "batch_size": 3, "in_features": 11, "out_features": 13, "lr": 0.05, "seed": 7},
}
OWN: dict[str, dict[str, Any]] = {"linear": {"device": "cpu"}, "ranks": {}}


def solution(language: str, lab: str = "linear") -> Path:
    return ROOT / "solutions" / language / lab / f"{lab}.ipynb"


def test_every_lab_is_executed_here():
    assert set(OWN) == set(ODD) == set(labs())


@pytest.mark.parametrize("sizes", ["its own sizes", "odd sizes"])
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("lab", OWN)
def test_every_task_of_the_solution_is_right_and_nothing_goes_to_stderr(lab, language, sizes, tmp_path):
    parameters = OWN[lab] if sizes == "its own sizes" else ODD[lab]
    executed = execute(solution(language, lab), tmp_path / "out.ipynb", parameters)
    output = printed(executed)
    for task in find_lab(lab).task_names:
        assert f"✓ {task}: {RIGHT[language]}" in output
    said = ("Is ", "Are ", "Equal ")
    assert "False" not in [line.split()[-1] for line in output.splitlines() if line.startswith(said)]
    assert printed(executed, "stderr") == ""


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_task_of_the_solution_is_right_on_cuda(language, tmp_path):
    output = printed(execute(solution(language), tmp_path / "out.ipynb", {"device": "cuda"}))
    assert all(f"✓ {task}: {RIGHT[language]}" in output for task in find_lab("linear").task_names)


def test_an_error_names_notebook_cell_and_line(tmp_path):
    broken = nbformat.read(solution("en"), as_version=4)
    cell = next(cell for cell in broken.cells if cell.source.startswith("%%task manual.forward"))
    cell.source = "%%task manual.forward\n\nY = X @ W.T + c"
    nbformat.write(broken, tmp_path / "broken.ipynb")
    with pytest.raises(NotebookFailed) as failure:
        execute(tmp_path / "broken.ipynb", tmp_path / "out.ipynb", {"batch_size": 2, "in_ch": 8, "out_ch": 6})
    assert "broken.ipynb: cell solution-manual-forward, line 3: NameError" in str(failure.value)
