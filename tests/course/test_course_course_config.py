"""A course folder's own nbgrader_config.py: an instructor's settings hold for `grader grade`, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.batch.sample_class import read_recipes, write_class
from grader.course.errors import CourseError
from grader.course.intake.lab_files import find_root, lab_files
from grader.course.nbgrader.course_config import CONFIG, NAME

RECIPE = """
[[submission]]
student = "unscaled"
language = "en"
story = "forgets the scale of dY"
points = 18
edits = [{ task = "manual.dY", old = "DY", new = "dY = Y - Y_gt" }]
"""


@pytest.fixture
def order(tmp_path: Path) -> Order:
    root = find_root()
    lab = lab_files(root, "linear", str)
    source = (root / "grader" / "labs" / "linear" / "notebook.py").read_text(encoding="utf-8")
    line = next(text for text in source.splitlines() if text.startswith("dY = "))
    (tmp_path / "class.toml").write_text(RECIPE.replace("DY", line))
    write_class(tmp_path / "submitted", read_recipes(tmp_path / "class.toml"), lab, root / "solutions")
    return Order(lab, tmp_path / "submitted", tmp_path / "results.jsonl", tmp_path / "course", "en")


@pytest.mark.slow
def test_part_of_the_points_is_left_where_the_folder_says_so_and_only_then(order: Order) -> None:
    def points() -> tuple[float, str]:
        (result,) = grade(order)
        (task,) = (task for task in result.tasks if task.task == "manual.dY")
        return task.points, task.message

    assert points()[0] == 0
    with (order.course / NAME).open("a") as file:
        file.write('c.Judge.partial_credit = {"scale-missing": 0.5}\n')
    left, message = points()
    assert left == 0.5 and message.startswith("dY is wrong")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('c.Judge.partial_credit = {"no-such-thing": 0.5}', "names no-such-thing, which is no mistake's name"),
        ('c.Judge.partial_credit = {"scale-mising": 0.5}', "did you mean scale-missing"),
        ("c.Judge.partial_credit = {", "never closed"),
        ("import no_such_module", "No module named"),
    ],
)
def test_a_file_that_means_nothing_is_told_before_anybody_is_graded(order: Order, line: str, why: str) -> None:
    order.course.mkdir()
    (order.course / NAME).write_text(f"{CONFIG}{line}\n")
    with pytest.raises(CourseError, match=why):
        grade(order)
    assert not order.results.exists()
