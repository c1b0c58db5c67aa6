"""A lab's points, which the lab says once: whether the notebook's cells, and every table that shows them, agree."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from grader.authoring.source import Problem, Source

# The points of each task of a lab, by name; those that a person gives are among them. KeyError for no lab.
Points = Mapping[str, float]
PointsOf = Callable[[str], Points]
Line = tuple[int, str]

# How a column of points is called; tables in other languages are not read.
COLUMN = {"points", "баллы"}
NOTHING = {"", "-", "–", "—"}

_SAID = re.compile(r"`([\w.]+)`[^`|\d]{0,12}(\d+(?:[.,]\d+)?) (?:points?|балл\w*)\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?)?\s*")


def problems_in_points(source: Source, points: Points) -> Iterator[Problem]:
    """Where the notebook's graded cells aren't the lab's tasks, or its text shows other points than the lab has."""
    asked = {cell.task for cell in source.cells if cell.task is not None}
    for cell in source.cells:
        if cell.task is not None and cell.task not in points:
            known = ", ".join(points)
            text = f"the lab has no task {cell.task}: declare it and its points in the lab, or use one of {known}"
            yield Problem(cell.marker, text)
        elif cell.task is not None and not points[cell.task] > 0:
            text = f"the lab gives {cell.task} {points[cell.task]:g} points: give it a number above 0 there"
            yield Problem(cell.marker, text)
    for task in points:
        if task not in asked:
            text = f'the lab\'s task {task} has no cell here: write its solution cell and `# %% check="{task}"`'
            yield Problem(1, text)
    for language in source.languages:
        cells = list(source.in_language(language))
        lines = [line for cell in cells if cell.type == "markdown" for line in cell.lines()]
        yield from _in_text(lines, source.lab, points, _by_heading(source, language, points))


def problems_in_page(page: Path, labs: Mapping[str, Points]) -> list[Problem]:
    """Where a page shows other points than a lab has.

    A table is about the lab that was last named above it with its points, as in "`linear` has 20 points".
    """
    found: list[Problem] = []
    part: list[Line] = []
    lab = ""
    for number, text in enumerate(page.read_text(encoding="utf-8").split("\n"), start=1):
        named = [name for name, _ in _SAID.findall(text) if "." not in name]
        if named:
            found += _in_text(part, lab, labs[lab], {}) if lab in labs else []
            part, lab = [], named[-1]
        part.append((number, text))
    found += _in_text(part, lab, labs[lab], {}) if lab in labs else []
    return found


def _by_heading(source: Source, language: str, points: Points) -> dict[str, float]:
    """The points under each heading `## ...` of the notebook."""
    found: dict[str, float] = {}
    heading = ""
    for cell in source.in_language(language):
        for _, line in cell.lines() if cell.kind == "prose" else ():
            if line.startswith("## "):
                heading = line.removeprefix("## ").strip()
                found[heading] = 0.0
        if cell.task is not None and heading:
            found[heading] += points.get(cell.task, 0.0)
    return found


def _in_text(lines: list[Line], lab: str, points: Points, headings: Mapping[str, float]) -> Iterator[Problem]:
    for number, text in lines:
        for name, said in _SAID.findall(text):
            if name == lab:
                yield from _differs(number, lab, _total(points), said)
            elif name in points:
                yield from _differs(number, name, points[name], said)
            elif "." in name:
                yield Problem(number, f"the lab has no task {name}: correct its name")
    for column, header, rows in _tables(lines):
        yield from _in_table(column, header, rows, points, headings)


def _tables(lines: Iterable[Line]) -> Iterator[tuple[int, Line, list[Line]]]:
    """Each table that has a column of points: that column, the header and the rows."""
    table: list[Line] = []
    for line in [*lines, (0, "")]:
        if line[1].lstrip().startswith("|"):
            table.append(line)
            continue
        if len(table) > 1 and _RULE.fullmatch(table[1][1].strip()):
            names = [name.casefold() for name in _row(table[0][1])]
            column = next((place for place, name in enumerate(names) if name in COLUMN), None)
            if column is not None:
                yield column, table[0], table[2:]
        table = []


def _in_table(
    column: int, header: Line, rows: list[Line], points: Points, headings: Mapping[str, float]
) -> Iterator[Problem]:
    sections = 0.0
    whole = True  # whether the rows are sections, all right, and so have to be all there are
    for number, text in rows:
        first, *_ = cells = _row(text)
        name = first.strip("`")
        said = cells[column].strip("*") if column < len(cells) else ""
        in_section = [each for task, each in points.items() if task.partition(".")[0] == name]
        below = [each for heading, each in headings.items() if heading.startswith(first)]  # which may be shortened
        if first.startswith("**"):
            problems = list(_differs(number, "all of it", _total(points), said))
        elif name in points:
            problems, whole = list(_differs(number, name, points[name], said)), False
        elif len(below) == 1 or in_section:
            wanted = below[0] if len(below) == 1 else float(sum(in_section))
            sections += wanted
            problems = list(_differs(number, name, wanted, said))
        else:
            text = f"{first!r} is no heading `## ...` of the notebook, and no section or task of the lab: correct it"
            problems = [Problem(number, text)]
        whole = whole and not problems
        yield from problems
    if whole and sections != _total(points):
        text = f"the rows have {sections:g} points together, and the lab has {_total(points):g}: list each section once"
        yield Problem(header[0], text)


def _differs(number: int, name: str, wanted: float, said: str) -> Iterator[Problem]:
    if said in NOTHING:
        shown = 0.0
    elif _NUMBER.fullmatch(said):
        shown = float(said.replace(",", "."))
    else:
        yield Problem(number, f"{said!r} stands where points are: write a number, {wanted:g} for {name}")
        return
    if shown != wanted:
        yield Problem(number, f"{name} has {wanted:g} points in the lab, and {shown:g} here: make them the same")


def _row(text: str) -> list[str]:
    inner = text.strip().removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _total(points: Points) -> float:
    return float(sum(points.values()))
