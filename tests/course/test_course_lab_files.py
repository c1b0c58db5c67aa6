"""The released notebooks are what submissions are rebuilt from: they have to be as they were released."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grader.course.errors import CourseError
from grader.course.intake.lab_files import lab_files
from tests.course.small_lab import LAB


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    for folder in ("assignments", "solutions"):
        shutil.copytree(root / folder, tmp_path / folder)
    return tmp_path


def change(checkout: Path, **changes: object) -> None:
    """Change the first solution cell of the Russian notebook."""
    path = checkout / "assignments" / "ru" / LAB / f"{LAB}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("solution"))
    cell.update(changes)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_what_a_released_notebook_has_shown_to_somebody_is_left_out(checkout: Path, root: Path) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["shown\n", "and saved"]}
    change(checkout, outputs=[stream], execution_count=7)
    assert lab_files(checkout, LAB, str).released == lab_files(root, LAB, str).released


def test_a_released_notebook_that_somebody_solved_is_refused(checkout: Path) -> None:
    change(checkout, source="%%task add.two\ntwo = 1 + 1")
    with pytest.raises(CourseError, match=r"solution-add-two was changed\. Put it back with `python -m grader build`"):
        lab_files(checkout, LAB, str)
