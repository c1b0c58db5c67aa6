"""What a student types: the model answer, or one with a mistake in it."""

from __future__ import annotations

import json
from pathlib import Path

from grader.course.sample import answered_task, source_of, without_marks

ROOT = Path(__file__).resolve().parents[2]
LAB = "linear"


def solution_file(language: str) -> Path:
    """The lab's solution in that language."""
    return ROOT / "solutions" / language / LAB / f"{LAB}.ipynb"


def model_answer(language: str, task: str) -> str:
    """The task's cell in the model solution."""
    solution = json.loads(solution_file(language).read_text(encoding="utf-8"))
    return next(without_marks(source_of(cell)) for cell in solution["cells"] if answered_task(cell) == task)


def with_mistake(text: str, right: str, wrong: str) -> str:
    """The answer with `wrong` in the place of `right`."""
    assert right in text
    return text.replace(right, wrong)
