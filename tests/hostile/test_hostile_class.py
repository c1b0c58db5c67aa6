"""Whole classes with attackers in them: whoever sits beside an attacker is graded as ever, and nothing is harmed."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import sysconfig
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from grader.course.nbgrader.course_config import COURSE_ID
from grader.course.nbgrader.plug_in import missing_for_sandbox
from grader.course.results.results_file import SubmissionResult
from grader.report.table import class_table, progress_bar
from tests.hostile import escapes, folders
from tests.hostile.classroom import (
    BEFORE,
    HONEST,
    KEY,
    LAB,
    LATE,
    SECRET,
    Course,
    Entry,
    autograde_class,
    cell_of,
    copy_course,
    gradebook_points,
    hand_in_class,
    make_course,
    no_hang,
    processes,
    run_class,
    stock_class,
    tree,
    write,
)

pytestmark = pytest.mark.slow
REACHED = "canary-reached"
EXPECTED = {HONEST: 2.0, LATE: 2.0, BEFORE: 1.0}
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
needs_sandbox = pytest.mark.skipif(bool(missing_for_sandbox()), reason="this system doesn't give the sandbox")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_course(tmp_path_factory.mktemp("untouched"))


@pytest.fixture
def course(untouched: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """A course, on a machine that has a server and a secret in its environment."""
    monkeypatch.setenv("CANARY", SECRET)
    made = copy_course(untouched, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.port = listening.getsockname()[1]
        yield made


def undeserved(attackers: Mapping[str, Entry], points: Mapping[str, float]) -> list[str]:
    """Who has other points than they should have."""
    should = {**EXPECTED, **{student: entry.points for student, entry in attackers.items()}}
    names = {student: entry.name for student, entry in attackers.items()}
    return [
        f"{names.get(student, student)}: {points.get(student)} points, not {want}"
        for student, want in should.items()
        if points.get(student) != want
    ]


def unflagged(attackers: Mapping[str, Entry], results: Mapping[str, SubmissionResult]) -> list[str]:
    """Whose remarks don't say what was odd."""
    return [
        f"{entry.name}: {results[student].flags}"
        for student, entry in attackers.items()
        if entry.flag and not any(flag.startswith(entry.flag) for flag in results[student].flags)
    ]


def live_pages(attackers: Mapping[str, Entry], folder: Path, pages: Collection[str]) -> list[str]:
    """In whose pages or notebooks something runs or a secret stands, or who has no page."""
    found = []
    for student in pages:
        page = folder / "feedback" / student / LAB / f"{LAB}.html"
        if not page.is_file():
            found.append(f"{attackers[student].name}: no page")
            continue
        text = page.read_text(encoding="utf-8")
        if ">exam<" in text or "HIDDEN TESTS" in text:
            found.append(f"{attackers[student].name}: hidden tests")
        found += [f"{attackers[student].name}: {text[m.start() - 60 : m.end() + 60]}" for m in folders.LIVE.finditer(text)]
    return found


def leaks(attackers: Mapping[str, Entry], folder: Path) -> list[str]:
    """What of an attacker's graded work has a secret in it, or says that something was reached."""
    found = []
    for step in ("autograded", "feedback"):
        for path in sorted((folder / step).rglob("*")):
            student = path.relative_to(folder).parts[1]
            if path.is_file() and student in attackers and any(mark in shown(path) for mark in (SECRET, KEY, REACHED)):
                found.append(f"{attackers[student].name}: {path.name}")
    return found


def shown(path: Path) -> str:
    """What a file of graded work shows, but for the code in it."""
    if path.suffix != ".ipynb":
        return "" if path.suffix == ".html" else path.read_text(errors="replace")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return json.dumps([cell.get("outputs", cell["source"]) for cell in cells])


def left_over(before: dict[str, str], *places: Path) -> list[str]:
    """What has changed outside."""
    after = tree(*places)
    return sorted({path for path in before.keys() | after.keys() if before.get(path) != after.get(path)})


def canaries(course: Course) -> list[Path]:
    """What attackers leave in places that are too large to look over."""
    startup = Path.home() / ".ipython" / "profile_default" / "startup"
    places = (SITE_PACKAGES, startup, course.outside, course.folder(HONEST))
    return sorted(path for place in places for path in place.glob("canary*"))


def figures(record_property: Any, attackers: Collection[object], **counts: int) -> None:
    record_property("hostile class", {"submissions": len(attackers), **counts})


