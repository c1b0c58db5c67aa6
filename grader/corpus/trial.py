"""One entry of a corpus tried as the exam tries a student's notebook, without a notebook around it."""

import os
import pickle
import secrets
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

import torch
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.carried import carry_over
from grader.bench.ranks import record_on
from grader.bench.section import record_section
from grader.corpus.entries import Entry
from grader.judge.compare import takes_a_hint
from grader.judge.exam import drawing, exam_cases, examine
from grader.judge.trace import Trace, from_json, to_json
from grader.lab.case import Case
from grader.lab.lab import Lab
from grader.lab.messages import Message
from grader.lab.registry import labs, python_path
from grader.lab.section import RANKS, Section

MOST_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """What the exam says to one task of an entry, and what it cost.

    Attributes:
        reason: why the task did not pass; None where it did.
        on_numbers: whether the reason tells of wrong numbers or a wrong shape, for which a mistake can be named.
        mistake: the named bug that the reason hints at.
        seconds: how long recording and judging took, on all that the task was tried on.
        operations: how many the task's own cell ran, the most of all that it was tried on.
    """

    reason: Message | None
    on_numbers: bool
    mistake: str | None
    seconds: float
    operations: int

    @property
    def passed(self) -> bool:
        return self.reason is None

    def render(self, language: str) -> str:
        """The reason as a sentence in that language; empty where the task passed."""
        return self.reason.render(language) if self.reason else ""


@dataclass(frozen=True)
class Trial:
    """An entry and what the exam says to each task that it was tried on, in the lab's order."""

    entry: Entry
    outcomes: Mapping[str, Outcome]

    @property
    def lost(self) -> frozenset[str]:
        """The tasks that did not pass."""
        return frozenset(task for task, outcome in self.outcomes.items() if not outcome.passed)


@dataclass(frozen=True)
class Exam:
    """A lab's exam, for entries that stand in for cells of the lab's own `solution`.

    `known` keeps what was said to tasks in which, and before which, every cell is the solution's: the same cells are
    not tried again with each entry. All entries are tried on values drawn from the one `seed`.
    """

    lab: Lab
    solution: Mapping[str, str]
    known: dict[str, Outcome] = field(default_factory=dict)
    seed: str = field(default_factory=lambda: secrets.token_hex(8))

    def of_solution(self) -> dict[str, Outcome]:
        """What it says to all tasks of the lab's own solution."""
        return {
            task: self._of_own_cells(section, task)
            for section in self.lab.sections
            for task in section.task_names
            if task in self.solution
        }

    def of_entry(self, entry: Entry, tasks: Collection[str] = ()) -> Trial:
        """What it says to all tasks of the sections that the entry touches, or to the named ones of them.

        An entry that harms its process gets one of its own, and is tried on the tasks that it is to lose: a process
        that dies judges nothing more.
        """
        if entry.harms:
            return Trial(entry, _apart(self.lab.name, self.solution, entry))
        return Trial(entry, self.outcomes(entry, tasks))

    def outcomes(self, entry: Entry, tasks: Collection[str]) -> dict[str, Outcome]:
        """The same, in this process."""
        cells = _transformed({**self.solution, **entry.cells})
        found: dict[str, Outcome] = {}
        for section in self.lab.sections:
            touched = entry.cells.keys() & set(section.task_names)
            for place, task in enumerate(section.task_names if touched else (), start=1):
                # ranks run a task's function alone; a cell on two devices goes on with what those before it left
                rests_on = {task} if section.runner == RANKS else set(section.task_names[:place])
                own = not entry.before and touched.isdisjoint(rests_on)
                if task in cells and (task in tasks or not tasks):
                    found[task] = (
                        self._of_own_cells(section, task)
                        if own
                        else _examined(section, task, cells, entry.before, self.seed)
                    )
        return found

    def _of_own_cells(self, section: Section, task: str) -> Outcome:
        if task not in self.known:
            self.known[task] = _examined(section, task, _transformed(self.solution), "", self.seed)
        return self.known[task]


def _transformed(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells as Python, with IPython's own syntax taken out."""
    return {task: _as_python(text) for task, text in cells.items()}


@cache
def _as_python(text: str) -> str:
    return TransformerManager().transform_cell(text)


def _examined(section: Section, task: str, cells: Mapping[str, str], before: str, seed: str) -> Outcome:
    """The exam's outcome for one task; all that is asked of the bench and of the judge, here and in `carried_from`."""
    carried, operations = carried_from(section, before), [0]

    def record(case: Case) -> list[Trace]:
        if section.runner == RANKS:
            made = [record_on(section, section.task(task), case, rank, cells[task], carried) for rank in case.ranks]
        else:
            made = [record_section(section, task, cells, case, carried)]
        traces = [from_json(to_json(trace)) for trace in made]
        operations.append(sum(len(phase.nodes) for phase in traces[0].phases if phase.task == task))
        return traces

    start = time.perf_counter()
    verdict = examine(section, task, exam_cases(section), record, drawing(f"{seed} {section.name}"))
    seconds = time.perf_counter() - start
    on_numbers = verdict.reason is not None and takes_a_hint(verdict.reason)
    return Outcome(verdict.reason, on_numbers, verdict.mistake, seconds, max(operations))


def carried_from(section: Section, before: str) -> dict[str, object]:
    """What the section's cells see of a student's notebook, after its first cells and that cell of their own."""
    namespace: dict[str, object] = {"__name__": "__main__", "torch": torch, "nn": torch.nn}
    if before:
        namespace.update(section.parameters(section.cases[0]))  # the notebook's own sizes
        exec(before, namespace)
    return carry_over(namespace)


def _apart(lab: str, solution: Mapping[str, str], entry: Entry) -> dict[str, Outcome]:
    """The outcomes for the tasks that the entry is to lose, as far as its own process came."""
    ran = subprocess.run(
        [sys.executable, "-c", "from grader.corpus.trial import answer; answer()"],
        input=pickle.dumps((lab, dict(solution), entry)),
        env=os.environ | {"PYTHONPATH": python_path()},
        capture_output=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    return pickle.loads(ran.stdout) if ran.stdout else {}


def answer() -> None:
    """In a process of its own: try the entry that comes on stdin, and put its outcomes out."""
    lab, solution, entry = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(Exam(labs()[lab], solution).outcomes(entry, entry.loses)))
    sys.stdout.buffer.flush()
