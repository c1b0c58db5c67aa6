"""Sample classes: submissions made from recipes, that is from the solution and real edits to it.

A recipe in a class file (TOML) names a student, a language, and what the student did otherwise
than the model solution:

    [[submission]]
    student = "petrov"
    language = "ru"
    story = "adds the bias on both devices"
    fails = ["row.forward"]            # the tasks that must lose their points
    points = 17
    edits = [{ task = "row.forward", old = "+ b", new = "+ b_gpu1 + b_gpu2" }]

`left` lists tasks left as released, `untouched = true` leaves all of them, `no_check` and
`no_solution` list tasks whose cells were deleted, `own` adds cells of the student's own before a
task's solution cell.
"""

import json
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course.errors import CourseError
from grader.course.intake.lab_files import LabFiles
from grader.course.intake.rebuild import Notebook, extra_cell, task_name, task_of
from grader.course.language import Translate
from grader.lab.registry import folder_of, labs


@dataclass(frozen=True)
class Recipe:
    """One student's submission, as it differs from the solution, and what it must earn."""

    student: str
    language: str
    story: str
    points: float
    fails: tuple[str, ...] = ()
    edits: tuple[dict[str, str], ...] = ()
    left: tuple[str, ...] = ()
    untouched: bool = False
    no_check: tuple[str, ...] = ()
    no_solution: tuple[str, ...] = ()
    own: tuple[dict[str, str], ...] = ()


def class_file(lab: str) -> Path:
    """Where the recipes of a lab's sample class are. Raises KeyError: there is no lab of that name."""
    return folder_of(lab) / "class" / "class.toml"


def lab_to_show(asked: str | None, _: Translate) -> str:
    """The lab that was asked for, or else the first that has a sample class.

    Raises:
        CourseError: it has none, or none has.
    """
    have = [lab for lab in sorted(labs()) if class_file(lab).is_file()]
    if asked is None and have:
        return have[0]
    if (asked in labs() and asked not in have) or asked is None:
        raise CourseError(
            _("{lab} has no sample class, class/class.toml in its folder; these have one: {labs}"),
            lab=asked or "grader/labs", labs=", ".join(have),
        )  # fmt: skip
    return asked


def read_recipes(path: Path) -> list[Recipe]:
    """The recipes of a class file, in its order."""
    with path.open("rb") as file:
        entries: list[dict[str, Any]] = tomllib.load(file)["submission"]
    return [_recipe(entry) for entry in entries]


def _recipe(entry: dict[str, Any]) -> Recipe:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Recipe(**fields)


def write_class(folder: Path, recipes: list[Recipe], lab: LabFiles, solutions: Path) -> None:
    """The class's submissions, each at FOLDER/STUDENT/LAB/LAB.ipynb."""
    for recipe in recipes:
        solution = solutions / recipe.language / lab.lab / f"{lab.lab}.ipynb"
        solved = json.loads(solution.read_text(encoding="utf-8"))
        notebook = submission(recipe, lab.released[recipe.language], solved)
        path = folder / recipe.student / lab.lab / f"{lab.lab}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")


def submission(recipe: Recipe, released: Notebook, solved: Notebook) -> Notebook:
    """What this student hands in."""
    answers = {task: without_marks(source_of(cell)) for cell in solved["cells"] if (task := answered_task(cell))}
    notebook = deepcopy(released)
    taken = {cell["id"] for cell in notebook["cells"]}
    cells: list[dict[str, Any]] = []
    for cell in notebook["cells"]:
        task = answered_task(cell)
        if checked_task(cell) in recipe.no_check or task in recipe.no_solution:
            continue
        if task and not recipe.untouched and task not in recipe.left:
            cells.extend(extra_cell(own["text"], taken) for own in recipe.own if own["before"] == task)
            cell["source"] = edited(answers[task], task, recipe)
        cells.append(cell)
    notebook["cells"] = cells
    return notebook


def edited(text: str, task: str, recipe: Recipe) -> str:
    """The model answer with this student's edits; each edit must apply."""
    for edit in recipe.edits:
        if edit["task"] == task:
            if edit["old"] not in text:
                raise ValueError(f"{recipe.student}: {edit['old']!r} is not in {task}:\n{text}")
            text = text.replace(edit["old"], edit["new"])
    return text


def answered_task(cell: dict[str, Any]) -> str:
    """The task that is answered in this cell, in code or in prose; empty for other cells."""
    mark = cell["metadata"].get("nbgrader", {})
    if not mark.get("solution"):
        return ""
    return task_of(source_of(cell)) or task_name(mark["grade_id"])


def checked_task(cell: dict[str, Any]) -> str:
    """The task that is checked in this locked cell; empty for other cells."""
    mark = cell["metadata"].get("nbgrader", {})
    return task_name(mark["grade_id"]) if mark.get("grade") and not mark.get("solution") else ""


def source_of(cell: dict[str, Any]) -> str:
    """The cell's text, whether its file keeps it in one string or in lines."""
    source = cell["source"]
    return "".join(source) if isinstance(source, list) else str(source)


def without_marks(text: str) -> str:
    """The solution without the comments that tell nbgrader where it begins and ends."""
    marks = ("### BEGIN SOLUTION", "### END SOLUTION")
    return "\n".join(line for line in text.split("\n") if line.strip() not in marks)
