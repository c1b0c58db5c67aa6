"""A small class graded by stock nbgrader, with every kind of broken submission in it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.course.batch.grade import grade
from grader.course.batch.order import Order, course_folder, look_over
from grader.course.batch.stock_course import StockCourse
from grader.course.errors import CourseError
from grader.course.intake.lab_files import LabFiles
from grader.course.nbgrader.plug_in import UNSAFE, missing_for_sandbox
from grader.course.results.results_file import SubmissionResult, read_results
from grader.report.feedback import feedback_pages
from tests.course.small_lab import LAB, Answer, named, remarks, write_json

UNREADABLE = {
    "cyclic": "not-a-file",
    "empty": "no-notebook",
    "format3": "old-format",
    "lost[1]": "bad-name",
    "notjson": "not-json",
    "piped": "not-a-file",
    "symlinked": "not-a-file",
    "secret": "not-a-file",
}


def tree(folder: Path) -> dict[str, str]:
    """What is in the folder: every path with its content's hash, or a link's target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[str(path)] = "-"
    return found


def hand_in(submitted: Path, answered: Answer) -> None:
    """A right notebook in each language, wrong ones, and those that can't be read."""

    def place(student: str) -> Path:
        path = submitted / student / LAB / f"{LAB}.ipynb"
        path.parent.mkdir(parents=True)
        return path

    write_json(place("smith"), answered())
    written = answered("ru", three="three = 7")
    named(written, "add-conclusion")["source"] = "Всё сошлось."
    write_json(place("ivanova"), written)
    write_json(place("dies"), answered(three="import os; os._exit(1)", four="four = 4"))
    deadly = answered()
    ends = {"cell_type": "code", "source": "import os; os._exit(1)"}
    deadly["cells"][3:3] = [ends] * 4
    write_json(place("deadly"), deadly)
    shuffled = answered("ru")
    shuffled["cells"].append(shuffled["cells"].pop(3))
    shuffled["cells"].remove(named(shuffled, "add-two"))
    del shuffled["metadata"]["course"]
    write_json(place("petrov"), shuffled)
    (submitted / "petrov" / LAB / "notes.txt").write_text("x")

    place("empty")
    place("notjson").write_bytes(b"\x89PNG")
    write_json(place("format3"), {"nbformat": 3, "nbformat_minor": 0, "worksheets": []})
    place("symlinked").symlink_to(submitted / "smith" / LAB / f"{LAB}.ipynb")
    place("cyclic").symlink_to(submitted / "cyclic" / LAB / f"{LAB}.ipynb")
    os.mkfifo(place("piped"))
    (submitted / "secret").mkdir()
    (submitted / "secret" / LAB).symlink_to(submitted / "smith" / LAB)
    place("lost[1]")
    (submitted / ".hidden").mkdir()
    (submitted / "roster.csv").write_text("smith,ivanova")


@pytest.fixture(scope="module")
def order(lab: LabFiles, answered: Answer, tmp_path_factory: pytest.TempPathFactory) -> Order:
    folder = tmp_path_factory.mktemp("class")
    hand_in(folder / "submitted", answered)
    results = folder / "out" / "results.jsonl"
    return Order(lab, folder / "submitted", results, course_folder(results), "en")


@pytest.fixture(scope="module")
def graded(order: Order) -> dict[str, SubmissionResult]:
    before = tree(order.submitted)
    # by a relative path: nbgrader changes the working directory while other submissions are read
    results = grade(replace(order, submitted=Path(os.path.relpath(order.submitted))))
    assert tree(order.submitted) == before, "the submissions were changed"
    assert read_results(order.results) == results
    return {result.student: result for result in results}


def outcome(result: SubmissionResult) -> list[tuple[float, str]]:
    return [(task.points, task.status) for task in result.tasks]


def test_readable_ones_are_graded_whatever_lies_beside_them(
    graded: dict[str, SubmissionResult],
) -> None:
    assert outcome(graded["smith"]) == [(1, "passed"), (2, "passed"), (2, "passed"), (0, "failed")]
    assert outcome(graded["ivanova"])[1:] == [(0, "failed"), (0, "failed"), (0, "not_examined")]
    assert [task.message for task in graded["ivanova"].tasks] == [
        "",
        "three is wrong",
        "four is wrong",
        "ждёт оценки преподавателя",
    ]
    assert (graded["ivanova"].language, graded["ivanova"].status) == ("ru", "graded")
    assert graded["petrov"].points == 5
    assert remarks(graded["petrov"]) == (
        "no-course-metadata: ru",
        "locked-cell-missing: add.two",
        "files-ignored: notes.txt",
    )


def test_a_cell_that_ends_the_kernel_costs_its_own_task_only(
    graded: dict[str, SubmissionResult],
) -> None:
    dead = graded["dies"]
    assert (dead.status, remarks(dead)) == ("graded", ("kernel-ended: add.three",))
    assert outcome(dead)[:3] == [(1, "passed"), (0, "failed"), (2, "passed")]


def test_a_notebook_that_ends_every_kernel_is_given_up_and_waits_for_the_instructor(
    graded: dict[str, SubmissionResult],
) -> None:
    deadly = graded["deadly"]
    assert (deadly.status, deadly.points) == ("partly", 0)
    assert [flag.split(":")[0] for flag in remarks(deadly)] == ["kernel-ended"] * 3 + ["not-run"]
    assert "not_examined" in {task.status for task in deadly.tasks} <= {"failed", "not_examined"}


@pytest.mark.parametrize(("student", "flag"), UNREADABLE.items())
def test_unreadable_ones_get_a_line_that_says_why(graded: dict[str, SubmissionResult], student: str, flag: str) -> None:
    result = graded[student]
    assert (result.status, result.points, result.max_points) == ("unreadable", 0, 6)
    assert result.flags[0].startswith(flag)
    assert result.tasks[0].message


