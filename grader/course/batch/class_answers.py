"""What the students of a class wrote in their solution cells, read as warily as for grading."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.course.batch.sample_class import answered_task, source_of, without_marks
from grader.course.errors import CourseError
from grader.course.intake.lab_files import LabFiles
from grader.course.intake.rebuild import Notebook, take_in
from grader.course.intake.submitted_folder import read_notebook, students
from grader.course.language import Translate
from grader.course.results.flags import Unreadable

OWN = ""  # the code cells that a student added

# by task what stands in its solution cell, and under OWN what stands in cells of the student's own
Answers = Mapping[str, str]


def class_answers(submitted: Path, lab: LabFiles, _: Translate) -> dict[str, Answers]:
    """Each student's answers; who handed in nothing that can be read isn't among them."""
    if not submitted.is_dir():
        raise CourseError(
            _("There is no folder {folder}: name the one with a folder for each student."), folder=submitted
        )
    return dict(_readable(submitted, lab))


def _readable(submitted: Path, lab: LabFiles) -> Iterator[tuple[str, Answers]]:
    for student in students(submitted):
        try:
            raw, _flags = read_notebook(submitted, student, lab.lab)
        except Unreadable:
            continue
        taken = take_in(raw, lab.released)
        if taken.notebook is not None:
            yield student, answers(taken.notebook, lab.released[taken.language])


def answers(notebook: Notebook, released: Notebook) -> dict[str, str]:
    """The answers in a notebook that the intake rebuilt; cells left as they were released are not among them."""
    before = {cell["id"]: cell for cell in released["cells"]}
    found: dict[str, str] = {}
    own = []
    for cell in notebook["cells"]:
        stub = before.get(cell["id"])
        if stub is None:
            own.append(cell["source"])
        elif (task := answered_task(stub)) and cell["source"].strip() != stub["source"].strip():
            found[task] = cell["source"]
    return found | ({OWN: "\n\n".join(own)} if own else {})


def model_answers(lab: LabFiles) -> dict[str, str]:
    """The lab's own solutions, by task."""
    solved = json.loads(lab.solution.read_text(encoding="utf-8"))
    return {task: without_marks(source_of(cell)) for cell in solved["cells"] if (task := answered_task(cell))}


def stubs(lab: LabFiles) -> dict[str, list[str]]:
    """What stands in each task's solution cell before anybody wrote in it, in every language."""
    found: dict[str, list[str]] = {}
    for released in lab.released.values():
        for cell in released["cells"]:
            if task := answered_task(cell):
                found.setdefault(task, []).append(source_of(cell))
    return found
