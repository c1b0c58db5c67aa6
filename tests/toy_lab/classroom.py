"""A course folder with the toy lab built in it, and what a class hands in: right, wrong, unsolved and dishonest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.corpus.entries import read_corpus
from grader.course.batch import sample_class
from grader.course.batch.sample_class import Recipe, answered_task
from grader.course.intake.lab_files import LabFiles, lab_files
from grader.course.intake.rebuild import Notebook, extra_cell
from tests.course.small_lab import write_json
from tests.toy_lab.installed import HERE

POINTS = {"softmax.shard": 1.0, "softmax.forward": 3.0}
LOST = {"softmax.lost": 5.0}
SILENCER = "check = exam = lambda name: None"
NAMED = 'c = get_config()\nc.CourseDirectory.course_id = "x"\n'
STOCK = f"{NAMED}c.Execute.timeout = 300\n"
OURS = f"{NAMED}from grader.course.nbgrader.plug_in import plug_in\nplug_in(c)\n"
LOST_CELLS = """
# %% task="softmax.lost"
# %%task softmax.lost
### BEGIN SOLUTION
P_gpu1, P_gpu2 = P_gpu1 + 0, P_gpu2 + 0
### END SOLUTION

# %% check="softmax.lost"
"""


@dataclass(frozen=True)
class Student:
    """What one student hands in: the lab's solution with these cells, or the notebook as released; and what it loses."""

    language: str = "en"
    cells: Mapping[str, str] = field(default_factory=dict)
    unsolved: bool = False
    own: str = ""
    loses: frozenset[str] = frozenset()

    @property
    def points(self) -> float:
        return sum(points for task, points in POINTS.items() if task not in self.loses)


def honest_class() -> dict[str, Student]:
    """The solution, what the corpus has of wrong ones, and a notebook as it was released; in Russian one of the right
    and one of the wrong ones."""
    wrong = [one for one in read_corpus(HERE / "corpus", POINTS) if one.kind == "wrong"]
    students = {one.name: Student("en", one.cells, loses=one.loses) for one in wrong}
    alone = students.pop("one_device_alone")
    students |= {f"one_device_alone_{language}": replace(alone, language=language) for language in ("en", "ru")}
    return students | {"solution": Student("ru"), "unsolved": Student(unsolved=True, loses=frozenset(POINTS))}


def submission(student: Student, lab: LabFiles) -> Notebook:
    """The notebook that this student hands in."""
    recipe = Recipe("", student.language, "", student.points, untouched=student.unsolved)
    notebook = sample_class.submission(recipe, lab.released[student.language], json.loads(lab.solution.read_text()))
    for cell in notebook["cells"]:
        if (task := answered_task(cell)) in student.cells:
            cell["source"] = f"%%task {task}\n{student.cells[task].removeprefix('#').strip()}"
    if student.own:
        first = next(place for place, cell in enumerate(notebook["cells"]) if answered_task(cell))
        notebook["cells"].insert(first, extra_cell(student.own, {cell["id"] for cell in notebook["cells"]}))
    return notebook


def hand_in(folder: Path, students: Mapping[str, Student], lab: LabFiles) -> None:
    """Their notebooks, where nbgrader looks for them."""
    for name, student in students.items():
        write_json(folder / name / lab.lab / f"{lab.lab}.ipynb", submission(student, lab))


def run(packages: Path, course: Path, *words: str) -> str:
    """What a command says that finds the lab on its path and works in the course folder."""
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(packages)}
    environment = os.environ | path | {"OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    done = subprocess.run([sys.executable, "-m", *words], cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def with_a_task_more(packages: Path) -> Path:
    """The same packages, where the lab has a task besides, which it is going to lose."""
    lab, notebook = (packages / "toy_lab" / name for name in ("lab.py", "notebook.py"))
    before = "    ),\n    CASES,\n"
    declared = lab.read_text(encoding="utf-8")
    assert declared.count(before) == 1
    lab.write_text(declared.replace(before, f'        Task("softmax.lost", 5, PARTS),\n{before}'), encoding="utf-8")
    text = notebook.read_text(encoding="utf-8")
    for old, new in {" 4 |": " 9 |", "**4**": "**9**", "(4 points)": "(9 points)", "(4 балла)": "(9 баллов)"}.items():
        assert old in text
        text = text.replace(old, new)
    notebook.write_text(text + LOST_CELLS, encoding="utf-8")
    return packages


def build(packages: Path, course: Path) -> LabFiles:
    """The lab's notebooks, built in the course folder, with what nbgrader makes its assignment of."""
    (course / "solutions").mkdir(parents=True)
    run(packages, course, "grader", "build", "toy_lab", "--restamp")
    return lab_files(course, "toy_lab", str)


def autograde(packages: Path, course: Path, lab: LabFiles, config: str) -> None:
    """The class in `submitted`, graded by nbgrader's own commands under that configuration."""
    (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
    source = course / "source" / "toy_lab" / "toy_lab.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(lab.solution.read_bytes())
    for step in ("generate_assignment", "autograde"):
        run(packages, course, "nbgrader", step, "toy_lab")
