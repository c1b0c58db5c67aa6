"""Verdicts: what the judge says of a task, and how it is told."""

from dataclasses import dataclass, field

from grader.judge.ledger import Due, Ledger
from grader.judge.mistakes import Run
from grader.judge.ranks import Crossing, RankPage
from grader.lab.case import Case
from grader.lab.lab import Lab
from grader.lab.messages import N_, Message, message

NOT_SOLVED = message(N_("not solved yet"))


@dataclass(frozen=True)
class Verdict:
    """A task's outcome: passed, or why it did not, and on which case.

    `ledger` says what happened there on the devices, where the trace could be replayed; `ranks` what each rank did,
    and `crossings` what crossed between them. `due` is what had to cross: a right answer that moves more passes all the
    same. `made` says of each variable that a wrong cell made whether it is right by
    itself. `mistake` is the catalogue's name of the mistake that explains it, where there is one. `run` is what a wrong
    cell made, and from which values.
    """

    reason: Message | None = None
    case: Case | None = None
    ledger: Ledger | None = None
    due: tuple[Due, ...] = ()
    made: tuple[tuple[str, bool], ...] = ()
    mistake: str | None = None
    crossings: tuple[Crossing, ...] = ()
    ranks: tuple[RankPage, ...] = field(default=(), repr=False, compare=False)
    run: Run | None = field(default=None, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        return self.reason is None

    @property
    def needed(self) -> int:
        """The numbers that have to cross in theory."""
        return sum(due.numbers for due in self.due)

    @property
    def moved(self) -> int:
        """The numbers that crossed between ranks in all."""
        return sum(crossing.numbers for crossing in self.crossings)

    def render(self, language: str) -> str:
        """The reason as a sentence in that language; empty where the task passed."""
        return self.reason.render(language) if self.reason else ""


def told(lab: Lab, name: str, verdict: Verdict, own: Case | None = None) -> Message:
    """What to tell the student of a task that did not pass, and on what it was tried, where that isn't the `own` case
    of the notebook."""
    reason = verdict.reason or message(N_("could not be examined"))
    return message("{task}: {reason}{where}", task=name, reason=reason, where=tried_on(lab, verdict, own))


def tried_on(lab: Lab, verdict: Verdict, own: Case | None = None) -> Message | str:
    """On what a task was tried, where that isn't the `own` case of the notebook; else nothing."""
    if verdict.case is None or verdict.case == own or verdict.reason == NOT_SOLVED:
        return ""
    return message(N_(" (tried on: {challenge})"), challenge=lab.describe(verdict.case))