def test_broken_notebooks_and_changed_marks_cost_and_earn_nothing(
    course: Course, tmp_path: Path, record_property: Any
) -> None:
    attackers = hand_in_class(course, [*(unreadable(entry) for entry in folders.UNREADABLE), *folders.NOTEBOOKS])
    pages = [student for student, entry in attackers.items() if entry.points or entry.flag == "old-format"]
    before = tree(course.submitted, course.outside)

    with no_hang():
        results = run_class(course, tmp_path / "out" / "results.jsonl", pages)

    points = {student: result.points for student, result in results.items()}
    wrong = undeserved(attackers, points)
    graded = tmp_path / "out" / "graded"
    harms = [*left_over(before, course.submitted, course.outside), *live_pages(attackers, graded, pages), *leaks(attackers, graded)]  # fmt: skip
    figures(record_property, attackers, undeserved=len(wrong), harms=len(harms))
    assert wrong == [] and harms == []
    assert unflagged(attackers, results) == []
    assert gradebook_points(course, graded) == points
    reasons = {results[student].tasks[0].message for student, entry in attackers.items() if not entry.points}
    assert "" not in reasons and all(results[s].status == "unreadable" for s, e in attackers.items() if not e.points)


def unreadable(entry: Entry) -> Entry:
    """The same, deserving nothing."""
    return Entry(entry.name, entry.hand_in, 0.0, entry.flag, entry.stock)


@needs_sandbox
def test_who_is_out_for_secrets_or_the_machine_reaches_nothing(
    course: Course, tmp_path: Path, record_property: Any
) -> None:
    attackers = hand_in_class(course, escapes.ESCAPES)
    before = tree(course.root, course.outside)

    with no_hang():
        results = run_class(course, tmp_path / "out" / "results.jsonl")

    wrong = undeserved(attackers, {student: result.points for student, result in results.items()})
    graded = tmp_path / "out" / "graded"
    harms = [
        *left_over(before, course.root, course.outside),
        *leaks(attackers, graded),
        *map(str, canaries(course)),
        *(f"{attackers[student].name}: left running" for student in attackers if processes(sleeper(student))),
        *(student for student in people(graded) if student not in {*results, "somebody"}),
    ]
    figures(record_property, attackers, undeserved=len(wrong), harms=len(harms))
    assert wrong == [] and harms == []


