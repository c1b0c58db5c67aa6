"""`python -m grader build`: the notebooks from the labs' sources."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.course.language import Translate


def add_build(commands: Any, common: argparse.ArgumentParser, _: Translate) -> None:
    """The command's words on the command line."""
    text = _("build the notebooks of both languages from grader/labs/*/notebook.py")
    build = commands.add_parser("build", help=text, description=text, parents=[common])
    build.add_argument("lab", nargs="?", default="", metavar="LAB", help=_("one lab alone (default: all of them)"))
    build.add_argument("--check", action="store_true", help=_("write nothing, only say whether they are current"))
    build.add_argument(
        "--restamp",
        action="store_true",
        help=_("first mark every Russian cell and page as a translation of its English twin as it is now"),
    )
    build.set_defaults(run=run)


def run(options: argparse.Namespace, _: Translate) -> int:
    """Writes the notebooks, or says which are not current: 1 where some are not."""
    from grader import authoring
    from grader.course.errors import CourseError
    from grader.course.intake.lab_files import find_root
    from grader.report.ending import near

    root = find_root()
    labs = lab_folders(root)
    try:
        if options.restamp:
            for name, folder in labs:
                source = folder / authoring.SOURCE
                for line in authoring.restamp(source) if options.lab in ("", name) else ():
                    print(_("{file}:{line}: marked as current").format(file=near(source), line=line))
            for page in authoring.restamp_pages(root):
                print(_("{file}:{line}: marked as current").format(file=near(page), line=1))
        if options.check:
            faults = _faults(options.lab, options.language)
            for fault in faults:
                print(fault, file=sys.stderr)
            if faults:
                return 1
            checked = authoring.check(root, labs, points_of, options.lab)
            _name_drafts(checked.drafts, _)
            return _say_what_is_stale(checked.stale, _)
        report = authoring.build(root, labs, points_of, options.lab)
    except authoring.SourceError as problem:
        raise CourseError(problem) from None
    for path in report.written:
        print(_("{file}: written").format(file=path))
    for lab, points in report.points.items():
        count = len(report.written) + len(report.current)
        said = _("{count} notebooks are current; the lab {lab} has {points:g} points.")
        print(said.format(count=count, lab=lab, points=points))
    _name_drafts(report.drafts, _)
    return 0


def lab_folders(root: Path) -> Sequence[tuple[str, Path]]:
    """The labs that have a source: those of this checkout, and those of packages elsewhere."""
    from grader import authoring
    from grader.lab.registry import found

    here = dict(authoring.lab_sources(root))
    elsewhere = {one.name: one.folder for one in found() if (one.folder / authoring.SOURCE).is_file()}
    return tuple(sorted((elsewhere | here).items()))


def points_of(lab: str) -> Mapping[str, float]:
    """The points of each of the lab's tasks.

    Raises:
        KeyError: there is no such lab.
        SourceError: it can't be loaded.
    """
    from grader.authoring import SourceError
    from grader.lab.registry import labs, why_broken

    if lab not in labs() and (why := why_broken(lab)):
        raise SourceError(why.render())
    return labs()[lab].points


def _faults(only: str, language: str) -> list[str]:
    """A line for each lab that can't be loaded, and for what can't be right in the others' declarations."""
    from grader.corpus.faults import faults_in
    from grader.lab.registry import broken, labs

    said = [one.said() for one in broken() if only in ("", one.name)]
    said += [fault for lab in labs().values() if only in ("", lab.name) for fault in faults_in(lab)]
    return [one.render(language) for one in said]


def _name_drafts(drafts: Mapping[str, Sequence[str]], _: Translate) -> None:
    for lab, languages in drafts.items():
        print(_("{lab}: a draft, not translated yet: {languages}").format(lab=lab, languages=", ".join(languages)))


def _say_what_is_stale(stale: Sequence[str], _: Translate) -> int:
    for path in stale:
        print(_("{file} is not current").format(file=path), file=sys.stderr)
    if stale:
        print(_("Run `python -m grader build` and commit what it writes."), file=sys.stderr)
    return 1 if stale else 0
