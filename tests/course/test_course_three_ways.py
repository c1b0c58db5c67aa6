"""The same submissions graded by stock nbgrader, by nbgrader with our configuration, and by `grader grade`; and the
pages that come of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grader.course.results.results_file import TaskResult, read_results
from tests.course.small_lab import named
from tests.toy_lab.classroom import (
    LOST,
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
    with_a_task_more,
)
from tests.toy_lab.installed import install

pytestmark = pytest.mark.slow
HONEST = honest_class()
SILENCED = {"silenced": Student(unsolved=True, own=SILENCER, loses=frozenset(POINTS))}
GRADE = ("grader", "grade", "toy_lab", "--submitted", "submitted", "--results", "r.jsonl", "--feedback")
HINT = {
    "en": "it looks like each device's softmax over its own classes in P_gpu1, P_gpu2",
    "ru": "похоже, в P_gpu1, P_gpu2 каждое устройство считает softmax по своим классам",
}
ALONE = {language: f"one_device_alone_{language}" for language in HINT}
Scores = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Graded:
    """A class as each of the three graded it: scores by student and task, and where pages and results lie."""

    scores: Mapping[str, Scores]
    folder: Path

    def of(self, student: str) -> list[Mapping[str, float]]:
        return [by_student[student] for by_student in self.scores.values()]

    def results(self, student: str) -> tuple[TaskResult, ...]:
        return next(result.tasks for result in read_results(self.folder / "r.jsonl") if result.student == student)


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
    """All of the class, in a course of its own, with a lab that lies on the path and not in the environment.

    What was released is of an older state of the lab, with a task that it no longer has.
    """
    folder = tmp_path_factory.mktemp("three_ways")
    lab = build(with_a_task_more(install(folder / "older")), folder / "ours")
    packages = install(folder / "packages")
    for way, config in (("ours", OURS), ("stock", STOCK)):
        hand_in(folder / way / "submitted", HONEST | SILENCED, lab)
        autograde(packages, folder / way, lab, config)
    run(packages, folder / "ours", *GRADE)
    for language in HINT:
        page = f"report.{language}.html"
        report = ("grader", "report", "r.jsonl", "--submitted", "submitted", "--to", page, "--language", language)
        run(packages, folder / "ours", *report)
    databases = ("stock/gradebook.db", "ours/gradebook.db", "ours/r-course/gradebook.db")
    return Graded({place: scores(folder / place) for place in databases}, folder / "ours")


def due(student: Student) -> dict[str, float]:
    return {task: 0.0 if task in student.loses else points for task, points in POINTS.items()} | dict.fromkeys(LOST, 0.0)


@pytest.mark.parametrize("name", HONEST)
def test_all_three_give_an_honest_student_the_same_points(graded: Graded, name: str) -> None:
    assert graded.of(name) == [due(HONEST[name])] * 3


def test_checks_that_are_silenced_earn_nothing_but_with_stock_nbgrader(graded: Graded) -> None:
    stock, *ours = graded.of("silenced")
    assert stock == POINTS | LOST and ours == [dict.fromkeys(stock, 0.0)] * 2
    assert {task.status for task in graded.results("silenced")} == {"not_examined"}


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("silenced", "the judge knows no such task of the lab toy_lab"),
        ("solution", "проверяющий не знает такого задания лабораторной toy_lab"),
    ],
)
def test_a_task_that_the_lab_does_not_have_is_sealed_and_says_why(graded: Graded, student: str, said: str) -> None:
    *_, lost = graded.results(student)
    assert (lost.task, lost.points, lost.status) == ("softmax.lost", 0.0, "not_examined") and said in lost.message


@pytest.mark.parametrize("language", HINT)
def test_a_feedback_page_shows_points_the_named_bug_and_the_picture(graded: Graded, language: str) -> None:
    shard, forward, _ = graded.results(ALONE[language])
    assert (shard.mistake, forward.mistake) == (None, "softmax-of-one-device") and HINT[language] in forward.message
    folder = graded.folder / "r-course"
    place = Path(ALONE[language], "toy_lab", "toy_lab")
    page = text_of((folder / "feedback" / place).with_suffix(".html"))
    assert {"en": "toy_lab: 1 of 9 points", "ru": "toy_lab: 1 из 9 баллов"}[language] in page and HINT[language] in page
    notebook = json.loads((folder / "autograded" / place).with_suffix(".ipynb").read_text(encoding="utf-8"))
    pictures = [
        output["data"]
        for task in POINTS
        for output in named(notebook, task.replace(".", "-"))["outputs"]
        if output["output_type"] == "display_data"
    ]
    assert len(pictures) == 2 and all("image/svg" in "".join(one["text/html"]) for one in pictures)
    twin = "".join(pictures[1]["text/plain"])
    assert {"en": "Nothing crosses between the devices in this cell", "ru": "между устройствами ничего не передаётся"}[language] in twin
    assert "gate_gpu1 (20 × 64)" in twin and "P_gpu1 (4 × 20)" in twin


@pytest.mark.parametrize(
    ("language", "title", "none"),
    [("en", "toy_lab: class report", "No submission has a flag"), ("ru", "toy_lab: отчёт по группе", "Пометок нет")],
)
def test_the_class_report_has_tasks_mistakes_and_students(graded: Graded, language: str, title: str, none: str) -> None:
    page = text_of(graded.folder / f"report.{language}.html")
    words = [title, none, *POINTS, *HONEST, "silenced", HINT[language].replace("P_gpu1, P_gpu2", "…")]
    assert not [word for word in words if word not in page]


def text_of(page: Path) -> str:
    """What a page says, in one line."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())
