"""The toy lab installed with pip, as a lab's author hands it on, and graded by whoever installs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.results.results_file import read_results
from tests.toy_lab.classroom import Student, build, hand_in, run
from tests.toy_lab.installed import write_package

PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "toy-lab"
version = "1.0"

[project.entry-points."tensor_parallel.labs"]
toy_lab = "somebody.toy_lab"

[tool.setuptools.packages.find]
include = ["somebody*"]

[tool.setuptools.package-data]
"somebody.toy_lab" = ["locale/*.po", "corpus/*/*.py"]
"""


@pytest.mark.slow
def test_a_lab_that_pip_has_installed_is_built_tried_and_graded(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", reason="nothing here builds a package without the network")
    project, packages, course = tmp_path / "project", tmp_path / "packages", tmp_path / "course"
    write_package(project, "somebody.toy_lab")
    (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", str(packages), str(project)], check=True)
    assert list(packages.glob("somebody/toy_lab/__pycache__/notebook.*.pyc"))  # pip compiles the source, too

    lab = build(packages, course)
    tried = run(packages, course, "grader", "try-lab", "toy_lab")
    assert "evasions stopped 2/2, mutants killed 4/4, right solutions accepted 2/2" in tried
    students = {"anna": Student("ru"), "boris": Student(unsolved=True)}
    hand_in(course / "submitted", students, lab)
    run(packages, course, "grader", "grade", "toy_lab", "--submitted", "submitted", "--results", "r.jsonl")
    assert {result.student: result.points for result in read_results(course / "r.jsonl")} == {"anna": 4.0, "boris": 0.0}
