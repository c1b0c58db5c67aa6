"""nbgrader's own preprocessors, with one question to the gradebook for all cells, and one commit for all of them.

What they decide is nbgrader's code, unchanged; only what they look up is there already.
"""

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry
from nbgrader.preprocessors import (
    CheckCellMetadata,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from grader.course.nbgrader.rebuilding_exporter import REBUILT

Resources = dict[str, Any]


class _Known:
    """What a preprocessor asks of a gradebook, for one notebook: rows by the name of their cell."""

    def __init__(self, **rows: Mapping[str, Any]) -> None:
        self._rows = rows
        self.db = self

    def commit(self) -> None:
        """Later, for all cells together."""

    def __getattr__(self, question: str) -> Any:
        rows = self._rows[question.removeprefix("find_")]

        def find(name: str, *_: str) -> Any:
            if name not in rows:
                raise MissingEntry(f"No such row in the database: {name}")
            return rows[name]

        return find


class BatchedOverwriteCells(OverwriteCells):  # type: ignore[misc]
    """Puts locked cells back as the gradebook has them."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id = names["notebook"], names["assignment"]
        with Gradebook(names["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(self.notebook_id, self.assignment_id)
            source = {cell.name: cell for cell in notebook.source_cells}
            graded = {cell.name: cell for cell in (*notebook.grade_cells, *notebook.task_cells)}
            self.gradebook = _Known(source_cell=source, graded_cell=graded)
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            self.gradebook = gradebook
            if self.add_missing_cells:
                nb, resources = self.add_missing_grade_cells(nb, resources)
                nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources


class BatchedSaveAutoGrades(SaveAutoGrades):  # type: ignore[misc]
    """Writes the automatic scores into the gradebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.student_id = (
            names[key] for key in ("notebook", "assignment", "student")
        )
        with Gradebook(names["db_url"]) as gradebook:
            handed_in = gradebook.find_submission_notebook(self.notebook_id, self.assignment_id, self.student_id)

            def rows(kind: Any) -> dict[str, Any]:
                asked = gradebook.db.query(kind, BaseCell.name).join(BaseCell, kind.cell_id == BaseCell.id)
                return {name: row for row, name in asked.filter(kind.notebook_id == handed_in.id)}

            self.gradebook = _Known(grade=rows(Grade), comment=rows(Comment))
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            gradebook.db.commit()
        return nb, resources


class _OfOthers(NbGraderPreprocessor):  # type: ignore[misc]
    """Leaves notebooks alone that we rebuilt: their frame is the released one."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        if resources.get(REBUILT):
            return nb, resources
        looked_at: tuple[NotebookNode, Resources] = super().preprocess(nb, resources)
        return looked_at


class CheckOthersMetadata(_OfOthers, CheckCellMetadata):  # type: ignore[misc]
    """Checks the metadata of notebooks that we didn't rebuild."""


class OverwriteOthersKernelspec(_OfOthers, OverwriteKernelspec):  # type: ignore[misc]
    """Puts the kernel's name back in notebooks that we didn't rebuild."""
