"""What a notebook cell can say: `%%task`, `%language`, `%lab`, `check` and `exam`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from grader.bench import evidence
from grader.bench.carried import carry_over
from grader.bench.ledger import Ledger
from grader.bench.quiet import quiet
from grader.bench.section import Runs
from grader.bench.unsolved import held_up, stub, unsolved_among
from grader.judge.challenge import Challenge
from grader.judge.lab import Section
from grader.judge.labs import LABS, find_section, task_names
from grader.judge.messages import N_, Message, message, translator
from grader.judge.settings import settings_of
from grader.judge.trace import Trace, from_json, to_json
from grader.judge.verdict import NOT_SOLVED, Verdict, examine, told
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
        self.lab = ""
        self.cells: dict[str, str] = {}
        self.task = ""
        self.after: tuple[str, ...] = ()
        self._looked_at = False
        self._runs = Runs()
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
        return unsolved_among(self.after, self.cells, self._plain) if self.after else None

    def say_stub(self, task: str) -> None:
        """`%stub name`: what stands in place of an unsolved task's stub."""
        sys.stdout.write(f"○ {stub(task).render(self.language)}\n")

    def say_held_up(self, task: str) -> None:
        """`%held_up name`: what stands in place of a given cell that uses what an unsolved task makes."""
        sys.stdout.write(f"○ {held_up(task).render(self.language)}\n")

    def announce(self, line: str) -> None:
        """`%task name`: refuse a name that the lab does not have."""
        name = line.strip()
        if name not in task_names():
            # what the task's cell was before is no longer what stands in it
            for meant in (name, *get_close_matches(name, task_names(), 1)):
                self.cells.pop(meant, None)
            raise self._failure(
                message(
                    N_("there is no task {name}: the first line of the cell has to be `%%task` and one of {names}"),
                    name=name or "?", names=", ".join(task_names()),
                )
            )  # fmt: skip

    def set_language(self, line: str) -> None:
        """`%language ru`: the language of all further messages."""
        self.language = Ledger.language = line.strip() or "en"

    def set_lab(self, line: str) -> None:
        """`%lab linear`: the lab that the notebook is of; refuse one that isn't known here."""
        name = line.strip()
        if name not in LABS:
            raise self._failure(
                message(
                    N_("this course has no lab {name} (it has {names}): get the lab's package, or correct `%lab`"),
                    name=name or "?", names=", ".join(LABS),
                )
            )  # fmt: skip
        self.lab = name

    def check(self, name: str) -> None:
        """Try a task at the notebook's own sizes.

        Raises:
            TaskFailed: it is not right yet.
        """
        if evidence.asked_for():
            return  # the judge says what a check would say
        section = self._section(name)
        try:
            own = self._own_challenge()
        except (TypeError, ValueError, RuntimeError) as error:
            raise self._failure(
                message(
                    N_("{task}: the notebook's lr, batch_size, in_ch, out_ch, device and in_chs have to be numbers and "
                       "names as in the given cells; run those again ({error})"),
                    task=name, error=error,
                )
            ) from None  # fmt: skip
        verdict = self._examine(section, name, (own,))
        drawn = self._picture(section, name, verdict, own)
        card = outcome(name, verdict, N_("right at the sizes of this notebook"), self.language, own, drawn)
        if verdict.passed or self._looked_at:
            display(card)
        elif drawn is not None:
            display(drawn)
        if verdict.passed or (verdict.reason == NOT_SOLVED and self._looked_at):
            return
        failed = self._failure(told(name, verdict, own))
        if self._looked_at:
            failed.pointer = "✗ " + message(N_("{task}: see above"), task=name).render(self.language)
        raise failed

    def exam(self, name: str) -> None:
        """Try a task on all of the exam's challenges, with fresh values each time.

        Raises:
            TaskFailed: it is wrong on one of them.
        """
        section = self._section(name)
        if evidence.asked_for():
            record = self._recording(section, name)
            # each record sees to both by itself, which costs it next to nothing where it is done already
            with quiet(), settings_of(section.challenges()[0]):
                found = evidence.evidence(section, name, record, lambda c: self._runs.looked_right(name, c))
            display({evidence.MIME: found}, raw=True)
            return
        verdict = self._examine(section, name, section.challenges())
        self._report(name, verdict, N_("right at other sizes and other numbers too"))

    def what_if(self, batch_size: int = 32) -> None:
        """Show what the notebook's own cells would hold and move at the sizes of a large model's matrices."""
        if evidence.asked_for():
            return  # a picture for the student, who isn't here
        from grader.bench.what_if import MODELS, SECTIONS, estimate

        carried, cells = self._carried_and_cells(self.cells)
        estimates = [
            estimate(find_section(task), cells, model, batch_size, carried) for model in MODELS for task in SECTIONS
        ]
        drawn = what_if_picture(estimates, batch_size, self.language)
        display(drawn)

    def _section(self, name: str) -> Section:
        try:
            section = find_section(name)
        except KeyError:
            names = ", ".join(task_names())
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

    def _examine(self, section: Section, name: str, challenges: tuple[Challenge, ...]) -> Verdict:
        record = self._recording(section, name)
        try:
            # by way of its text: what the judge decides from is what would travel to it
            return examine(
                section, name, challenges, lambda c: from_json(to_json(record(c))), lambda: secrets.randbits(48)
            )
        except MemoryError:
            why = message(N_("this machine has no memory left"))
            return Verdict(message(N_("could not be examined: {why}"), why=why))

    def _recording(self, section: Section, name: str) -> Callable[[Challenge], Trace]:
        carried, cells = self._carried_and_cells(task.name for task in section.up_to(name))
        return lambda challenge: self._runs.trace(section, name, cells, challenge, carried)

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

    def _own_challenge(self) -> Challenge:
        """The sizes and hyperparameters that the notebook has now."""
        import torch

        own = self.shell.user_ns
        in_chs = own.get("in_chs", (64, 256))
        challenge = Challenge(
            int(own.get("batch_size", 32)),
            int(own.get("in_ch", 1024)),
            int(own.get("out_ch", 608)),
            float(own.get("lr", 0.3)),
            torch.float32,
            str(torch.empty(0, device=own.get("device", "cpu")).device),
            in_chs=tuple(int(size) for size in in_chs),
        )
        sizes = (challenge.batch_size, challenge.in_features, challenge.out_features, *challenge.in_chs)
        if min(sizes) < 1:
            raise ValueError(f"{min(sizes)} < 1")
        return challenge

    def _picture(self, section: Section, name: str, verdict: Verdict, own: Challenge) -> Picture | None:
        """The picture of the student's own run, where there are devices to draw."""
        if section.shard_dim is None or verdict.ledger is None:
            return None
        try:
            rule = section.task(name).rule
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
        raise self._failure(told(name, verdict))

    def _failure(self, reason: Message) -> TaskFailed:
        return TaskFailed("✗ " + reason.render(self.language))


def _is_idle(line: str) -> bool:
    """Whether a line may stand above `%%task`: it is blank or a comment."""
    return not line.strip() or line.lstrip().startswith("#")
