"""What lies in a student's folder, and what is said of it where the notebook doesn't."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from grader.course.intake.submitted_folder import STUDENT_ID, read_notebook
from grader.course.results.flags import Unreadable


def handed_in(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / "anna" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    return folder


def test_a_notebook_where_it_belongs_is_read(tmp_path: Path) -> None:
    assert read_notebook(handed_in(tmp_path, "linear/linear.ipynb"), "anna", "linear") == (b"{}", [])


@pytest.mark.parametrize("name", ["linear/linear (1).ipynb", "linear.ipynb", "linear/Linear.ipynb"])
def test_a_notebook_elsewhere_is_named_and_not_taken(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable) as told:
        read_notebook(handed_in(tmp_path, name), "anna", "linear")
    assert str(told.value) == f"notebook-elsewhere: {name}"


@pytest.mark.parametrize("names", [("linear/notes.txt",), ("linear.ipynb.zip",)])
def test_what_is_no_notebook_is_not_taken_for_one(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as told:
        read_notebook(handed_in(tmp_path, *names), "anna", "linear")
    assert str(told.value) == "no-notebook: linear/linear.ipynb"


def test_a_link_in_place_of_the_labs_folder_is_not_followed(tmp_path: Path) -> None:
    (handed_in(tmp_path, "other/linear.ipynb") / "anna" / "linear").symlink_to(tmp_path / "anna" / "other")
    with pytest.raises(Unreadable) as told:
        read_notebook(tmp_path, "anna", "linear")
    assert str(told.value) == "not-a-file: linear/linear.ipynb"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_with_marks_serves_as_an_id_in_either_form(form: str) -> None:
    assert STUDENT_ID.fullmatch(unicodedata.normalize(form, "Алексей Семёнов"))
    assert not STUDENT_ID.fullmatch("anna*") and not STUDENT_ID.fullmatch("\u0301anna")
