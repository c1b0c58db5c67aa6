"""A gradebook's students and their scores, as every exporter needs them."""

import csv
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Dict, Unicode

from grader.course.judging.course_key import course_key
from grader.course.language import Translate, language_of_environment, translator

PURPOSE = b"anonymous ids"  # the judge draws its values from the course key: this is another use and another key
DIGITS = 12


@dataclass(frozen=True)
class Person:
    """A student of the gradebook; nothing that the gradebook lacks is made up."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass(frozen=True)
class Column:
    """One assignment: its title in the other system, its points, and each student's score; None where there is none."""

    title: str
    max_score: float
    scores: dict[str, float | None]


class GradesExporter(ExportPlugin):  # type: ignore[misc]
    """What the exporters have in common: whom and what they export, and under which names."""

    default_name = "grades.csv"
    rows_above = 1  # of the first student's row
    anonymous = Bool(
        False,
        help="Write anonymous ids in place of everything that tells who a student is. They follow from the course "
        "key, so that they stay the same from export to export.",
    ).tag(config=True)
    missing_is_zero = Bool(False, help="Write 0 for a student who handed nothing in; else the place is left open.").tag(
        config=True
    )
    titles = Dict(
        key_trait=Unicode(), value_trait=Unicode(), help="The other system's title for an assignment, by its name here."
    ).tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Writes the file named by --to."""
        _ = self.say
        people = self._people(gradebook)
        columns = self._columns(gradebook)
        if not columns:
            self.refuse(_("There is no such assignment in the gradebook: see `nbgrader db assignment list`."))
        if self.anonymous:
            people, columns = self._without_names(people, columns)
        target = Path(self.to or self.default_name)
        written = list(self.rows(people, columns))
        try:
            with target.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(written)
        except OSError as problem:
            self.refuse(_("{file} can't be written: {why}."), file=target, why=problem.strerror)
        self.log.info("Exported %d students to %s", len(written) - self.rows_above, target)

    def rows(self, people: Sequence[Person], columns: Sequence[Column]) -> Iterable[Sequence[str]]:
        """The file's rows, the header first."""
        raise NotImplementedError

    @property
    def say(self) -> Translate:
        """How to speak to the instructor."""
        return translator(language_of_environment())

    def refuse(self, reason: str, **facts: object) -> None:
        """Ends the command with that line."""
        raise SystemExit(reason.format(**facts))

    def warn(self, text: str, **facts: object) -> None:
        """Says that on the way, and goes on."""
        self.log.warning(text.format(**facts))

    def _people(self, gradebook: Gradebook) -> list[Person]:
        wanted = {str(student) for student in self.student}
        return [
            Person(
                found.id, *(text or "" for text in (found.first_name, found.last_name, found.email, found.lms_user_id))
            )
            for found in gradebook.students
            if not wanted or found.id in wanted
        ]

    def _columns(self, gradebook: Gradebook) -> list[Column]:
        _ = self.say
        wanted = {str(name) for name in self.assignment}
        columns = []
        labs = sorted(assignment.name for assignment in gradebook.assignments)
        for name in sorted(set(self.titles) - set(labs)):
            self.warn(
                _("{option} names {name!r}, which is no assignment in the gradebook; these are: {labs}."),
                option=f"{type(self).__name__}.titles", name=name, labs=", ".join(labs),
            )  # fmt: skip
        for assignment in gradebook.assignments:
            if wanted and assignment.name not in wanted:
                continue
            waiting = sum(map(_waits, assignment.submissions))
            if waiting:
                self.warn(
                    _("{count} submissions of {lab} wait for a person's grade: their points may still rise."),
                    count=waiting, lab=assignment.name,
                )  # fmt: skip
            scores = {student.id: self._score(gradebook, assignment.name, student.id) for student in gradebook.students}
            title = self.titles.get(assignment.name, assignment.name)
            columns.append(Column(title, float(assignment.max_score or 0), scores))
        return columns

    def _score(self, gradebook: Gradebook, assignment: str, student: str) -> float | None:
        try:
            found: Any = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return 0.0 if self.missing_is_zero else None
        return max(0.0, float(found.score) - float(found.late_submission_penalty or 0))

    def _without_names(self, people: list[Person], columns: list[Column]) -> tuple[list[Person], list[Column]]:
        """The same in an order that tells nothing either."""
        course: Any = getattr(self.parent, "coursedir", None)
        key = course_key(Path(course.root) if course else Path.cwd())
        ids = {student: anonymous_id(key, student) for column in columns for student in column.scores}
        renamed = [
            Column(column.title, column.max_score, {ids[student]: score for student, score in column.scores.items()})
            for column in columns
        ]
        return [Person(id) for id in sorted(ids[person.id] for person in people)], renamed


def plain(score: float) -> str:
    """A score with a decimal point, without needless zeros and without rounding."""
    return f"{score:.10f}".rstrip("0").rstrip(".")


def _waits(submission: Any) -> bool:
    """Whether a person has yet to grade a part of it; a mark that a regrade wants confirmed is one."""
    grades = (grade for notebook in submission.notebooks for grade in notebook.grades)
    return any(grade.needs_manual_grade and grade.manual_score is None for grade in grades)


def anonymous_id(course_key: bytes, student: str) -> str:
    """The same name for the same student in the same course; without the course key nobody can find who it is."""
    own_key = hmac.new(course_key, PURPOSE, hashlib.sha256).digest()
    return f"anon-{hmac.new(own_key, student.encode(), hashlib.sha256).hexdigest()[:DIGITS]}"
