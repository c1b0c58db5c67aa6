"""The command line's answers to bad input: one line, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.__main__ import main
from grader.course.batch import sample_class
from grader.course.batch.sample_class import lab_to_show
from grader.course.errors import CourseError
from grader.lab.lab import Lab


@pytest.fixture(autouse=True)
def _in_checkout(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def error(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that the command ends with."""
    assert main([*words, "--language", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_unknown_lab(capsys: pytest.CaptureFixture[str]) -> None:
    said = error(capsys, "grade", "ranks", "--submitted", ".", "--results", "r.jsonl")
    assert said == "There is no lab 'ranks'; the labs are: mini.\n"


def test_no_such_folder(capsys: pytest.CaptureFixture[str]) -> None:
    said = error(capsys, "grade", "mini", "--submitted", "nowhere", "--results", "r.jsonl")
    assert "There is no folder nowhere" in said


def test_a_file_for_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = error(capsys, "grade", "mini", "--submitted", str(tmp_path / "file"), "--results", "r.jsonl")
    assert "is a file: name the folder" in said


@pytest.mark.parametrize("results", [".", ".."])
def test_a_folder_for_the_results_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, results: str) -> None:
    said = error(capsys, "grade", "mini", "--submitted", str(tmp_path), "--results", results)
    assert said == f"{results} is a folder: name a file for the results.\n"


def test_results_below_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "submitted").mkdir()
    results = str(tmp_path / "file" / "r.jsonl")
    said = error(capsys, "grade", "mini", "--submitted", str(tmp_path / "submitted"), "--results", results)
    assert "Name a file in a folder that you may write to." in said


def test_nothing_built(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path)
    said = error(capsys, "grade", "mini", "--submitted", ".", "--results", "r.jsonl")
    assert "python -m grader build" in said


@pytest.mark.parametrize("command", ["build", "grade", "demo"])
def test_every_command_explains_itself(
    capsys: pytest.CaptureFixture[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m grader {command}")


def test_a_lab_without_a_sample_class_has_none_to_show(capsys: pytest.CaptureFixture[str], toy_lab: Lab) -> None:
    said = error(capsys, "demo", toy_lab.name)
    assert said == (
        "toy_lab has no sample class, class/class.toml in its folder; these have one: linear, ranks\n"
    )


def test_without_a_name_the_first_lab_with_a_class_is_shown(toy_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lab_to_show(None, str) == "linear"
    assert lab_to_show("ranks", str) == "ranks"
    monkeypatch.setattr(sample_class, "labs", lambda: {"toy_lab": toy_lab, "ranks": None})
    assert lab_to_show(None, str) == "ranks"
    monkeypatch.setattr(sample_class, "labs", lambda: {"toy_lab": toy_lab})
    with pytest.raises(CourseError, match="grader/labs has no sample class"):
        lab_to_show(None, str)
