"""`python -m grader new-lab`: a lab to begin from."""

import argparse
from pathlib import Path
from typing import Any

from grader.course.language import Translate


def add_new_lab(commands: Any, common: argparse.ArgumentParser, _: Translate) -> None:
    """The command's words on the command line."""
    text = _("write a new lab of one task, which passes all checks: a place to begin from")
    new = commands.add_parser("new-lab", help=text, description=text, parents=[common])
    new.add_argument("name", metavar="NAME", help=_("the lab's name: small letters, digits and _"))
    new.set_defaults(run=run)


def run(options: argparse.Namespace, _: Translate) -> int:
    """Writes the lab's folder and says what to do next."""
    from grader.authoring import SourceError
    from grader.authoring.new_lab import write_new_lab
    from grader.course.errors import CourseError
    from grader.course.intake.lab_files import find_root
    from grader.report.ending import near

    folder: Path = find_root() / "grader" / "labs" / options.name
    try:
        for path in write_new_lab(options.name, folder, f"grader.labs.{options.name}"):
            print(_("{file}: written").format(file=near(path)))
    except SourceError as problem:
        raise CourseError(problem) from None
    print()
    print(_("Next: `python -m grader build {lab}` builds its notebooks, `python -m grader try-lab {lab}` tries its "
            "solution and its corpus, docs/labs.md says what each file is for.").format(lab=options.name))  # fmt: skip
    return 0
