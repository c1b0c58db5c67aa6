"""Where the course's notebooks lie, and what is in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import from_dict

from grader.course.errors import CourseError
from grader.course.intake.rebuild import Notebook, task_name
from grader.course.language import LANGUAGES, Translate

TREES = ("solutions", "assignments")


@dataclass(frozen=True)
class LabFiles:
    """The built notebooks of one lab."""

    lab: str
    solution: Path
    released: dict[str, Notebook]

    def in_language(self, language: str) -> Notebook:
        """The released notebook of that language; of a draft that isn't translated yet, the English one."""
        return self.released.get(language) or self.released[LANGUAGES[0]]

    @property
    def tasks(self) -> dict[str, float]:
        """The lab's tasks in order, with their points."""
        return {task_name(mark["grade_id"]): float(mark["points"]) for mark in self._marks() if mark.get("grade")}

    @property
    def by_hand(self) -> set[str]:
        """The tasks whose answer is a text that the instructor grades."""
        return {task_name(mark["grade_id"]) for mark in self._marks() if mark.get("grade") and mark.get("solution")}

    def _marks(self) -> list[dict[str, Any]]:
        cells = next(iter(self.released.values()))["cells"]
        return [cell["metadata"].get("nbgrader", {}) for cell in cells]


def find_root() -> Path:
    """The checkout: the current folder if it has labs, else the one that the code is in."""
    here = Path.cwd()
    return here if (here / "solutions").is_dir() else Path(__file__).resolve().parents[3]


def lab_files(root: Path, lab: str, _: Translate) -> LabFiles:
    """The lab's solution, and its released notebooks in each language that it is built in: a draft lacks some."""
    released_root = root / "assignments"
    labs = sorted({path.parent.name for path in released_root.glob("*/*/*.ipynb")})
    if not labs:
        raise CourseError(_("{folder} holds no notebooks: run `python -m grader build` first."), folder=released_root)
    if lab not in labs:
        raise CourseError(_("There is no lab {lab!r}; the labs are: {labs}."), lab=lab, labs=", ".join(labs))
    solution = root / "solutions" / LANGUAGES[0] / lab / f"{lab}.ipynb"
    # a draft has no solution in the languages that it lacks; where there is one, what was released is missing
    built = [name for name in LANGUAGES[1:] if any((root / tree / name / lab).is_dir() for tree in TREES)]
    paths = {name: released_root / name / lab / f"{lab}.ipynb" for name in (LANGUAGES[0], *built)}
    missing = [path for path in (solution, *paths.values()) if not path.is_file()]
    if missing:
        raise CourseError(_("{file} is missing: run `python -m grader build` first."), file=missing[0])
    return LabFiles(lab, solution, {name: _as_released(path, _) for name, path in paths.items()})


def _as_released(path: Path, _: Translate) -> Notebook:
    """The notebook as it was released, whatever it has shown since to somebody who ran it.

    Raises:
        CourseError: somebody worked in it: submissions are rebuilt from it, and would have their answers.
    """
    from nbgrader.utils import compute_checksum

    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("checksum", "") != (compute_checksum(from_dict(cell)) if "checksum" in mark else ""):
            raise CourseError(
                _("{file} isn't as it was released any more: {cell} was changed. Put it back with `python -m grader "
                  "build`, and work in a copy."),
                file=path, cell=mark.get("grade_id"),
            )  # fmt: skip
    return notebook
