"""A submission rebuilt on the released notebook, from the student's texts alone.

Stock nbgrader runs the notebook that the student hands in. Here the notebook that is run is
always the released one: the student's cells only lend it their text. So a lost or changed locked
cell, a copied grade cell or odd metadata can neither cost nor earn points.

What is taken, and where it goes:

- a solution cell's text, by its grade_id, or by its first line `%%task name` where the metadata is
  lost. If a task is answered in several cells, the last one that isn't the released stub counts,
  and the other copies are left out;
- the text of every other code cell, right behind the same cell as in the student's notebook. A
  changed first cell (it belongs to nobody's points) counts as such a cell of the student's;
- the text of the manually graded answer with the PNG and JPEG pictures pasted into it. Other
  markdown, outputs and metadata stay behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from grader.course.intake.harmless_prose import Pictures, pictures_in, with_pictures
from grader.course.results.flags import Flag, Unreadable

Notebook = dict[str, Any]

MAX_BYTES = 20 << 20
MAX_CELLS = 1000
MAX_TEXT = 2_000_000  # characters in all cells together
MAX_VALUES = 4_000_000  # lists, objects and their items: each takes many times the memory of its two bytes
TOP = -1  # the place before the first cell
MARKS = ("grade", "solution", "locked", "task", "points", "schema_version")


@dataclass(frozen=True)
class Intake:
    """What came of one submission: the notebook to run, or none if it can't be read."""

    language: str
    notebook: Notebook | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class HandedInCell:
    """A student's cell, reduced to what the intake believes."""

    kind: str
    text: str
    grade_id: str = ""
    cell_id: str = ""
    marks: Mapping[str, Any] = field(default_factory=dict)
    tags: object = None
    pictures: Pictures = field(default_factory=dict)


def take_in(raw: bytes, released: Mapping[str, Notebook]) -> Intake:
    """The submission rebuilt on the released notebook of its own language."""
    try:
        document = parse(raw)
        cells = cells_of(document)
        language, flags = language_of(document, cells, released)
        notebook, more = rebuild(cells, released[language])
    except Unreadable as problem:
        return Intake("", None, (problem.flag,))
    except RecursionError:  # how deep is too deep differs from one look at it to the next
        return Intake("", None, (Flag("not-json", "RecursionError"),))
    return Intake(language, notebook, (*flags, *more))


def parse(raw: bytes) -> Notebook:
    """The notebook's JSON, once it is known to be a notebook of format 4."""
    if len(raw) > MAX_BYTES:
        raise Unreadable("too-large", f"{MAX_BYTES >> 20} MiB")
    if sum(raw.count(sign) for sign in b",[{") > MAX_VALUES:
        raise Unreadable("too-large", f"{MAX_VALUES:,} values")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as problem:
        raise Unreadable("not-json", f"line {problem.lineno}") from None
    except (ValueError, RecursionError) as problem:
        raise Unreadable("not-json", type(problem).__name__) from None
    if not isinstance(document, dict):
        raise Unreadable("not-a-notebook", type(document).__name__)
    if "nbformat" not in document:
        raise Unreadable("not-a-notebook", "nbformat?")
    if document["nbformat"] != 4:
        raise Unreadable("old-format", str(document["nbformat"])[:20] if isinstance(document["nbformat"], int) else "?")
    return document


def cells_of(document: Notebook) -> list[HandedInCell]:
    """The cells' texts and names; whatever else they carry is left behind."""
    listed = document.get("cells")
    if not isinstance(listed, list):
        raise Unreadable("not-a-notebook", "cells?")
    if len(listed) > MAX_CELLS:
        raise Unreadable("not-a-notebook", f"{len(listed)} cells")
    cells = [_cell(cell, number) for number, cell in enumerate(listed, 1)]
    if sum(len(cell.text) for cell in cells) > MAX_TEXT:
        raise Unreadable("too-large", f"{MAX_TEXT:,} characters")
    return cells


