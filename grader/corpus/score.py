"""How well the exam tells a lab's right and wrong solutions apart: its mutation score."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from grader.corpus.entries import Entry
from grader.corpus.trial import Outcome, Trial

FIGURES = {"ways_round": "evasions stopped", "wrong": "mutants killed", "right": "right solutions accepted"}


@dataclass(frozen=True)
class Count:
    """How many of how many."""

    good: int = 0
    of: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.good + other.good, self.of + other.of)

    def __str__(self) -> str:
        return f"{self.good}/{self.of}"

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there is nothing to count."""
        return self.good / self.of if self.of else 1.0


@dataclass(frozen=True)
class Names:
    """How the named bugs do in the tasks that wrong solutions lose.

    `precision`: of the hints shown, how many were right. `recall`: of the tasks whose message tells of wrong numbers or
    a wrong shape, how many got a right hint; those that are to have none are left out. `by_another_check`: tasks
    whose message says what is wrong without a hint.
    """

    precision: Count = Count()
    recall: Count = Count()
    by_another_check: int = 0

    def __add__(self, other: Names) -> Names:
        return Names(
            self.precision + other.precision,
            self.recall + other.recall,
            self.by_another_check + other.by_another_check,
        )


@dataclass(frozen=True)
class Cost:
    """What one task costs: seconds of recording and judging (the median), and operations of its cell (the most)."""

    seconds: float
    operations: int


@dataclass(frozen=True)
class Score:
    """A corpus' figures: by kind of entry those that lost exactly what they are to lose, the hints, costs by task."""

    entries: dict[str, Count] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    costs: dict[str, Cost] = field(default_factory=dict)


def score(trials: Sequence[Trial]) -> Score:
    """The figures of these trials."""
    entries = {kind: Count() for kind in FIGURES}
    for trial in trials:
        entries[trial.entry.kind] += Count(int(trial.lost == trial.entry.loses), 1)
    return Score(entries, sum((names(trial) for trial in trials), Names()), _costs(trials))


def names(trial: Trial) -> Names:
    """How the hints did in the tasks that this entry was to lose and lost."""
    entry, found = trial.entry, Names()
    for task in trial.lost & entry.loses:
        outcome = trial.outcomes[task]
        right = is_right_hint(entry, task, outcome)
        shown = Count(int(right), int(outcome.mistake is not None))
        due = Count(int(right), int(outcome.on_numbers and not must_have_no_hint(entry, task)))
        found += Names(shown, due, int(not outcome.on_numbers))
    return found


def is_right_hint(entry: Entry, task: str, outcome: Outcome) -> bool:
    """Whether the message hints at a named bug, and at one that the entry makes in this task."""
    return outcome.mistake is not None and outcome.mistake in entry.mistakes.get(task, ())


def must_have_no_hint(entry: Entry, task: str) -> bool:
    """Whether the entry says that whatever is named in this task is wrong."""
    return entry.mistakes.get(task) == ()


def wrong_hints(trial: Trial) -> list[str]:
    """A line for each task that this entry was to lose and whose message is not the one that it is to be.

    A hint must be one of the entry's mistakes, and where it has some there must be one, unless it says what else the
    message has in it.
    """
    entry, lines = trial.entry, []
    for task in sorted(trial.lost & entry.loses):
        outcome, text = trial.outcomes[task], trial.outcomes[task].render("en")
        right = entry.mistakes.get(task, ())
        if outcome.mistake is not None and outcome.mistake not in right:
            lines.append(f"{task}: the hint {outcome.mistake} is none of {list(right)}: {text}")
        elif outcome.mistake is None and right and not entry.says:
            lines.append(f"{task}: there is no hint; it is to be one of {list(right)}: {text}")
        if entry.says not in text:
            lines.append(f"{task}: {entry.says!r} is not in the message: {text}")
    return lines


def as_text(found: Score) -> str:
    """The score in lines: the figures as the tests' summary has them, then each task's cost."""
    figures = ", ".join(f"{FIGURES[kind]} {count}" for kind, count in found.entries.items())
    costs = [f"{task}: {cost.seconds:.3f} s, {cost.operations} operations" for task, cost in found.costs.items()]
    return "\n".join([figures, named_bugs(found.names), *costs])


def named_bugs(found: Names) -> str:
    """The line on named bugs."""
    return (
        f"named bugs: precision {found.precision.share:.0%} ({found.precision}), recall {found.recall.share:.0%} "
        f"({found.recall} of the corpus), named by another check {found.by_another_check}"
    )


def _costs(trials: Iterable[Trial]) -> dict[str, Cost]:
    """What each task costs where it passed: there it was tried on everything."""
    passed: dict[str, list[Outcome]] = {}
    for trial in trials:
        for task, outcome in trial.outcomes.items():
            if outcome.passed:
                passed.setdefault(task, []).append(outcome)
    return {
        task: Cost(statistics.median(one.seconds for one in found), max(one.operations for one in found))
        for task, found in passed.items()
    }
