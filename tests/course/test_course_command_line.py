"""The command line's answers to bad input: one line, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.__main__ import main


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


def test_nothing_built(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path)
    said = error(capsys, "grade", "mini", "--submitted", ".", "--results", "r.jsonl")
    assert "python -m grader build" in said


@pytest.mark.parametrize("command", ["build", "grade", "demo"])
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m grader {command}")