def _cell(cell: object, number: int) -> HandedInCell:
    if not isinstance(cell, dict):
        raise Unreadable("not-a-notebook", f"cell {number}")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unreadable("not-a-notebook", f"cell {number}: source")
    # A lone surrogate passes JSON but can't be written to a file.
    text = source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return HandedInCell(
        kind=str(cell.get("cell_type")),
        text=text,
        grade_id=grade_id if isinstance(grade_id, str) else "",
        cell_id=str(cell.get("id", "")),
        marks=nbgrader if isinstance(nbgrader, dict) else {},
        tags=metadata.get("tags") if isinstance(metadata, dict) else None,
        pictures=pictures_in(cell.get("attachments")),
    )


def language_of(
    document: Notebook, cells: list[HandedInCell], released: Mapping[str, Notebook]
) -> tuple[str, list[Flag]]:
    """The submission's language: its metadata says so, else the released notebook that shares most of its words."""
    metadata = document.get("metadata")
    course = metadata.get("course") if isinstance(metadata, dict) else None
    named = course.get("language") if isinstance(course, dict) else None
    if isinstance(named, str) and named in released:
        return named, []
    said = words(cell.text for cell in cells if cell.kind == "markdown")
    shared = {
        language: len(said & words(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"))
        for language, notebook in released.items()
    }
    guess = max(shared, key=lambda language: shared[language])
    return guess, [Flag("no-course-metadata", guess)]


def words(texts: Iterable[str]) -> set[str]:
    """The different words in the texts."""
    return {word for text in texts for word in re.findall(r"\w+", text)}


class Skeleton:
    """The released notebook, and which of its cells a student's cell stands for."""

    def __init__(self, released: Notebook) -> None:
        self.cells: list[dict[str, Any]] = released["cells"]
        self.by_name: dict[str, int] = {}
        self.by_task: dict[str, int] = {}
        self.plain_by_id: dict[str, int] = {}
        self.plain_by_text: dict[str, int] = {}
        for place, cell in enumerate(self.cells):
            if name := self.name(place):
                self.by_name[name] = place
                if task := task_of(cell["source"]):
                    self.by_task[task] = place
            else:
                self.plain_by_id[cell.get("id", "")] = place
                self.plain_by_text[cell["source"].strip()] = place

    def name(self, place: int) -> str:
        """The cell's grade_id, empty for plain cells."""
        return str(self.cells[place]["metadata"].get("nbgrader", {}).get("grade_id", ""))

    def is_solution(self, place: int) -> bool:
        """Whether the student writes in this cell."""
        return bool(self.cells[place]["metadata"].get("nbgrader", {}).get("solution"))

    def subject(self, place: int) -> str:
        """What a person calls the cell: its task, else its name written like a task's."""
        return task_of(self.cells[place]["source"]) or task_name(self.name(place))

    def place(self, cell: HandedInCell) -> int | None:
        """Where the student's cell belongs; None for a cell of the student's own."""
        if cell.grade_id in self.by_name:
            return self.by_name[cell.grade_id]
        if cell.kind == "code" and (task := task_of(cell.text)) in self.by_task:
            return self.by_task[task]
        if cell.cell_id and cell.cell_id in self.plain_by_id:
            return self.plain_by_id[cell.cell_id]
        return self.plain_by_text.get(cell.text.strip())


def task_name(grade_id: str) -> str:
    """The task that a graded cell belongs to: nbgrader's ids may not hold the dot of its name."""
    return re.sub("[-_]", ".", grade_id, count=1)


def task_of(text: str) -> str:
    """The task that a cell's first line `%%task name` names, else nothing; blank lines and comments may be above it."""
    lines = (line.strip() for line in text.split("\n"))
    top = next((line for line in lines if line and not line.startswith("#")), "")
    first, *rest = top.split()[:2] or [""]
    return rest[0] if first == "%%task" and rest else ""


def rebuild(cells: list[HandedInCell], released: Notebook) -> tuple[Notebook, list[Flag]]:
    """The released notebook with the student's texts in their places."""
    skeleton = Skeleton(released)
    copies: dict[int, list[HandedInCell]] = {}
    own: dict[int, list[str]] = {}
    anchor = TOP
    for cell in cells:
        place = skeleton.place(cell)
        if place is not None:
            anchor = place
            copies.setdefault(place, []).append(cell)
        # Both a cell of the student's own and a changed plain cell run as extra cells.
        changed = place is not None and not skeleton.name(place) and differs(skeleton, place, cell)
        if (place is None or changed) and cell.kind == "code" and cell.text.strip():
            own.setdefault(anchor, []).append(cell.text)

    solutions = [place for place in range(len(skeleton.cells)) if skeleton.is_solution(place)]
    if not any(place in copies for place in solutions):
        raise Unreadable("no-tasks")

    flags: list[Flag] = []
    built: list[dict[str, Any]] = []
    taken = {str(cell.get("id", "")) for cell in skeleton.cells}
    for place in range(TOP, len(skeleton.cells)):
        if place != TOP:
            cell_out, cell_flags = fill(skeleton, place, copies.get(place, []))
            built.append(cell_out)
            flags.extend(cell_flags)
        for text in own.get(place, []):
            built.append(extra_cell(text, taken))
    notebook = deepcopy({key: value for key, value in released.items() if key != "cells"})
    notebook["cells"] = built
    return notebook, flags


def differs(skeleton: Skeleton, place: int, cell: HandedInCell) -> bool:
    """Whether the student's cell is not the released one (blank ends don't count)."""
    return cell.text.strip() != str(skeleton.cells[place]["source"]).strip()


def fill(skeleton: Skeleton, place: int, copies: list[HandedInCell]) -> tuple[dict[str, Any], list[Flag]]:
    """The released cell, with the student's text if it is theirs to write, and what to say."""
    cell = deepcopy(skeleton.cells[place])
    stub = str(cell["source"]).strip()
    subject = skeleton.subject(place)
    if skeleton.is_solution(place):
        if not copies:
            return cell, [Flag("solution-cell-missing", subject)]
        written = [copy for copy in copies if copy.text.strip() not in ("", stub)]
        write(cell, (written or copies)[-1])
        flags = [Flag("solution-cell-duplicated", subject)] if len(copies) > 1 else []
        return cell, flags + marked(cell, copies, subject)
    if not subject:
        return cell, []
    if not copies:
        return cell, [Flag("locked-cell-missing", subject)]
    flags = [Flag("locked-cell-duplicated", subject)] if len(copies) > 1 else []
    if any(copy.text.strip() != stub for copy in copies):
        flags.append(Flag("locked-cell-edited", subject))
    return cell, flags + marked(cell, copies, subject)


def marked(cell: dict[str, Any], copies: list[HandedInCell], subject: str) -> list[Flag]:
    """What to say where the student's cell is of another kind, or has other marks than nbgrader gave it."""
    flags = []
    if any(copy.kind != cell["cell_type"] for copy in copies):
        flags.append(Flag("cell-retyped", subject))
    given = cell["metadata"]["nbgrader"]
    others = [copy.marks[key] != given.get(key, False) for copy in copies for key in MARKS if key in copy.marks]
    tags = cell["metadata"].get("tags")
    if any(others) or any(copy.tags and copy.tags != tags for copy in copies):
        flags.append(Flag("cell-metadata-changed", subject))
    return flags


def write(cell: dict[str, Any], by_student: HandedInCell) -> None:
    """Puts the student's text, and the pictures that belong to it, into the released cell."""
    cell["source"] = by_student.text
    if cell["cell_type"] == "markdown":
        cell["source"] = with_pictures(by_student.text, by_student.pictures)
        if by_student.pictures:
            cell["attachments"] = by_student.pictures


def extra_cell(text: str, taken: set[str]) -> dict[str, Any]:
    """A code cell of the student's own, under an id that no other cell has."""
    number = 1
    while f"own-{number}" in taken:
        number += 1
    taken.add(f"own-{number}")
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"own-{number}",
        "metadata": {},
        "outputs": [],
        "source": text,
    }
