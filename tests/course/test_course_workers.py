"""Several submissions at work at once: the same results, and a class that is stopped goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from grader.course.batch.grade import Taken, grade, grade_one
from grader.course.batch.graded_submissions import alone
from grader.course.batch.order import Order, course_folder
from grader.course.batch.stock_course import StockCourse
from grader.course.errors import CourseError
from grader.course.intake.lab_files import LabFiles
from grader.course.results.results_file import SubmissionResult, read_results
from tests.course.small_lab import LAB, Answer, write_json


def handed_in(folder: Path, student: str) -> Path:
    return folder / "submitted" / student / LAB / f"{LAB}.ipynb"


@pytest.fixture
def order(lab: LabFiles, answered: Answer, tmp_path: Path) -> Order:
    for number, three in enumerate(("three = two + 1", "three = 7", "raise ValueError", "import os; os._exit(1)", "three = 3")):
        write_json(handed_in(tmp_path, f"s{number}"), answered("ru" if number % 2 else "en", three=three))
    return Order(lab, tmp_path / "submitted", tmp_path / "r.jsonl", tmp_path / "course", "en", workers=3)


def test_any_number_of_workers_comes_to_the_same_results_in_the_same_order(order: Order, tmp_path: Path) -> None:
    many = grade(order)
    assert [result.student for result in many] == ["s0", "s1", "s2", "s3", "s4"]
    one = grade(replace(order, results=tmp_path / "one.jsonl", course=tmp_path / "other", workers=1))
    assert one == many == read_results(order.results)


def test_what_is_graded_is_kept_and_what_has_changed_is_graded_anew(
    order: Order, answered: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = grade(order)
    ran: list[str] = []

    def noted(order: Order, course: StockCourse, student: str, taken: Taken) -> SubmissionResult:
        ran.append(student)
        return grade_one(order, course, student, taken)

    monkeypatch.setattr("grader.course.batch.grade.grade_one", noted)
    assert grade(order) == first and ran == []
    write_json(handed_in(tmp_path, "s1"), answered("ru"))
    write_json(handed_in(tmp_path, "s9"), answered("en"))
    second = grade(order)
    assert ran == ["s1", "s9"]
    assert [result.points for result in second] == [5, 5, *(result.points for result in first[2:]), 5]
    assert second == read_results(order.results)
    ran.clear()
    assert grade(replace(order, again=True)) == second and len(ran) == 6


def test_a_line_that_was_cut_short_is_graded_anew(order: Order) -> None:
    first = grade(order)
    done = order.course / "graded.jsonl"
    done.write_text(done.read_text()[:-40])
    assert grade(order) == first


def test_two_gradings_do_not_write_into_one_course(order: Order) -> None:
    order.course.mkdir()
    with alone(order.course, str), pytest.raises(CourseError, match="Another grading"):
        grade(order)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_class_that_is_stopped_leaves_nothing_behind_and_goes_on(
    number: signal.Signals, lab: LabFiles, root: Path, answered: Answer, tmp_path: Path
) -> None:
    for student in ("a", "b"):
        write_json(handed_in(tmp_path, student), answered())
    for student in ("c", "d", "e"):
        write_json(handed_in(tmp_path, student), answered(three="import time; time.sleep(50)"))
    results, mess = tmp_path / "r.jsonl", tmp_path / "t"
    mess.mkdir()
    words = ["--submitted", tmp_path / "submitted", "--results", results, "--workers", 2, "--language", "en"]
    command = [sys.executable, "-m", "grader", "grade", LAB, *map(str, words)]
    before = set(filter(str.isdigit, os.listdir("/proc")))
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            command, cwd=root, env=os.environ | {"TMPDIR": str(mess)}, stdout=said, stderr=said, start_new_session=True
        )
    while process.poll() is None and not (results.exists() and len(read_results(results)) == 2):
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(number)
    assert process.wait(60) == 130
    assert "run the same command again to go on" in (tmp_path / "said").read_text()
    assert [(result.student, result.points) for result in read_results(results)] == [("a", 5), ("b", 5)]
    assert list(mess.iterdir()) == []
    assert not [line for line in _since(before) if str(process.pid) in line or str(tmp_path) in line]
    for student in ("c", "d", "e"):
        write_json(handed_in(tmp_path, student), answered())
    order = Order(lab, tmp_path / "submitted", results, course_folder(results), "en")
    assert [result.points for result in grade(order)] == [5] * 5
    assert len((order.course / "graded.jsonl").read_text().splitlines()) == 5


FREED = """
import os, signal

