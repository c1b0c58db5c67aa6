"""`python -m grader report`, from the results file to the three files, and its answers to bad input."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from grader.__main__ import main
from grader.course.results.results_file import read_results, write_results
from tests.report.synthetic import synthetic_class


def test_three_files_are_written_beside_the_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path / "results.jsonl", synthetic_class(5))
    assert main(["report", str(tmp_path / "results.jsonl"), "--language", "ru"]) == 0
    assert sorted(path.suffix for path in tmp_path.glob("results-report.*")) == [".csv", ".html", ".json"]
    assert capsys.readouterr().out.count("\n") == 3
    assert "Самые частые ошибки" in (tmp_path / "results-report.html").read_text(encoding="utf-8")


def test_results_from_before_mistakes_had_a_place_are_read(tmp_path: Path) -> None:
    [result] = synthetic_class(1)
    plain = asdict(result)
    for task in plain["tasks"]:
        del task["mistake"]
    old = tmp_path / "results.jsonl"
    old.write_text(json.dumps(plain) + "\n", encoding="utf-8")
    assert {task.mistake for task in read_results(old)[0].tasks} == {None}
    assert main(["report", str(old)]) == 0


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["report", *words, "--language", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err


def test_each_error_names_the_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.jsonl"
    assert "python -m grader grade" in refusal(capsys, str(results))
    results.write_text("thesis")
    assert "isn't a results file" in refusal(capsys, str(results))
    results.write_text("")
    assert "grade the class first" in refusal(capsys, str(results))
    write_results(results, synthetic_class(2))
    assert "has to end in .html" in refusal(capsys, str(results), "--to", str(tmp_path / "report.pdf"))
    assert "can't be written" in refusal(capsys, str(results), "--to", str(tmp_path / "nowhere" / "r.html"))
    assert "no folder" in refusal(capsys, str(results), "--submitted", str(tmp_path / "nowhere"))
    lines = results.read_text(encoding="utf-8")
    results.write_text(lines + lines.replace('"linear"', '"ranks"'), encoding="utf-8")
    assert "different labs" in refusal(capsys, str(results))
