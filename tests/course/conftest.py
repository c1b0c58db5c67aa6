"""The small lab, built and released as a real one is."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.course.intake.lab_files import LabFiles, lab_files
from tests.course.small_lab import ANSWERS, LAB, Answer, Notebook, solution, write_json


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the small lab's solutions and released notebooks."""
    root = tmp_path_factory.mktemp("checkout")
    for language in ("en", "ru"):
        write_json(root / "solutions" / language / LAB / f"{LAB}.ipynb", solution(language))
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.source_directory = f"solutions/{language}"
        config.CourseDirectory.release_directory = f"assignments/{language}"
        config.CourseDirectory.assignment_id = LAB
        config.GenerateAssignment.no_database = True
        course = CourseDirectory(config=config)
        release = GenerateAssignment(coursedir=course, config=config)
        release.preprocessors = [step for step in release.preprocessors if step.__name__ != "SaveCells"]
        release.start()
    return root


@pytest.fixture(scope="session")
def lab(root: Path) -> LabFiles:
    """The small lab's files."""
    return lab_files(root, LAB, str)


@pytest.fixture(scope="session")
def answered(lab: LabFiles) -> Answer:
    """Makes a submission: right answers, except those given by name."""

    def make(language: str = "en", **wrong: str) -> Notebook:
        notebook = copy.deepcopy(lab.released[language])
        for cell in notebook["cells"]:
            mark = cell["metadata"].get("nbgrader", {})
            task = mark.get("grade_id", "").removeprefix("solution-").replace("-", ".")
            if mark.get("solution") and task in ANSWERS:
                answer = wrong.get(task.rpartition(".")[2], ANSWERS[task])
                cell["source"] = f"%%task {task}\n{answer}"
        return notebook

    return make
