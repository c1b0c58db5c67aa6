"""The class report as one HTML page that needs nothing else: no network, no build step, no script to be read."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import median

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from grader.course.language import Translate, translator
from grader.course.results.results_file import TaskResult
from grader.report.class_report import Bin, ClassReport, TaskSummary
from grader.report.table import alike_note, number
from grader.similar import ALIKE, FEW, Similar

PAGE = Path(__file__).with_name("page")
TALLEST = 9.0  # em
MOST_LEADS = 100
COMMON_BUGS = 20
STATUS = {"graded": "", "partly": "y", "unreadable": "u"}


def class_page(report: ClassReport) -> str:
    """The page's HTML, in the report's language."""
    _ = translator(report.language)
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    template = environment.from_string(_file("class.html"))
    highest = max((bin.count for bin in report.bins), default=0) or 1
    flagged = {student for remark in report.remarks for student in remark.subjects}
    return template.render(
        _=_,
        report=report,
        css=Markup(_file("class.css")),
        script=Markup(_file("class.js")),
        number=number,
        median=median(report.points or [0.0]),
        unreadable=sum(result.status == "unreadable" for result in report.results),
        partly=sum(result.status == "partly" for result in report.results),
        flagged=len(flagged),
        height=lambda bin: f"{TALLEST * bin.count / highest:.2f}",
        range_of=range_of,
        percent=percent,
        examples=any(bug.examples for bug in report.bugs),
        sections=[(name, len(list(tasks))) for name, tasks in groupby(report.tasks, key=_section)],
        common=COMMON_BUGS,
        rows=list(_rows(report)),
        alike_note=lambda pair: alike_note(pair, _),
        similar_note=similar_note(report.similar, _) if report.similar else "",
        leads=report.similar.leads[:MOST_LEADS] if report.similar else (),
        more_leads=_("The first {count} are shown; all are in the JSON file.").format(count=MOST_LEADS),
    )


def _rows(report: ClassReport) -> Iterator[dict[str, object]]:
    """The map, row by row: what stands there of a student, and a square for each task."""
    bugs = {(bug.task, bug.name): bug.number for bug in report.bugs}
    for result in report.results:
        flags = [(place, one.key) for place, one in enumerate(report.remarks, 1) if result.student in one.subjects]
        yield {
            "student": result.student,
            "points": number(result.points),
            "language": result.language or "–",
            "status": STATUS[result.status],
            "flags": " ".join(str(place) for place, _key in flags),
            "flag_names": ", ".join(key for _place, key in flags),
            "cells": [_cell(task, bugs) for task in result.tasks],
        }


def _cell(task: TaskResult, bugs: dict[tuple[str, str], int]) -> dict[str, object]:
    """One square of the map: its colour, its points, and the number of the mistake."""
    if task.status == "not_examined":
        return {"kind": "w", "text": "…", "bug": None}
    kind = "p" if task.points >= task.max_points else "h" if task.points > 0 else "f"
    bug = bugs.get((task.task, task.mistake)) if task.mistake else None
    return {"kind": kind, "text": number(task.points), "bug": bug}


def similar_note(similar: Similar, _: Translate) -> str:
    """What the list of similar work is, and what it isn't."""
    return _(
        "Pairs of {count} submissions that share unusual code, once comments, layout and the students' own names are "
        "taken away. The released cells, the lab's own solution and what many wrote don't count. The bits say how "
        "unusual it is; by chance a class of this size reaches {needed:.0f} less than once in a hundred, if nobody has "
        "habits. The tasks are short and have few right forms, and people who learn together write alike: a pair is a "
        "reason to look at both, never a verdict. Who copies the public solution is not found. In a small class "
        "similar code rarely stands out: pairs are listed too, whatever their bits, whose answers to {alike} tasks or "
        "more are the same to the letter and at most {few} submissions'."
    ).format(count=similar.submissions, needed=similar.needed, alike=ALIKE, few=FEW)


def range_of(bin: Bin) -> str:
    """The points that a bin stands for."""
    last = bin.high - 1
    return number(bin.low) if last <= bin.low else f"{number(bin.low)}–{number(last)}"


def percent(task: TaskSummary) -> int:
    """How many of a hundred passed, of those that were examined."""
    return round(100 * task.passed / max(task.passed + task.partly + task.failed, 1))


def _section(task: TaskSummary) -> str:
    return task.task.partition(".")[0]


def _file(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
