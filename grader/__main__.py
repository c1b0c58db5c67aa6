"""The command line: `python -m grader build | grade | report | similar | demo`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.course.batch.order import Order
    from grader.course.language import Translate
    from grader.course.results.results_file import SubmissionResult

BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 `build --check` found differences, 2 a bad input."""
    from grader.commands.command_line import asked_language, language_option
    from grader.course.errors import CourseError
    from grader.course.language import translator

    words = list(sys.argv[1:] if arguments is None else arguments)
    language = asked_language(words)
    _ = translator(language)
    options = _parser(language_option(_), _).parse_args(words)
    options.language = language
    try:
        return int(options.run(options, _))
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(_("Stopped; run the same command again to go on."), file=sys.stderr)
        return INTERRUPTED


def _parser(common: argparse.ArgumentParser, _: Translate) -> argparse.ArgumentParser:
    from grader.commands.build import add_build
    from grader.commands.command_line import CommandLine
    from grader.commands.new_lab import add_new_lab
    from grader.commands.report import add_report
    from grader.commands.similar import add_similar
    from grader.commands.try_lab import add_try_lab

    parser = CommandLine(
        translate=_,
        prog="python -m grader",
        description=_("Builds the course's notebooks and grades what students hand in."),
        parents=[common],
    )
    commands = parser.add_commands(metavar=_("COMMAND"))

    add_build(commands, common, _)

    text = _("grade a class with nbgrader and write one line of results a submission")
    grade = commands.add_parser("grade", help=text, description=text, parents=[common])
    grade.add_argument("lab", help=_("the lab's name: that of its notebook"))
    grade.add_argument(
        "--submitted",
        type=Path,
        required=True,
        metavar="DIR",
        help=_("what was handed in: DIR/STUDENT/LAB/LAB.ipynb; nothing is written there"),
    )
    grade.add_argument(
        "--results",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("the results file to write, one JSON object a line"),
    )
    grade.add_argument(
        "--course",
        type=Path,
        metavar="DIR",
        help=_(
            "nbgrader's folder with the gradebook (default: beside FILE); one that is there "
            "is used again: automatic points are made anew, an instructor's are kept"
        ),
    )
    grade.add_argument(
        "--workers",
        type=_workers(_),
        metavar="N",
        help=_("how many submissions are worked on at once (default: one for each usable core)"),
    )
    grade.add_argument(
        "--again",
        action="store_true",
        help=_("grade everything anew (default: go on where a class was stopped, and with what has changed)"),
    )
    grade.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        help=_("run student code with your own rights; each result is marked"),
    )
    grade.add_argument("--feedback", action="store_true", help=_("also write a feedback page for each student"))
    grade.set_defaults(run=_grade)

    add_new_lab(commands, common, _)
    add_report(commands, common, _)
    add_similar(commands, common, _)
    add_try_lab(commands, common, _)

    text = _("make the sample class of a lab in demo/, grade it and show the results")
    demo = commands.add_parser("demo", help=text, description=text, parents=[common])
    demo.add_argument("lab", nargs="?", help=_("the lab's name: without it, the first lab that has a sample class"))
    demo.set_defaults(run=_demo)
    return parser


