"""The exporters, run by stock `nbgrader export` on a real gradebook, against the rules that Canvas and Moodle document."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from grader.exports import CanvasExporter, MoodleExporter
from grader.exports.grades import GradesExporter, Person, anonymous_id

Rows = list[list[str]]


@pytest.fixture(scope="module", autouse=True)
def _alembic_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose gradebook has five students: one without meta, one who handed in nothing, one who was late."""
    folder = tmp_path_factory.mktemp("course")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "tp") as book:
        book.add_assignment("linear")
        book.add_notebook("linear", "linear")
        book.add_grade_cell("column-forward", "linear", "linear", max_score=18.5, cell_type="code")
        book.add_assignment("ranks")
        book.add_notebook("ranks", "ranks")
        book.add_grade_cell("ranks-forward", "ranks", "ranks", max_score=120, cell_type="code")
        book.add_student("ivanova", first_name="Анна", last_name="Иванова", email="anna@example.org", lms_user_id="411")
        book.add_student(
            "smith", first_name="John", last_name="Smith, Jr.", email="John@example.org", lms_user_id="SIS-7"
        )
        book.add_student("late", last_name="Late", email="late@example.org", lms_user_id="412")
        book.add_student("absent", last_name="Absent", email="absent@example.org")
        book.add_student("bare")
        for student, score in {"ivanova": 18.5, "smith": 1 / 3, "late": 10.0, "bare": 0.0}.items():
            submission = book.add_submission("linear", student)
            grade = submission.notebooks[0].grades[0]
            grade.auto_score, grade.needs_manual_grade = score, student == "smith"
            if student == "late":
                submission.notebooks[0].late_submission_penalty = 2.5
        book.db.commit()
    return folder


@pytest.fixture
def book(course: Path) -> Iterator[Gradebook]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "tp") as book:
        yield book


def exported(exporter: type[GradesExporter], book: Gradebook, folder: Path, **settings: object) -> Rows:
    config = Config({exporter.__name__: settings})
    made = exporter(config=config, to=str(folder / "out.csv"))
    made.export(book)
    return read(folder / "out.csv")


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def canvas_takes(rows: Rows) -> None:
    """What Canvas' importer asks of a file."""
    header, possible, *students = rows
    assert "Student" in header[0] and "ID" in header[1]
    assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    assert "Points Possible" in possible[0]
    for row in students:
        assert len(row) == len(header)
        assert re.fullmatch(r"\d*", row[1]), "only the digits in front of an ID are read"
        assert row[1] or row[2] or row[3] or row[0]
        assert all(re.fullmatch(r"(\d+(\.\d+)?)?", score) for score in row[5:])


def moodle_takes(rows: Rows, map_from: str) -> None:
    """What Moodle's importer asks of a file."""
    header, *students = rows
    assert len(set(header)) == len(header)
    names = [row[header.index(map_from)] for row in students]
    assert all(names) and len(set(names)) == len(names)
    for row in students:
        assert len(row) == len(header)
        assert all(re.fullmatch(r"-|\d+(\.\d+)?", score) for score in row[5:])


def test_canvas_finds_students_by_its_own_number_else_by_the_sis(book: Gradebook, tmp_path: Path) -> None:
    rows = exported(CanvasExporter, book, tmp_path)
    canvas_takes(rows)
    assert rows[1][5:] == ["18.5", "120"]
    by_login = {row[3]: row for row in rows[2:]}
    assert by_login["ivanova"] == ["Иванова, Анна", "411", "", "ivanova", "", "18.5", ""]
    assert by_login["smith"][:4] == ["Smith, Jr., John", "", "SIS-7", "smith"]
    assert by_login["late"][5] == "7.5", "less what the lateness costs"
    assert by_login["absent"][5] == "", "nothing handed in changes nothing"
    assert by_login["bare"][0] == "bare" and by_login["bare"][5] == "0"


