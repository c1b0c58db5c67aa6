"""The same submissions graded by stock nbgrader, by nbgrader with our configuration, and by `grader grade`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grader.course.results.results_file import SubmissionResult, read_results
from tests.toy_lab.classroom import (
    OURS,
    POINTS,
    SILENCER,
    STOCK,
    Student,
    autograde,
    build,
    hand_in,
    honest_class,
    run,
)
from tests.toy_lab.installed import install

pytestmark = pytest.mark.slow
HONEST = honest_class()
SILENCED = {"silenced": Student(unsolved=True, own=SILENCER, loses=frozenset(POINTS))}
Scores = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Graded:
    """The class as each of the three graded it: scores by student and task, and where pages and results lie."""

    stock: Scores
    ours: Scores
    grade: Scores
    folder: Path
    results: list[SubmissionResult]


def scores(database: Path) -> dict[str, dict[str, float]]:
    """The automatic scores by student and task."""
    with Gradebook(f"sqlite:///{database}") as gradebook:
        return {
            submission.student.id: {
                grade.name.replace("-", "."): grade.auto_score for part in submission.notebooks for grade in part.grades
            }
            for submission in gradebook.assignment_submissions("toy_lab")
        }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """All of the class, in a course of its own, with a lab that lies on the path and not in the environment."""
    folder = tmp_path_factory.mktemp("three_ways")
    packages, ours, stock = install(folder / "packages"), folder / "ours", folder / "stock"
    lab = build(packages, ours)
    for course, config in ((ours, OURS), (stock, STOCK)):
        hand_in(course / "submitted", HONEST | SILENCED, lab)
        autograde(packages, course, lab, config)
    words = ("grade", "toy_lab", "--submitted", "submitted", "--results", "r.jsonl", "--feedback")
    run(packages, ours, "grader", *words)
    database = ours / "r-course" / "gradebook.db"
    results = read_results(ours / "r.jsonl")
    return Graded(scores(stock / "gradebook.db"), scores(ours / "gradebook.db"), scores(database), ours, results)


def due(student: Student) -> dict[str, float]:
    return {task: 0.0 if task in student.loses else points for task, points in POINTS.items()}


@pytest.mark.parametrize("name", HONEST)
def test_all_three_give_an_honest_student_the_same_points(graded: Graded, name: str) -> None:
    assert graded.stock[name] == graded.ours[name] == graded.grade[name] == due(HONEST[name])


def test_checks_that_are_silenced_earn_nothing_but_with_stock_nbgrader(graded: Graded) -> None:
    assert graded.stock["silenced"] == POINTS
    assert graded.ours["silenced"] == graded.grade["silenced"] == dict.fromkeys(POINTS, 0.0)


def test_the_lab_s_named_bug_is_told_in_the_student_s_language(graded: Graded) -> None:
    said = {result.student: task for result in graded.results for task in result.tasks if task.mistake}
    assert set(said) == {"one_device_alone"} and said["one_device_alone"].mistake == "softmax-of-one-device"
    words = {"en": "it looks like each device's softmax", "ru": "похоже, в P_gpu1"}
    assert words[HONEST["one_device_alone"].language] in said["one_device_alone"].message