def test_nobody_else_is_listed(graded: dict[str, SubmissionResult]) -> None:
    assert sorted(graded) == sorted([*UNREADABLE, "smith", "ivanova", "petrov", "dies", "deadly"])


def test_feedback_pages_say_what_happened(order: Order, graded: dict[str, SubmissionResult]) -> None:
    pages = feedback_pages(order.course, LAB, graded.values())
    assert sorted(set(graded) - set(pages)) == ["lost[1]"]
    for student, text in {
        "ivanova": "three is wrong",
        "dies": "this cell ended the kernel",
        "deadly": "Kernel died",
        "notjson": "Nothing was graded: your file is not a Jupyter notebook",
    }.items():
        assert text in pages[student].read_text(encoding="utf-8")
    page = pages["ivanova"].read_text(encoding="utf-8")
    assert page.index(">add.three</a>") < page.index("three is wrong") < page.index(">add.four</a>")
    assert "Test cell" not in page


def test_grading_again_keeps_the_instructors_grade(
    order: Order, graded: dict[str, SubmissionResult], tmp_path: Path
) -> None:
    course = StockCourse(order.course, LAB)
    with course.gradebook() as gradebook:
        grade_row = gradebook.find_grade("add-conclusion", LAB, LAB, "ivanova")
        grade_row.manual_score = 1.0
        gradebook.db.commit()
    submitted = tmp_path / "submitted"
    path = submitted / "ivanova" / LAB / f"{LAB}.ipynb"
    original = order.submitted / "ivanova" / LAB / f"{LAB}.ipynb"
    write_json(path, json.loads(original.read_text(encoding="utf-8")))
    again = Order(order.lab, submitted, tmp_path / "again.jsonl", order.course, "en")
    [result] = grade(again)
    assert (result.points, result.tasks[-1].status) == (2, "passed")
    page = feedback_pages(order.course, LAB, [result])["ivanova"].read_text(encoding="utf-8")
    assert "1 / 1" in page and "… / 1" not in page  # though nbgrader wants the mark confirmed


def test_a_result_is_marked_where_there_was_no_sandbox(
    lab: LabFiles, answered: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(UNSAFE, raising=False)
    write_json(tmp_path / "submitted" / "smith" / LAB / f"{LAB}.ipynb", answered())
    for sandbox in (False, True):
        if sandbox and missing_for_sandbox():
            continue
        results = tmp_path / f"{sandbox}.jsonl"
        order = Order(lab, tmp_path / "submitted", results, course_folder(results), "en", sandbox)
        [result] = grade(order)
        assert result.points == 5 and ("no-sandbox" in result.flags) == (not sandbox)


def test_without_a_sandbox_nothing_is_run_and_the_line_says_what_is_missing(
    lab: LabFiles, answered: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(tmp_path / "submitted" / "smith" / LAB / f"{LAB}.ipynb", answered())
    monkeypatch.setattr("grader.course.batch.order.missing_for_sandbox", lambda language: "user namespaces: refused")
    results = tmp_path / "results.jsonl"
    said = refusal(Order(lab, tmp_path / "submitted", results, course_folder(results), "en", sandbox=True))
    assert "user namespaces: refused" in said and "--unsafe-no-sandbox" in said
    assert look_over(Order(lab, tmp_path / "submitted", results, course_folder(results), "en", sandbox=False))


def test_files_of_a_course_that_is_not_installed_grade_nobody(
    lab: LabFiles, answered: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(tmp_path / "submitted" / "smith" / LAB / f"{LAB}.ipynb", answered())
    monkeypatch.setattr("grader.course.nbgrader.plug_in.PROVISIONER", "a sandbox that nobody has announced")
    results = tmp_path / "results.jsonl"
    said = refusal(Order(lab, tmp_path / "submitted", results, course_folder(results), "en", sandbox=True))
    assert f"{sys.executable} -m pip install -e ." in said
    assert look_over(Order(lab, tmp_path / "submitted", results, course_folder(results), "en", sandbox=False))


def refusal(order: Order) -> str:
    with pytest.raises(CourseError) as problem:
        look_over(order)
    text = str(problem.value)
    assert "\n" not in text
    return text


def test_bad_places_are_refused_before_anything_is_written(lab: LabFiles, answered: Answer, tmp_path: Path) -> None:
    submitted, results = tmp_path / "submitted", tmp_path / "results.jsonl"

    def order(submitted: Path = submitted, results: Path = results) -> Order:
        return Order(lab, submitted, results, course_folder(results), "en")

    assert "no folder" in refusal(order())
    submitted.mkdir()
    assert "holds no student's folder" in refusal(order())
    write_json(submitted / "smith" / LAB / f"{LAB}.ipynb", answered())
    assert "nothing is written" in refusal(order(results=submitted / "results.jsonl"))
    for too_deep in (submitted / "smith", submitted / "smith" / LAB):
        assert f"is one student's: name the folder that has a folder for each student, {submitted}." in refusal(
            order(too_deep)
        )
    assert "is a folder" in refusal(order(results=submitted.parent))
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work")
    assert "isn't a results file" in refusal(order(results=precious))
    assert "can't be written" in refusal(order(results=precious / "results.jsonl"))
    assert precious.read_text() == "years of work"
    assert look_over(order()) == ["smith"]
    write_json(submitted / LAB / LAB / f"{LAB}.ipynb", answered())  # a student may be called like the lab
    assert look_over(order()) == [LAB, "smith"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["submitted", "thesis.txt"]
    course_folder(results).mkdir()
    (course_folder(results) / "mine.txt").write_text("x")
    with pytest.raises(CourseError, match="holds no gradebook"):
        grade(order())