class Freed:
    # Python drops what is raised while such an object is freed
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):  # here Python looks for signals
            pass
"""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_request_to_stop_that_comes_while_an_object_is_freed_costs_one_submission_at_most(order: Order) -> None:
    heard: list[str] = []
    known: dict[str, Any] = {}
    exec(FREED, known)

    def ask_at_the_second(student: str) -> None:
        heard.append(student)
        if student == "s1":
            known["Freed"]()

    with pytest.raises(KeyboardInterrupt):
        grade(order, ask_at_the_second)
    assert heard in (["s0", "s1"], ["s0", "s1", "s2"])
    assert [result.student for result in read_results(order.results)] == heard
    assert len((order.course / "graded.jsonl").read_text().splitlines()) == len(heard)
    results = grade(order)
    assert [result.points for result in results] == [5, 1, 1, 1, 5] and results == read_results(order.results)


@pytest.mark.slow
def test_nbgraders_own_command_stops_at_such_a_request_too(root: Path, answered: Answer, tmp_path: Path) -> None:
    course = tmp_path / "checkout"
    shutil.copytree(root, course)
    for student, three in (("a", "three = two + 1"), ("b", "import time; time.sleep(10 ** 6)")):
        write_json(handed_in(course, student), answered(three=three))
    config = """
from grader.course.nbgrader.plug_in import plug_in
c = get_config()
c.CourseDirectory.course_id = "x"
c.CourseDirectory.source_directory = "solutions/en"
plug_in(c)
c.CarefulExecute.timeout = 10**6
"""
    (course / "nbgrader_config.py").write_text(f"{config}{FREED}\nc.Autograde.post_convert_hook = lambda **_: Freed()")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def run(step: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nbgrader", step, LAB]
        return subprocess.run(command, cwd=course, env=environment, text=True, capture_output=True, check=False)

    assert run("generate_assignment").returncode == 0
    stopped = run("autograde")
    assert stopped.returncode != 0 and "Canceled" in stopped.stderr
    assert [path.parts[-3] for path in (course / "autograded").glob("*/*/*.ipynb")] == ["a"]
    write_json(handed_in(course, "b"), answered())
    (course / "nbgrader_config.py").write_text(config)
    assert run("autograde").returncode == 0
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        found = {each.student.id: each.score for each in gradebook.assignment_submissions(LAB)}
    assert found == {"a": 5, "b": 5}


def _since(before: set[str]) -> list[str]:
    """The command lines, environments and session numbers of processes that have started since."""
    found = []
    for process in set(filter(str.isdigit, os.listdir("/proc"))) - before - {str(os.getpid())}:
        try:
            session = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[3]
            words = Path(f"/proc/{process}/cmdline").read_bytes() + Path(f"/proc/{process}/environ").read_bytes()
            found.append(f"{words.decode('utf-8', 'replace')} {session}")
        except OSError:
            continue
    return found


def test_results_are_json_lines_at_every_moment(order: Order) -> None:
    seen: list[int] = []

    def look(student: str) -> None:
        lines = order.results.read_text(encoding="utf-8").splitlines()
        seen.append(len([json.loads(line) for line in lines]))

    grade(order, look)
    assert seen == [1, 2, 3, 4, 5]