def test_canvas_gets_the_titles_that_it_knows(book: Gradebook, tmp_path: Path) -> None:
    rows = exported(CanvasExporter, book, tmp_path, titles={"linear": "Lab 1 (1234)"}, missing_is_zero=True)
    assert rows[0][5:] == ["Lab 1 (1234)", "ranks"]
    assert {row[5] for row in rows[2:] if row[3] == "absent"} == {"0"}
    with pytest.raises(SystemExit, match=r"CanvasExporter\.titles"):
        exported(CanvasExporter, book, tmp_path, titles={"linear": "Final Score"})


def test_moodle_gets_no_row_that_it_would_take_for_the_one_before(
    book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = exported(MoodleExporter, book, tmp_path)
    moodle_takes(rows, "Email address")
    assert "bare" not in [row[4] for row in rows]
    assert ["Анна", "Иванова", "411", "anna@example.org", "ivanova", "18.5", "-"] in rows
    rows = exported(MoodleExporter, book, tmp_path, map_from="Username")
    moodle_takes(rows, "Username")
    assert "bare" in [row[4] for row in rows]


def test_who_is_left_out_is_not_counted(book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for exporter, count in ((MoodleExporter, 4), (CanvasExporter, 5)):
        exported(exporter, book, tmp_path)
        assert f"Exported {count} students" in caplog.text


def test_an_unknown_column_is_refused_and_nothing_is_written(book: Gradebook, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"'Usernam'.*'ID number', 'Email address', 'Username'"):
        exported(MoodleExporter, book, tmp_path, map_from="Usernam")
    assert not (tmp_path / "out.csv").exists()


def test_a_title_for_no_assignment_is_told(
    book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exported(CanvasExporter, book, tmp_path, titles={"Linear": "Lab 1"})
    assert "CanvasExporter.titles" in caplog.text and "'Linear'" in caplog.text and "linear, ranks" in caplog.text


def test_moodle_is_not_given_one_student_twice() -> None:
    people = [Person(student, email="same@example.org") for student in ("one", "two")]
    with pytest.raises(SystemExit, match=r"same@example\.org"):
        list(MoodleExporter().rows(people, []))


def test_an_unknown_assignment_is_refused_with_a_line(book: Gradebook) -> None:
    with pytest.raises(SystemExit, match="nbgrader db assignment list"):
        CanvasExporter(assignment=["nothing"]).export(book)


def test_anonymous_files_name_nobody_and_stay_the_same(
    book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for exporter in (CanvasExporter, MoodleExporter):
        rows = exported(exporter, book, tmp_path, anonymous=True)
        text = (tmp_path / "out.csv").read_text(encoding="utf-8")
        assert not re.search(r"ivanova|Анна|smith|example\.org|411|SIS-7", text, re.IGNORECASE)
        assert rows == exported(exporter, book, tmp_path, anonymous=True)
        names = [row[3 if exporter is CanvasExporter else 4] for row in rows if row[-1] != "120"][1:]
        assert names == sorted(names), "the order tells nothing"


def test_another_course_has_other_ids_and_none_is_the_judge_s_secret() -> None:
    assert anonymous_id(b"a" * 32, "smith") == anonymous_id(b"a" * 32, "smith")
    assert len({anonymous_id(key, who) for key in (b"a" * 32, b"b" * 32) for who in ("smith", "jones")}) == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["CanvasExporter", "MoodleExporter"])
def test_stock_nbgrader_runs_them(course: Path, name: str) -> None:
    command = [sys.executable, "-m", "nbgrader", "export", f"--exporter=grader.exports.{name}", "--to", f"{name}.csv"]
    done = subprocess.run(
        [*command, f"--{name}.missing_is_zero=True"], cwd=course, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "linear wait for a person's grade" in done.stderr or "linear, которые ждут" in done.stderr
    rows = read(course / f"{name}.csv")
    if name == "CanvasExporter":
        canvas_takes(rows)
    else:
        moodle_takes(rows, "Email address")
    assert "0" in next(row for row in rows if "absent" in row)