def _workers(_: Translate) -> Callable[[str], int]:
    def workers(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= 256:
            raise argparse.ArgumentTypeError(_("a whole number from 1 to 256 is needed"))
        return int(text)

    return workers


def _grade(options: argparse.Namespace, _: Translate) -> int:
    from grader.course.batch.order import Order, course_folder
    from grader.course.errors import CourseError
    from grader.course.execution.prefetch import usable_cores
    from grader.course.intake.lab_files import find_root, lab_files
    from grader.lab.registry import labs, why_broken

    if options.lab not in labs() and (why := why_broken(options.lab)):
        raise CourseError(why.render(options.language))
    order = Order(
        lab=lab_files(find_root(), options.lab, _),
        submitted=options.submitted,
        results=options.results,
        course=options.course or course_folder(options.results),
        language=options.language,
        sandbox=False if options.unsafe_no_sandbox else None,
        workers=options.workers or usable_cores(),
        again=options.again,
    )
    _run(order, _, feedback=options.feedback)
    return 0


def _demo(options: argparse.Namespace, _: Translate) -> int:
    from grader.commands.report import report_page, write_report
    from grader.course.batch.order import Order
    from grader.course.batch.sample_class import class_file, lab_to_show, read_recipes, write_class
    from grader.course.intake.lab_files import find_root, lab_files
    from grader.course.nbgrader.plug_in import missing_for_sandbox
    from grader.report.ending import near

    root = find_root()
    lab = lab_files(root, lab_to_show(options.lab, _), _)
    folder = root / "demo"
    shutil.rmtree(folder / "submitted", ignore_errors=True)
    recipes = read_recipes(class_file(lab.lab))
    write_class(folder / "submitted", recipes, lab, root / "solutions")
    order = Order(
        lab=lab,
        submitted=folder / "submitted",
        results=folder / "results.jsonl",
        course=folder / "course",
        language=options.language,
        # the sample class is our own: it is shown where there is no sandbox, too
        sandbox=False if missing_for_sandbox() else None,
    )
    notebook = near(root / "assignments" / options.language / lab.lab / f"{lab.lab}.ipynb")
    report = report_page(order.results)
    copied = f"cp {notebook} my-{lab.lab}.ipynb && .venv/bin/jupyter lab my-{lab.lab}.ipynb"
    also = {_("Class report:"): str(near(report)), _("Notebook:"): copied}
    _run(order, _, feedback=True, also=also)
    write_report(order.results, order.submitted, report, order.language, _)
    return 0


def _run(
    order: Order, _: Translate, feedback: bool, also: dict[str, str] | None = None
) -> list[SubmissionResult]:
    """Grades with a bar, prints the table, and ends with what there is to open."""
    from grader.course.batch.grade import grade
    from grader.course.batch.order import look_over
    from grader.course.stopping import stoppable
    from grader.report.ending import aligned, near, page_to_open
    from grader.report.feedback import feedback_pages
    from grader.report.table import class_console, class_table, progress_bar

    console = class_console()
    with stoppable() as stop:
        total = len(look_over(order))
        again = (order.course / "gradebook.db").is_file()
        stop.check()
        with progress_bar(console, _("Grading"), total) as progress:
            results = grade(order, progress)
    pages = {}
    if feedback:
        with progress_bar(console, _("Feedback"), total) as progress:
            pages = feedback_pages(order.course, order.lab.lab, results, progress)
    console.print(class_table(results, _, console.width))
    kept = _(" (used again: an instructor's grades are kept)") if again else ""
    places = {_("Results:"): f"{near(order.results)}, {near(order.course / 'gradebook.db')}{kept}"}
    if pages:
        page = near(page_to_open(results, pages, order.language))
        places[_("Open:")] = _("{page} (one of {count} feedback pages)").format(page=page, count=len(pages))
    if feedback and len(pages) < total:
        without = ", ".join(result.student for result in results if result.student not in pages)
        log = near(order.course / "grading.log")
        places[_("Log:")] = _("{log} says why there is no page for {students}").format(students=without, log=log)
    for line in aligned(places | (also or {})):
        console.print(line, markup=False, soft_wrap=True)
    return results


def in_this_python() -> int:
    """The exit code of `main`, or a line where this Python lacks the course's packages (in both languages: what
    chooses one is missing too).
    """
    try:
        return main()
    except ModuleNotFoundError as missing:
        if (missing.name or "grader").startswith("grader"):
            raise
        here = f"{sys.executable}, {missing.name}"
        print(
            f"This Python lacks the course's packages ({here}): run `make setup` and use .venv/bin/python.\n"
            f"В этом Python нет пакетов курса ({here}): выполните `make setup` и запускайте .venv/bin/python.",
            file=sys.stderr,
        )
        return BAD_INPUT


if __name__ == "__main__":
    sys.exit(in_this_python())
