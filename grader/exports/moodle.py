"""The gradebook as Moodle's grade import (CSV) takes it.

What Moodle reads (its documentation, "Grade import", and its importer, grade/import/csv/classes/load_data.php):

- The first row names the columns. At import one of them is chosen as the student ("Map from") together with what it is
  ("Map to": Email address, ID number, Username), and each grade column is mapped to a grade item, or to a new one.
  Columns that aren't mapped are ignored.
- A student who isn't found stops the whole import. In a row whose student is empty Moodle keeps the one of the row
  before: such a row must not be there.
- Emails are compared letter by letter, small and capital ones too.
- `-` or nothing is no grade. Above 100 points the import stops, unless the site allows more (gradepointmax).
- Comma-separated, UTF-8.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from traitlets import Unicode

from grader.exports.grades import Column, GradesExporter, Person, plain

HEADER = ("First name", "Last name", "ID number", "Email address", "Username")
FIELDS = {"ID number": "lms_user_id", "Email address": "email", "Username": "id"}
NO_GRADE = "-"
MOST = 100


class MoodleExporter(GradesExporter):
    """Moodle's grade import: the gradebook's lms_user_id is the ID number, nbgrader's student id the username."""

    default_name = "moodle.csv"
    map_from = Unicode(
        "Email address", help=f"The column that will tell Moodle who a student is: {', '.join(FIELDS)}."
    ).tag(config=True)

    def rows(self, people: Sequence[Person], columns: Sequence[Column]) -> Iterator[Sequence[str]]:
        """Header, and a row for each student whom Moodle can find."""
        _ = self.say
        if self.map_from not in FIELDS:  # refused here, since a trait's own refusal ends nbgrader with a traceback
            self.refuse(
                _("MoodleExporter.map_from is {given!r}: choose one of {columns}."),
                given=self.map_from, columns=", ".join(map(repr, FIELDS)),
            )  # fmt: skip
        column_of = "Username" if self.anonymous else self.map_from
        found = [person for person in people if getattr(person, FIELDS[column_of]).strip()]
        self._warn(people, found, columns, column_of)
        yield [*HEADER, *(column.title for column in columns)]
        for person in found:
            scores = [column.scores[person.id] for column in columns]
            written = [NO_GRADE if score is None else plain(score) for score in scores]
            yield [person.first_name, person.last_name, person.lms_user_id, person.email, person.id, *written]

    def _warn(
        self, people: Sequence[Person], found: Sequence[Person], columns: Sequence[Column], column_of: str
    ) -> None:
        _ = self.say
        counts = Counter(getattr(person, FIELDS[column_of]) for person in found)
        if twice := [text for text, count in counts.items() if count > 1]:
            self.refuse(
                _("Two students have the same {column} ({text}): mend the gradebook first."),
                column=column_of, text=", ".join(sorted(twice)),
            )  # fmt: skip
        if left := [person.id for person in people if person not in found]:
            self.warn(
                _("Left out, since the gradebook has no {column} for them: {students}. Add it with `nbgrader db "
                  "student add`, or set MoodleExporter.map_from."),
                column=column_of, students=", ".join(left),
            )  # fmt: skip
        for column in columns:
            if column.max_score > MOST:
                self.warn(
                    _("{title} has more than 100 points: Moodle takes that only where gradepointmax allows it."),
                    title=column.title,
                )  # fmt: skip
