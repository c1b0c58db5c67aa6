"""`python -m grader try-lab`: a lab's solution and its corpus through the judge."""

import argparse
import sys
from typing import Any

from grader.course.errors import CourseError
from grader.course.language import Translate


def add_try_lab(commands: Any, common: argparse.ArgumentParser, _: Translate) -> None:
    """The command's words on the command line."""
    text = _("try a lab's own solution, and its right and wrong ones, as the exam tries a student's")
    tried = commands.add_parser("try-lab", help=text, description=text, parents=[common])
    tried.add_argument("lab", metavar="LAB", help=_("the lab's name: that of its notebook"))
    tried.add_argument("--only", default="", metavar="TEXT", help=_("only entries whose path has this text in it"))
    tried.set_defaults(run=run)


def run(options: argparse.Namespace, _: Translate) -> int:
    """Prints the lab's figures; 1 where a right one is refused, a wrong one accepted, or a hint is wrong."""
    from grader.authoring import SourceError
    from grader.corpus.entries import CorpusError, corpus_folder, read_corpus, solution_cells
    from grader.corpus.faults import faults_in
    from grader.corpus.score import as_text, score, wrong_hints
    from grader.corpus.trial import Exam
    from grader.report.ending import near

    lab = lab_named(options.lab, _)
    faults = [fault.render(options.language) for fault in faults_in(lab)]
    for fault in faults:
        print(f"✗ {fault}", file=sys.stderr)
    if faults:
        return 1
    try:
        entries, solution = read_corpus(corpus_folder(lab.name), lab.task_names), solution_cells(lab.name)
    except (CorpusError, SourceError) as problem:
        raise CourseError(problem) from None
    exam, wrong, trials = Exam(lab, solution), 0, []
    for task, outcome in exam.of_solution().items():
        if not outcome.passed:
            wrong += 1
            said = _("the solution: {task}: {reason}").format(task=task, reason=outcome.render(options.language))
            print(f"✗ {said}", file=sys.stderr)
    for task in lab.task_names:
        if task not in solution:
            wrong += 1
            missing = _("the solution has no cell of {task}").format(task=task)
            print(f"✗ {missing}", file=sys.stderr)
    for entry in entries:
        if options.only not in str(entry.path):
            continue
        trial = exam.of_entry(entry)
        trials.append(trial)
        reasons = {task: outcome.render(options.language) for task, outcome in trial.outcomes.items()}
        lines = [f"{task}: {reasons[task]}" for task in sorted(trial.lost - entry.loses)]
        lines += [_("{task}: it passes, and is to lose").format(task=task) for task in sorted(entry.loses - trial.lost)]
        lines += wrong_hints(trial)
        for line in lines:
            print(f"✗ {near(entry.path)}: {line}", file=sys.stderr)
        wrong += bool(lines)
    print(as_text(score(trials)))
    if wrong:
        print(_("{count} to put right").format(count=wrong), file=sys.stderr)
    return 1 if wrong else 0


def lab_named(name: str, _: Translate) -> Any:
    """The lab of that name. Raises CourseError: there is none, or it can't be loaded; the line says which there are, or
    what is wrong and where."""
    from grader.lab.registry import labs, why_broken

    if name in labs():
        return labs()[name]
    if why := why_broken(name):
        raise CourseError(why.render("en"))
    raise CourseError(_("there is no lab {lab}; the labs are: {labs}"), lab=name, labs=", ".join(labs()))
