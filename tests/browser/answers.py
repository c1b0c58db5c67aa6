"""What a student types: the model answer, or one with a mistake in it."""

from __future__ import annotations

import json
from itertools import takewhile
from pathlib import Path

from grader.course.batch.sample_class import Recipe, answered_task, source_of, submission, without_marks
from grader.course.intake.lab_files import lab_files
from grader.course.intake.rebuild import Notebook

ROOT = Path(__file__).resolve().parents[2]
LAB = "linear"


def solution_file(language: str) -> Path:
    """The lab's solution in that language."""
    return ROOT / "solutions" / language / LAB / f"{LAB}.ipynb"


def given_cells(language: str) -> list[str]:
    """The texts of the code cells that come before the first task."""
    cells = [cell for cell in lab_files(ROOT, LAB, str).released[language]["cells"] if cell["cell_type"] == "code"]
    return [source_of(cell) for cell in takewhile(lambda cell: not answered_task(cell), cells)]


def model_answer(language: str, task: str) -> str:
    """The task's cell in the model solution."""
    solution = json.loads(solution_file(language).read_text(encoding="utf-8"))
    return next(without_marks(source_of(cell)) for cell in solution["cells"] if answered_task(cell) == task)


def with_mistake(text: str, right: str, wrong: str) -> str:
    """The answer with `wrong` in the place of `right`."""
    assert right in text
    return text.replace(right, wrong)


def solved_notebook(language: str, *edits: dict[str, str]) -> Notebook:
    """The released notebook with the model answers in it, but for these edits (see grader/course/batch/sample_class.py)."""
    recipe = Recipe("somebody", language, "the model answers", 19, edits=edits)
    released = lab_files(ROOT, LAB, str).released[language]
    return submission(recipe, released, json.loads(solution_file(language).read_text(encoding="utf-8")))
