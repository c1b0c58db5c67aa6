"""`python -m grader report`: a class's results as a page, a table and JSON."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course.errors import CourseError
from grader.course.language import Translate

if TYPE_CHECKING:
    from grader.course.results.results_file import SubmissionResult


def add_report(commands: Any, common: argparse.ArgumentParser, _: Translate) -> None:
    """The command's words on the command line."""
    text = _("put a class's results together as one HTML page, and the same as CSV and JSON")
    report = commands.add_parser("report", help=text, description=text, parents=[common])
    report.add_argument("results", type=Path, metavar="FILE", help=_("the results file that `grade` wrote"))
    report.add_argument(
        "--submitted",
        type=Path,
        metavar="DIR",
        help=_("what was handed in, for examples of mistakes and for similar work: DIR/STUDENT/LAB/LAB.ipynb"),
    )
    report.add_argument(
        "--to",
        type=Path,
        metavar="PAGE",
        help=_("the page to write; CSV and JSON lie beside it (default: FILE-report.html beside FILE)"),
    )
    report.set_defaults(run=run)


def run(options: argparse.Namespace, _: Translate) -> int:
    """Writes the three files and says where they are."""
    page = options.to or report_page(options.results)
    for path in write_report(options.results, options.submitted, page, options.language, _):
        print(_("{file}: written").format(file=path))
    return 0


def report_page(results: Path) -> Path:
    """Where the page lies if no other place is named."""
    return results.with_name(f"{results.stem}-report.html")


def write_report(results: Path, submitted: Path | None, page: Path, language: str, _: Translate) -> list[Path]:
    """The page, and CSV and JSON beside it; without `submitted` it has no examples and no similar work."""
    from grader.commands.similar import class_and_leads
    from grader.report.class_data import class_csv, class_json
    from grader.report.class_page import class_page
    from grader.report.class_report import class_report

    graded = read_class(results, _)
    if page.suffix != ".html":
        raise CourseError(_("{file} is no name for a page: it has to end in .html."), file=page)
    answers = model = similar = None
    if submitted:
        answers, model, similar = class_and_leads(submitted, graded[0].lab, _)
    report = class_report(graded, language, answers, model, similar)
    made = {page.with_suffix(".html"): class_page(report)}
    made |= {page.with_suffix(".csv"): class_csv(report), page.with_suffix(".json"): class_json(report)}
    for path, text in made.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise CourseError(_("{file} can't be written: {why}."), file=path, why=problem.strerror) from None
    return list(made)


def read_class(path: Path, _: Translate) -> list[SubmissionResult]:
    """The results in the file, of one lab and its same tasks."""
    from grader.course.results.results_file import read_results

    try:
        results = read_results(path)
    except OSError as problem:
        raise CourseError(
            _("{file} can't be read: {why}. Name the file that `python -m grader grade` wrote."),
            file=path, why=problem.strerror,
        ) from None  # fmt: skip
    except ValueError:
        raise CourseError(
            _("{file} isn't a results file: name the one that `python -m grader grade` wrote."), file=path
        ) from None
    if not results:
        raise CourseError(_("{file} has no results in it: grade the class first."), file=path)
    if len({(result.lab, tuple(task.task for task in result.tasks)) for result in results}) > 1:
        raise CourseError(_("{file} has results of different labs: grade each into a file of its own."), file=path)
    return results
