"""otter-grader beside ours: the same notebooks, executed as it executes them, with the lab's own `exam` as its tests.

It comes into an environment of its own, which the benchmark makes and throws away, and finds torch and the course's
package in ours. It grades without a container, one notebook after the other in one process (`otter.api`), each in a
kernel of its own: no sandbox, and the kernel says itself what is right.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

from grader.course.batch.sample_class import checked_task
from grader.course.intake.lab_files import LabFiles
from tests.benchmarks.processor_time import Cost, cost

# `check` stands in the notebook and runs with it; the exam is the hidden test, as in nbgrader's grade cells
TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = "{name}"
points = {points}

@test_case(points={points}, hidden=True)
def test_exam(env):
    env["exam"]("{task}")
"""
PROGRAM = """
import json, sys
from otter.api import grade_submission
tests, results, *submissions = sys.argv[1:]
points = {name: grade_submission(name, tests, quiet=True).total for name in submissions}
json.dump(points, open(results, "w"))
"""


def environment(folder: Path) -> Path:
    """A new environment with otter-grader in it; returns its Python.

    Raises:
        subprocess.CalledProcessError: it can't be installed.
    """
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
    root = Path(__file__).resolve().parents[2]
    (Path(packages) / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n{root}\n", encoding="utf-8")
    subprocess.run([python, "-m", "pip", "install", "-qq", "otter-grader"], check=True)
    return python


def grading(python: Path) -> Callable[[Path, LabFiles], Cost]:
    """What grades the submissions in a folder with that environment's otter-grader."""

    def grade(submitted: Path, lab: LabFiles) -> Cost:
        tests = submitted.with_name("autograder.zip")
        write_tests(tests, lab)
        notebooks = [str(path) for path in sorted(submitted.glob(f"*/{lab.lab}/{lab.lab}.ipynb"))]
        results = str(submitted.with_name("otter.json"))
        words = [str(python), "-c", PROGRAM, str(tests), results, *notebooks]
        alone = {"PATH": f"{python.parent}:{os.environ['PATH']}"}
        return cost(words, submitted.parent, os.environ | alone)

    return grade


def write_tests(file: Path, lab: LabFiles) -> None:
    """otter-grader's configuration: a test file for each task that is graded automatically."""
    with zipfile.ZipFile(file, "w") as tests:
        tests.writestr("otter_config.json", json.dumps({"print_summary": False, "print_score": False}))
        for cell in next(iter(lab.released.values()))["cells"]:
            if task := checked_task(cell):
                name, points = cell["metadata"]["nbgrader"]["grade_id"], cell["metadata"]["nbgrader"]["points"]
                # file names are Python's
                text = TEST.format(name=name, points=points, task=task)
                tests.writestr(f"tests/{name.replace('-', '_')}.py", text)
