"""The sample class, graded as `make demo` grades it, earns what its recipes say."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.batch.sample_class import class_file, read_recipes, write_class
from grader.course.intake.lab_files import lab_files
from grader.lab.registry import labs
from grader.report.feedback import feedback_pages
from tests.course.small_lab import remarks

ROOT = Path(__file__).resolve().parents[2]
RECIPES = read_recipes(class_file("linear"))


def test_the_class_is_what_a_class_is_like() -> None:
    assert len(RECIPES) == 12
    assert {recipe.language for recipe in RECIPES} == {"en", "ru"}
    best = {recipe.language for recipe in RECIPES if recipe.points == 19}
    assert best == {"en", "ru"}


@pytest.mark.slow
def test_every_student_earns_what_the_recipe_says(tmp_path: Path) -> None:
    lab = lab_files(ROOT, "linear", str)
    write_class(tmp_path / "submitted", RECIPES, lab, ROOT / "solutions")
    order = Order(lab, tmp_path / "submitted", tmp_path / "results.jsonl", tmp_path / "course", "en")
    results = {result.student: result for result in grade(order)}
    earned = {
        student: (result.points, {task.task for task in result.tasks if task.status == "failed"})
        for student, result in results.items()
    }
    assert earned == {recipe.student: (recipe.points, set(recipe.fails)) for recipe in RECIPES}
    assert {student for student, result in results.items() if remarks(result)} == {"volkov"}
    silent = [
        task for result in results.values() for task in result.tasks if task.status != "passed" and not task.message
    ]
    assert not silent
    named = {task.mistake for result in results.values() for task in result.tasks if task.mistake}
    assert {"not-reduced", "loss-sum", "factor-two-missing", "lr-written-out"} <= named
    assert len(feedback_pages(order.course, "linear", results.values())) == 12

    # The course folder is an ordinary one: stock nbgrader's own commands go on from here.
    export = [sys.executable, "-m", "nbgrader", "export", "--to", "grades.csv"]
    subprocess.run(export, cwd=order.course, check=True, capture_output=True)
    with (order.course / "grades.csv").open(encoding="utf-8") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == {student: result.points for student, result in results.items()}


@pytest.mark.slow
@pytest.mark.parametrize("lab", [lab for lab in labs() if lab != "linear" and class_file(lab).is_file()])
def test_every_student_of_another_labs_class_earns_what_the_recipe_says(tmp_path: Path, lab: str) -> None:
    recipes, files = read_recipes(class_file(lab)), lab_files(ROOT, lab, str)
    write_class(tmp_path / "submitted", recipes, files, ROOT / "solutions")
    order = Order(files, tmp_path / "submitted", tmp_path / "results.jsonl", tmp_path / "course", "en")
    results = list(grade(order))
    earned = {
        result.student: (result.points, {task.task for task in result.tasks if task.status == "failed"})
        for result in results
    }
    assert earned == {recipe.student: (recipe.points, set(recipe.fails)) for recipe in recipes}
    assert {recipe.language for recipe in recipes} == {"en", "ru"}
    assert all(task.message for result in results for task in result.tasks if task.status != "passed")
