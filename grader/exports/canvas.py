"""The gradebook as Canvas' Gradebook imports it.

What Canvas reads (its guide "How do I import grades in the Gradebook?", and its importer, lib/gradebook_importer.rb):

- The first row has, in this order, `Student`, `ID`, `SIS User ID`, `SIS Login ID`, `Section`, then an assignment a
  column. `ID`, `SIS Login ID` and `Section` have to be there, their cells may be empty.
- A row whose first cell has `Points Possible` in it gives each new assignment's points.
- A student is found by `ID`, Canvas' own number; else by `SIS User ID`; else by `SIS Login ID`; else by the name,
  `Last, First`. Of `ID` only the digits in front are read, so nothing but a number may stand there.
- An assignment is found by its title, or by a number in brackets after it; one that isn't found is made.
- An empty cell changes nothing. A number has a decimal point and no thousands' separator.
- Columns with `Current Score`, `Final Score` and the like in their title are read-only, and skipped.
"""

from collections.abc import Iterator, Sequence

from traitlets import Unicode

from grader.exports.grades import Column, GradesExporter, Person, plain

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
NO_TITLES = tuple(
    f"{when} {what}" for when in ("Current", "Final", "Override") for what in ("Score", "Points", "Grade")
)
NO_TITLES += ("Override Status",)


class CanvasExporter(GradesExporter):
    """Canvas' gradebook CSV: the gradebook's lms_user_id is Canvas' ID if it is a number, else the SIS User ID."""

    default_name = "canvas.csv"
    rows_above = 2
    section = Unicode("", help="What stands in the column Section.").tag(config=True)

    def rows(self, people: Sequence[Person], columns: Sequence[Column]) -> Iterator[Sequence[str]]:
        """Header, points possible, and a row a student."""
        _ = self.say
        titles = [column.title for column in columns]
        for title in titles:
            if title in HEADER or any(taken in title for taken in NO_TITLES):
                self.refuse(_("Canvas would skip a column called {title!r}: set CanvasExporter.titles."), title=title)
        yield [*HEADER, *titles]
        yield ["    Points Possible", "", "", "", "", *(plain(column.max_score) for column in columns)]
        for person in people:
            scores = [column.scores[person.id] for column in columns]
            written = ["" if score is None else plain(score) for score in scores]
            yield [self._name(person), *self._ids(person), self.section, *written]

    def _name(self, person: Person) -> str:
        return ", ".join(filter(None, (person.last_name, person.first_name))) or person.id

    def _ids(self, person: Person) -> tuple[str, str, str]:
        number = person.lms_user_id.isascii() and person.lms_user_id.isdigit()
        return (
            ("", "", person.id)
            if not person.lms_user_id
            else ((person.lms_user_id, "", person.id) if number else ("", person.lms_user_id, person.id))
        )
