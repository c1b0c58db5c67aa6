"""What a feedback page says at its top: each task by its name, its points, and why some were lost.

Plugged into nbgrader's generate_feedback by `grader/course/nbgrader/plug_in.py`: `Overview` is a preprocessor behind
GetGrades, `FeedbackExporter` draws it, in the notebook's language, with a template that extends nbgrader's own.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbgrader.server_extensions.formgrader
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from grader.course.intake.rebuild import task_name
from grader.course.language import LANGUAGES, Translate, translator

TEMPLATES = Path(__file__).parent / "feedback_page"
NBGRADERS = Path(nbgrader.server_extensions.formgrader.__file__).parent / "templates"
NOTE = "grader-note"  # the cell that says why nothing could be graded
NO_RESPONSE = "No response."  # what nbgrader itself notes at an answer that is as it was released
SIGNS = {"passed": "✓", "failed": "✗", "partly": "◐", "waits": "…"}

Outcome = Literal["passed", "failed", "partly", "waits"]


@dataclass(frozen=True)
class Row:
    """One task: its grade cell's id, where its answer is, its name, how it went, points as text, why some were lost,
    and whose comment there is."""

    cell: str
    answer: str
    name: str
    outcome: Outcome
    outcome_in_words: str
    points: str
    why: str
    comment: str

    @property
    def sign(self) -> str:
        """The outcome as one character."""
        return SIGNS[self.outcome]


@dataclass(frozen=True)
class PageTop:
    """All that the template shows besides the notebook."""

    language: str
    title: str
    rows: tuple[Row, ...]
    late_penalty: str
    note: str
    words: Mapping[str, str]

    @property
    def names(self) -> dict[str, str]:
        """Each task's name by the id of its grade cell."""
        return {row.cell: row.name for row in self.rows}

    @property
    def points(self) -> dict[str, str]:
        """Each task's points by the id of its grade cell."""
        return {row.cell: row.points for row in self.rows}


class Overview(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the page's top into `resources`, from what GetGrades has put into the notebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The notebook, without the comment that nbgrader itself makes, and `resources`."""
        own = resources["nbgrader"]
        with Gradebook(own["db_url"]) as gradebook:
            grades = gradebook.find_submission_notebook(own["notebook"], own["assignment"], own["student"]).grades
            # a mark that a regrade wants confirmed is one
            waiting = {grade.name for grade in grades if grade.needs_manual_grade and grade.manual_score is None}
        language = str(nb.metadata.get("course", {}).get("language", "en"))
        language = language if language in LANGUAGES else "en"
        totals = own["score"], own["max_score"], own["late_penalty"]
        own["overview"] = page_top(nb, own["notebook"], totals, waiting, language)
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("comment") == NO_RESPONSE:
                cell.metadata.nbgrader.comment = ""
        return nb, resources


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page with our top, unless the instructor's configuration names another template."""

    def __init__(self, config: Config | None = None, **options: Any) -> None:
        own = deepcopy(config or Config())
        if own.HTMLExporter.get("template_name") == "feedback":
            own.HTMLExporter.template_name = "course_feedback"
            own.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), *own.HTMLExporter.extra_template_basedirs]
            own.HTMLExporter.extra_template_paths = [*own.HTMLExporter.extra_template_paths, str(NBGRADERS)]
        super().__init__(config=own, **options)  # type: ignore[no-untyped-call]


def page_top(
    nb: NotebookNode, title: str, totals: tuple[float, float, float], waiting: Collection[str], language: str
) -> PageTop:
    """The page's top; `totals` are points, points in all, and the penalty for being late."""
    _ = translator(language)
    score, most, late = (number(value, language) for value in totals)
    first = nb.cells[0] if nb.cells else None
    note = first.source if first is not None and first.get("id") == NOTE else ""
    graded = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("points") is not None]
    comments = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.comment
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("comment")
    }
    solutions = (cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution"))
    answers = {cell.metadata.nbgrader.grade_id for cell in solutions}
    said = _("{notebook}: {points} of {most} points")
    if waiting:
        said = _("{notebook}: {points} of {most} points so far, not all is graded yet")
    return PageTop(
        language=language,
        title=said.format(notebook=title, points=score, most=most),
        rows=tuple(
            _row(cell, cell.metadata.nbgrader.grade_id in waiting, answers, comments, language, _) for cell in graded
        ),
        late_penalty=f"−{late}" if totals[2] else "",
        note=note.replace("**", ""),
        words={
            "answer": _("Your answer"),
            "check": _("Check of"),
            "comment": _("Comment"),
            "late": _("handed in late"),
            "top": _("to the top"),
        },
    )


def _row(
    cell: NotebookNode,
    waits: bool,
    answers: Collection[str],
    comments: Mapping[str, str],
    language: str,
    _: Translate,
) -> Row:
    mark = cell.metadata.nbgrader
    score, most = float(mark.get("score") or 0), float(mark.points)
    outcome: Outcome = "waits" if waits else "passed" if score >= most else "failed" if score <= 0 else "partly"
    in_words = {
        "passed": _("all points"),
        "failed": _("no points"),
        "partly": _("some of the points"),
        "waits": _("your instructor has yet to grade this"),
    }
    shown = "…" if waits else number(score, language)
    if waits:
        why = in_words["waits"]
    elif outcome == "passed":
        why = ""
    else:
        why = reason(cell) or (_("no answer was given") if comments.get(mark.grade_id) == NO_RESPONSE else "")
    owners = (f"solution-{mark.grade_id}", mark.grade_id)
    return Row(
        cell=mark.grade_id,
        answer=f"comment-{owners[0]}" if owners[0] in answers else mark.grade_id,
        name=task_name(mark.grade_id),
        outcome=outcome,
        outcome_in_words=in_words[outcome],
        points=f"{shown} / {number(most, language)}",
        why=why,
        comment=next((owner for owner in owners if comments.get(owner, NO_RESPONSE) != NO_RESPONSE), ""),
    )


def reason(cell: NotebookNode) -> str:
    """The first line of what a grade cell says of a wrong answer, without the task's name; empty if it says nothing."""
    for output in cell.get("outputs", []):
        said = output.get("evalue", "") if output.output_type == "error" else output.get("text", "")
        first = str(said).strip().partition("\n")[0]
        if output.output_type == "error" or first.startswith("✗"):
            name = task_name(cell.metadata.nbgrader.grade_id)
            return first.removeprefix("✗ ").removeprefix(f"{name}: ")
    return ""


def number(value: float, language: str) -> str:
    """Points to two places at most, as the language writes them: 1.5 or 1,5."""
    text = f"{round(value, 2):g}"
    return text.replace(".", ",") if language == "ru" else text
