"""What a notebook cell can say: `%%task`, `%language`, `%lab`, `check`, `exam`, `what_if` and `on_ranks`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from grader.bench import evidence
from grader.bench.carried import carry_over
from grader.bench.ledger import Ledger
from grader.bench.on_ranks import NotRun, RankRun, run_on_ranks
from grader.bench.quiet import quiet
from grader.bench.ranks import RankRuns
from grader.bench.section import Runs
from grader.bench.unsolved import held_up, stub, unsolved_among
from grader.judge.exam import Record, exam_cases, examine
from grader.judge.ranks import Stuck
from grader.judge.settings import settings_of
from grader.judge.trace import from_json, to_json
from grader.judge.verdict import NOT_SOLVED, Verdict, told
from grader.lab.case import Case
from grader.lab.lab import Lab
from grader.lab.messages import N_, Message, message, translator
from grader.lab.registry import broken, labs
from grader.lab.section import RANKS, Section
from grader.pictures import Picture, picture
from grader.pictures.outcome import outcome, wrapped
from grader.pictures.what_if import what_if_picture

MARK = "%%task"
AFTER = "%%after"


class TaskFailed(AssertionError):
    """A task is not right yet; the text says what and where.

    Shown without a traceback; `pointer` is shown in the text's place where a card above has said it all.
    """

    pointer = ""

    def _render_traceback_(self) -> list[str]:
        return wrapped(self.pointer or str(self))


class Notebook:
    """The tasks of one running notebook: their remembered texts, which lab they are of, and the language to speak."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.language = "en"
        self._lab: Lab | None = None
        self.cells: dict[str, str] = {}
        self.task = ""
        self.after: tuple[str, ...] = ()
        self._looked_at = False
        self._runs = Runs()
        self._rank_runs = RankRuns()
        self._transformed_by: tuple[object, ...] = ()
        self._transformed: dict[str, str] = {}

    def remember(self, info: Any) -> None:
        """Keep a task cell's text; IPython calls this before every cell, also before one that fails."""
        lines = str(info.raw_cell).split("\n")
        above = next((number for number, line in enumerate(lines) if not _is_idle(line)), len(lines) - 1)
        first, rest = lines[above], "\n".join(lines[above + 1 :])
        mark, *names = first.split() or [""]
        self.task = first[len(MARK) :].strip() if mark == MARK else ""
        self.after = tuple(names) if mark == AFTER else ()
        # a page names the cell that a person runs; nbclient, and with it Validate and autograde, names none
        self._looked_at = getattr(info, "cell_id", None) is not None or "google.colab" in sys.modules
        if mark == MARK:
            # comments in place of the lines so far keep the student's line numbers
            self.cells[self.task] = "#\n" * (1 + above) + rest

    def unmark(self, lines: list[str]) -> list[str]:
        """The cell as it runs: its first line, if `%%task name`, becomes a call that checks the name.

        `%%after names` becomes a call that does nothing: whether its cell runs was decided before.
        """
        for number, line in enumerate(lines):
            if line.split()[:1] in ([MARK], [AFTER]):
                return [*lines[:number], f"{line.strip()[1:]}\n", *lines[number + 1 :]]
            if not _is_idle(line):
                break
        return lines

    def held_up_by(self) -> str | None:
        """The unsolved task that the running cell waits for by its first line `%%after names`."""
        return unsolved_among(self.after, self._task_names(), self.cells, self._plain) if self.after else None

    def say_stub(self, task: str) -> None:
        """`%stub name`: what stands in place of an unsolved task's stub."""
        sys.stdout.write(f"○ {stub(task).render(self.language)}\n")

    def say_held_up(self, task: str) -> None:
        """`%held_up name`: what stands in place of a given cell that uses what an unsolved task makes."""
        sys.stdout.write(f"○ {held_up(task).render(self.language)}\n")

    def announce(self, line: str) -> None:
        """`%task name`: refuse a name that the lab does not have."""
        name = line.strip()
        if name not in self._task_names():
            # what the task's cell was before is no longer what stands in it
            for meant in (name, *get_close_matches(name, self._task_names(), 1)):
                self.cells.pop(meant, None)
            raise self._failure(
                message(
                    N_("there is no task {name}: the first line of the cell has to be `%%task` and one of {names}"),
                    name=name or "?", names=", ".join(self._task_names()),
                )
            )  # fmt: skip

    def set_language(self, line: str) -> None:
        """`%language ru`: the language of all further messages."""
        self.language = Ledger.language = line.strip() or "en"

    def set_lab(self, line: str) -> None:
        """`%lab linear`: whose tasks these are.

        Raises:
            TaskFailed: there is no such lab, or it can't be loaded.
        """
        name = line.strip()
        if name not in labs():
            reason = next((one.said() for one in broken() if one.name == name), None)
            names = ", ".join(labs())
            unknown = N_("this course has no lab {name} (it has {names}): get the lab's package, or correct `%lab`")
            raise self._failure(reason or message(unknown, name=name or "?", names=names))
        self._lab = labs()[name]
        Ledger.naming = self._lab.naming

    @property
    def lab(self) -> Lab:
        """The notebook's lab: the one that it names, else the first that knows the remembered tasks.

        Raises:
            TaskFailed: there is none.
        """
        if self._lab is None:
            known = [lab for lab in labs().values() if any(task in lab.task_names for task in self.cells)]
            if not known and not labs():
                raise self._failure(message(N_("there is no lab here: is the course's package installed in full?")))
            return (known or list(labs().values()))[0]
        return self._lab

    def _task_names(self) -> tuple[str, ...]:
        return self.lab.task_names

    def check(self, name: str) -> None:
        """Try a task at the notebook's own sizes.

        Raises:
            TaskFailed: it is not right yet.
        """
        if evidence.asked_for():
            return  # the judge says what a check would say
        section = self._section(name)
        try:
            own = self.lab.own_case(self.shell.user_ns)
        except (TypeError, ValueError, RuntimeError) as error:
            raise self._failure(
                message(
                    N_("{task}: the notebook's {names} have to be numbers and names as in the given cells; run those "
                       "again ({error})"),
                    task=name, error=error, names=self.lab.own_names,
                )
            ) from None  # fmt: skip
        verdict = self._examine(section, name, (own,))
        drawn = self._picture(section, name, verdict, own)
        card = outcome(self.lab, name, verdict, N_("right at the sizes of this notebook"), self.language, own, drawn)
        if verdict.passed or self._looked_at:
            display(card)
        elif drawn is not None:
            display(drawn)
        if verdict.passed or (verdict.reason == NOT_SOLVED and self._looked_at):
            return
        failed = self._failure(told(self.lab, name, verdict, own))
        if self._looked_at:
            failed.pointer = "✗ " + message(N_("{task}: see above"), task=name).render(self.language)
        raise failed

    def exam(self, name: str) -> None:
        """Try a task on all of the exam's cases, with fresh values each time.

        Raises:
            TaskFailed: it is wrong on one of them.
        """
        section = self._section(name)
        if evidence.asked_for():
            record = self._recording(section, name)
            # each record sees to both by itself, which costs it next to nothing where it is done already
            with quiet(), settings_of(section.cases[0]):
                found = evidence.evidence(
                    self.lab.name, section, name, record, lambda case: self._runs.looked_right(name, case)
                )
            display({evidence.MIME: found}, raw=True)
            return
        verdict = self._examine(section, name, exam_cases(section))
        self._report(name, verdict, N_("right at other sizes and other numbers too"))

    def what_if(self, batch_size: int = 32) -> None:
        """Show what the notebook's own cells would hold and move at the sizes of a large model's matrices."""
        if evidence.asked_for():
            return  # a picture for the student, who isn't here
        from grader.bench.what_if import estimate

        asked = self.lab.what_if
        if asked is None:
            raise self._failure(message(N_("the lab {lab} has no what_if()"), lab=self.lab.name))
        carried, cells = self._carried_and_cells(self.cells)
        estimates = [
            estimate(asked, self.lab.section(task), cells, model, batch_size, carried)
            for model in asked.models
            for task in asked.tasks
        ]
        drawn = what_if_picture(estimates, batch_size, self.language)
        display(drawn)

    def on_ranks(self, name: str, **given: Any) -> RankRun | None:
        """Run a task's function on ranks that are recorded, with arguments by name: a list has one for each rank.

        Raises:
            TaskFailed: it is no such function, it can't be run like this, or the ranks cannot go on together.
        """
        if evidence.asked_for():
            return None  # for the student, who isn't here
        section = self._section(name)
        if section.runner != RANKS:
            raise self._failure(message(N_("{task} is no function that ranks run"), task=name))
        carried, cells = self._carried_and_cells((name,))
        try:
            return run_on_ranks(section, section.task(name), cells[name], carried, given, self.language)
        except (NotRun, Stuck) as problem:
            raise self._failure(message("{task}: {reason}", task=name, reason=problem.message)) from None

    def _section(self, name: str) -> Section:
        try:
            section = self.lab.section(name)
        except KeyError:
            names = ", ".join(self._task_names())
            raise self._failure(
                message(N_("there is no task {name}; the lab has {names}"), name=name, names=names)
            ) from None
        if name not in self.cells:
            raise self._failure(
                message(
                    N_("{task}: run its cell first, the one whose very first line is `%%task {task}`"), task=name
                )
            )
        return section

    def _examine(self, section: Section, name: str, cases: tuple[Case, ...]) -> Verdict:
        record = self._recording(section, name)
        try:
            # by way of its text: what the judge decides from is what would travel to it
            return examine(
                section,
                name,
                cases,
                lambda case: [from_json(to_json(trace)) for trace in record(case)],
                lambda: secrets.randbits(48),
            )
        except MemoryError:
            why = message(N_("this machine has no memory left"))
            return Verdict(message(N_("could not be examined: {why}"), why=why))

    def _recording(self, section: Section, name: str) -> Record:
        carried, cells = self._carried_and_cells(task.name for task in section.up_to(name))
        if section.runner == RANKS:
            return lambda case: self._rank_runs.traces(section, name, cells[name], case, carried)
        return lambda case: (self._runs.trace(section, name, cells, case, carried),)

    def _carried_and_cells(self, tasks: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
        cells = {task: self._plain(self.cells[task]) for task in tasks if task in self.cells}
        return carry_over(self.shell.user_ns), cells

    def _plain(self, cell: str) -> str:
        """A cell's text without IPython's own language; it is asked for at every later check of the section."""
        manager = self.shell.input_transformer_manager
        steps = (
            *manager.cleanup_transforms, None, *manager.line_transforms, None, *manager.token_transformers, None,
            *self.shell.input_transformers_post,
        )  # fmt: skip
        if self._transformed_by != steps:  # the notebook has loaded an extension
            self._transformed_by, self._transformed = steps, {}
        if cell not in self._transformed:
            self._transformed[cell] = self.shell.transform_cell(cell)
        return self._transformed[cell]

    def _picture(self, section: Section, name: str, verdict: Verdict, own: Case) -> Picture | None:
        """The picture of the student's own run, where there are devices to draw."""
        if section.rule is None or verdict.ledger is None:
            return None
        try:
            rule = section.task(name).ruled
            return picture(verdict.ledger, verdict.due, self.language, own.dtype.itemsize, rule)
        except Exception:  # no point is lost over a picture
            sys.stdout.write(translator(self.language)(N_("(the picture of this run could not be drawn)")) + "\n")
            return None

    def _report(self, name: str, verdict: Verdict, praise: str) -> None:
        """Say in plain text how a task came out, and on what it was tried."""
        translate = translator(self.language)
        if verdict.passed:
            sys.stdout.write(f"✓ {name}: {translate(praise)}\n")
            return
        raise self._failure(told(self.lab, name, verdict))

    def _failure(self, reason: Message) -> TaskFailed:
        return TaskFailed("✗ " + reason.render(self.language))


def _is_idle(line: str) -> bool:
    """Whether a line may stand above `%%task`: it is blank or a comment."""
    return not line.strip() or line.lstrip().startswith("#")