@needs_sandbox
def test_odd_messages_and_ended_kernels_cost_their_own_task_only(
    course: Course, tmp_path: Path, record_property: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.course.nbgrader.plug_in.SECONDS_PER_CELL", 5)
    attackers = hand_in_class(course, [*escapes.MESSAGES, *escapes.ENDS])
    pages = [student for student, entry in attackers.items() if entry in escapes.MESSAGES]

    with no_hang():
        results = run_class(course, tmp_path / "out" / "results.jsonl", pages)

    wrong = undeserved(attackers, {student: result.points for student, result in results.items()})
    graded = tmp_path / "out" / "graded"
    harms = [*leaks(attackers, graded), *live_pages(attackers, graded, pages)]
    figures(record_property, attackers, undeserved=len(wrong), harms=len(harms))
    assert wrong == [] and harms == []
    assert unflagged(attackers, results) == []


def test_nbgraders_own_command_follows_no_link_waits_at_no_pipe_and_takes_no_odd_name(
    course: Course, record_property: Any
) -> None:
    few = [entry for entry in folders.UNREADABLE if entry.name.startswith(("a named pipe", "a folder", "HTML"))]
    attackers = hand_in_class(course, [*folders.BESIDE, *map(unreadable, few), *escapes.MESSAGES[4:6]])
    for name in folders.BAD_NAMES:
        write(course.submitted / name / LAB / f"{LAB}.ipynb", course.solved())

    done = autograde_class(course)

    points = gradebook_points(course)
    wrong = undeserved(attackers, points)
    names = sorted(set(people(course.root)) - {*EXPECTED, *attackers, "somebody"})
    harms = [*leaks(attackers, course.root), *names]
    figures(record_property, [*attackers, *folders.BAD_NAMES], undeserved=len(wrong), harms=len(harms))
    assert wrong == [] and harms == [], done.stderr[-2000:]
    beside = {path.name for path in (course.root / "autograded").rglob("*") if path.is_file()}
    assert beside <= {f"{LAB}.ipynb", "timestamp.txt"}


def test_odd_names_are_graded_and_impossible_ones_get_a_line(
    course: Course, tmp_path: Path, record_property: Any
) -> None:
    hand_in_class(course, [])
    for name in (*folders.BAD_NAMES, *folders.ODD_NAMES):
        write(course.submitted / name / LAB / f"{LAB}.ipynb", course.solved())

    with no_hang():
        results = run_class(course, tmp_path / "out" / "results.jsonl")

    odd = [result for student, result in results.items() if student not in EXPECTED]
    assert sorted(r.student for r in odd if r.points == 1) == sorted(folders.ODD_NAMES)
    assert [r.flags for r in odd if r.points == 0] == [("bad-name",)] * len(folders.BAD_NAMES)
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    console.print(class_table(list(results.values()), str))
    with progress_bar(console, "", len(results)) as step:
        for name in (*folders.BAD_NAMES, *folders.ODD_NAMES):
            step(name)
    assert "\x1b[31mred" not in console.file.getvalue()
    figures(record_property, odd)


@needs_sandbox
def test_these_get_points_or_stop_the_class_with_stock_nbgrader(course: Course, record_property: Any) -> None:
    entries = [entry for entry in (*folders.UNREADABLE, *folders.NOTEBOOKS) if entry.stock == "2 points"]
    entries += [entry for entry in folders.BESIDE if entry.stock]
    attackers = hand_in_class(course, entries)

    stopped = stock_class(course)

    points = gradebook_points(course)
    found = {entry.name: "2 points" for student, entry in attackers.items() if points.get(student) == 2}
    found |= {name.split(":")[0]: "leaks" for name in leaks(attackers, course.root)}
    for student, entry in attackers.items():
        if not (course.root / "autograded" / student / LAB).exists():
            found[entry.name] = "no grade"
    figures(record_property, (), stock=len(entries))
    assert found == {entry.name: entry.stock for entry in entries}
    assert "error log" in stopped or "traceback" in stopped


@pytest.mark.parametrize("entry", [e for e in folders.NOTEBOOKS if e.stock == "stops"], ids=lambda entry: entry.name)
def test_these_stop_the_whole_class_with_stock_nbgrader(course: Course, entry: Entry, record_property: Any) -> None:
    hand_in_class(course, [entry])
    for student in (BEFORE, HONEST):
        (course.folder(student) / f"{LAB}.ipynb").unlink()

    assert "metadata format" in stock_class(course)
    assert LATE not in people(course.root)
    figures(record_property, (), stock=1)


def test_a_line_break_in_a_name_stops_the_whole_class_with_stock_nbgrader(course: Course, record_property: Any) -> None:
    write(course.submitted / folders.BAD_NAMES[0] / LAB / f"{LAB}.ipynb", course.solved())
    write(course.folder(LATE) / f"{LAB}.ipynb", course.solved())

    assert "Could not match" in stock_class(course)
    assert LATE not in people(course.root)
    figures(record_property, (), stock=1)


def test_these_reach_what_they_are_out_for_with_stock_nbgrader(
    course: Course, record_property: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins = [entry for entry in escapes.ESCAPES if entry.stock]
    attackers = hand_in_class(course, wins)
    # one student has done it all: nbgrader takes seconds to start a kernel
    together = course.solved()
    for student in attackers:
        attack = json.loads((course.folder(student) / f"{LAB}.ipynb").read_text())
        text = cell_of(attack, "solution-manual-forward")["source"].split("\n", 1)[1]
        own = {"cell_type": "code", "id": student, "metadata": {}, "outputs": [], "execution_count": None}
        together["cells"].append(own | {"source": text})
        shutil.rmtree(course.submitted / student)
    for student in (BEFORE, LATE):
        shutil.rmtree(course.submitted / student)
    write(course.folder("all") / f"{LAB}.ipynb", together)
    try:
        stock_class(course, quick=False)
        cells = json.loads((course.root / "autograded" / "all" / LAB / f"{LAB}.ipynb").read_text())["cells"]
        found = {}
        for student, entry in attackers.items():
            said = json.dumps(next(cell["outputs"] for cell in cells if cell["id"] == student))
            found[entry.name] = (
                "leaks" if SECRET in said or KEY in said
                else "reaches" if REACHED in said
                else "leaves a process" if processes(sleeper(student))
                else "leaves a file" if any(student in path.name for path in canaries(course)) or f"left by {student}" in people(course.root)
                else said
            )  # fmt: skip
    finally:
        for path in canaries(course):
            path.unlink()
        for student in attackers:
            for process in processes(sleeper(student)):
                os.kill(process, signal.SIGKILL)
    figures(record_property, (), stock=len(wins))
    assert found == {entry.name: entry.stock for entry in wins}


def sleeper(student: str) -> str:
    """The command line of what this student leaves running."""
    return f"sleep\0{student.replace('e', '47')}\0"


def people(folder: Path) -> list[str]:
    """Everybody in the gradebook."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", COURSE_ID) as gradebook:
        return [student.id for student in gradebook.students]
