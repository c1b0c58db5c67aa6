"""The solution notebooks run from the first cell to the last, in both languages, as CI and instructors run them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import torch

from grader.lab.registry import find_lab
from tests.execution import NotebookFailed, execute, printed

ROOT = Path(__file__).resolve().parent.parent
ODD = {"batch_size": 3, "in_ch": 55, "out_ch": 43, "lr": 0.05, "seed": 7}
RIGHT = {"en": "right at other sizes and other numbers too", "ru": "верно и при других размерах и числах"}


def solution(language: str) -> Path:
    return ROOT / "solutions" / language / "linear" / "linear.ipynb"


@pytest.mark.parametrize("parameters", [{}, ODD], ids=["the source's sizes", "odd sizes"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_task_of_the_solution_is_right_and_nothing_goes_to_stderr(language, parameters, tmp_path):
    executed = execute(solution(language), tmp_path / "out.ipynb", {**parameters, "device": "cpu"})
    output = printed(executed)
    for task in find_lab("linear").task_names:
        assert f"✓ {task}: {RIGHT[language]}" in output
    assert "False" not in [line.split()[-1] for line in output.splitlines() if line.startswith("Is ")]
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
