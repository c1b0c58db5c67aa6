"""The same honest submissions graded by stock nbgrader, by nbgrader with our configuration, and by `grader grade`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.batch.sample_class import class_file, read_recipes, write_class
from grader.course.intake.lab_files import lab_files
from grader.course.nbgrader.plug_in import UNSAFE

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = ("petrov", "taylor", "smith")
NAMED = 'c = get_config()\nc.CourseDirectory.course_id = "x"\n'
CONFIGS = {"stock": NAMED + "c.Execute.timeout = 300\n", "ours": f"{NAMED}from grader.course.nbgrader.plug_in import plug_in\nplug_in(c)\n"}


def scores(database: Path) -> dict[str, dict[str, float | None]]:
    """The automatic scores by student and cell."""
    with Gradebook(f"sqlite:///{database}") as gradebook:
        return {
            submission.student.id: {grade.name: grade.auto_score for part in submission.notebooks for grade in part.grades}
            for submission in gradebook.assignment_submissions("linear")
        }


@pytest.mark.slow
def test_all_three_give_the_same_points(tmp_path: Path) -> None:
    lab = lab_files(ROOT, "linear", str)
    recipes = [recipe for recipe in read_recipes(class_file("linear")) if recipe.student in STUDENTS]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    found = {}
    for name, config in CONFIGS.items():
        course = tmp_path / name
        write_class(course / "submitted", recipes, lab, ROOT / "solutions")
        (course / "source" / "linear").mkdir(parents=True)
        (course / "source" / "linear" / "linear.ipynb").write_bytes(lab.solution.read_bytes())
        (course / "nbgrader_config.py").write_text(config)
        for step in ("generate_assignment", "autograde"):
            command = [sys.executable, "-m", "nbgrader", step, "linear"]
            subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True)
        found[name] = scores(course / "gradebook.db")
    sandbox = False if os.environ.get(UNSAFE) == "1" else None
    order = Order(lab, tmp_path / "ours" / "submitted", tmp_path / "r.jsonl", tmp_path / "c", "en", sandbox, workers=2)
    results = grade(order)
    found["grader grade"] = scores(order.course / "gradebook.db")
    assert found["stock"] == found["ours"] == found["grader grade"]
    assert {result.student: result.points for result in results} == {each.student: each.points for each in recipes}
