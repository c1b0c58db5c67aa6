"""`python -m grader similar`: pairs of submissions that share unusual code."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course.language import Translate

if TYPE_CHECKING:
    from grader.course.batch.class_answers import Answers
    from grader.similar import Similar


def add_similar(commands: Any, common: argparse.ArgumentParser, _: Translate) -> None:
    """The command's words on the command line."""
    text = _("list pairs of submissions that share unusual code: a lead, never a verdict")
    similar = commands.add_parser("similar", help=text, description=text, parents=[common])
    similar.add_argument("lab", help=_("the lab's name: that of its notebook"))
    similar.add_argument(
        "--submitted",
        type=Path,
        required=True,
        metavar="DIR",
        help=_("what was handed in: DIR/STUDENT/LAB/LAB.ipynb; nothing is written there"),
    )
    similar.add_argument("--json", action="store_true", help=_("print the pairs as JSON"))
    similar.set_defaults(run=run)


def run(options: argparse.Namespace, _: Translate) -> int:
    """Prints the pairs, the most unusual first."""
    from grader.report.class_page import similar_note
    from grader.report.table import class_console, pairs_table

    _answers, _model, found = class_and_leads(options.submitted, options.lab, _)
    if options.json:
        print(json.dumps([vars(pair) for pair in found.leads], ensure_ascii=False, indent=1))
        return 0
    console = class_console()
    console.print(similar_note(found, _), markup=False)
    console.print()
    console.print(pairs_table(found, _) if found.leads else _("No pair stands out."))
    return 0


def class_and_leads(submitted: Path, lab_name: str, _: Translate) -> tuple[dict[str, Answers], dict[str, str], Similar]:
    """What the class wrote, what the lab's own solution is, and the pairs that share unusual code."""
    from grader.course.batch.class_answers import class_answers, model_answers, stubs
    from grader.course.intake.lab_files import find_root, lab_files
    from grader.similar import similar_work

    lab = lab_files(find_root(), lab_name, _)
    answers, model = class_answers(submitted, lab, _), model_answers(lab)
    known = {task: [*texts, model.get(task, "")] for task, texts in stubs(lab).items()}
    return answers, model, similar_work(answers, known, frozenset(lab.by_hand))
