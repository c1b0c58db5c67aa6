"""The class report for other programs: CSV, a row a student, and JSON, all of it."""

import csv
import io
import json
from typing import Any

from grader.report.class_report import ClassReport
from grader.report.table import number

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def class_csv(report: ClassReport) -> str:
    """One row a student: points in all and by task (empty where a task waits), named mistakes, flags."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    tasks = [task.task for task in report.tasks]
    writer.writerow(["student", "language", "status", "points", "max_points", *tasks, "mistakes", "flags"])
    flags = {result.student: report.flags(result.student) for result in report.results}
    for result in report.results:
        points = ["" if task.status == "not_examined" else number(task.points) for task in result.tasks]
        mistakes = "; ".join(f"{task.task}: {task.mistake}" for task in result.tasks if task.mistake)
        row = [result.student, result.language, result.status, number(result.points), number(result.max_points)]
        writer.writerow([harmless(text) for text in (*row, *points, mistakes, "; ".join(flags[result.student]))])
    return page.getvalue()


def class_json(report: ClassReport) -> str:
    """The whole report: the class in figures, its mistakes, flags and similar work, and each student."""
    similar = report.similar
    plain: dict[str, Any] = {
        "lab": report.lab,
        "language": report.language,
        "submissions": len(report.results),
        "max_points": report.max_points,
        "distribution": [{"from": bin.low, "to": bin.high, "count": bin.count} for bin in report.bins],
        "tasks": [vars(task) for task in report.tasks],
        "mistakes": [
            {
                "number": bug.number,
                "name": bug.name,
                "task": bug.task,
                "text": bug.text,
                "count": len(bug.students),
                "students": bug.students,
                "examples": bug.examples,
            }
            for bug in report.bugs
        ],
        "flags": [vars(remark) for remark in report.remarks],
        "similar": similar and {"needed_bits": similar.needed, "pairs": [vars(pair) for pair in similar.leads]},
        "students": [{**vars(result), "tasks": [vars(task) for task in result.tasks]} for result in report.results],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1, default=dict) + "\n"


def harmless(text: str) -> str:
    """The text as a spreadsheet takes it for a text: not for a formula, which a student could have written."""
    return f"'{text}" if text.startswith(FORMULA) else text
