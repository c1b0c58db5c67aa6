"""What a class's results say, put together for a person: plain data, before it becomes a page, a table or JSON."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from grader.course.language import LANGUAGES, N_, Translate, translator
from grader.course.results.flags import TEXTS, Flag
from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.lab.registry import labs
from grader.report.excerpt import excerpt
from grader.report.table import sentence
from grader.similar import Similar

MOST_EXAMPLES = 3
FIELD = re.compile(r"\{\w+\}")
TOOK_TOO_LONG = (N_("the check took too long and was stopped"), N_("replaying it takes longer than {seconds} s"))
# What an instructor has to look at first, before what the intake put right by itself.
GRAVE = ("not-run", "kernel-ended", "time-out", "identical-work", "locked-cell-edited", "locked-cell-duplicated")


@dataclass(frozen=True)
class Bug:
    """A named mistake in one task: its number on the page, what it is, and who made it."""

    number: int
    name: str
    task: str
    text: str
    students: tuple[str, ...]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """A flag, what it means, and the submissions that have it, each with what it is about."""

    key: str
    text: str
    subjects: Mapping[str, str]


@dataclass(frozen=True)
class TaskSummary:
    """How a task went: how many passed it, have some of its points, failed it, or wait; how many of those that are not
    all right have no named mistake."""

    task: str
    max_points: float
    passed: int
    partly: int
    failed: int
    waiting: int
    unnamed: int


@dataclass(frozen=True)
class Bin:
    """How many submissions have at least `low` and less than `high` points (the last: at most)."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class ClassReport:
    """The report of a class; `similar` is None where the submissions themselves were not at hand."""

    lab: str
    language: str
    results: tuple[SubmissionResult, ...]
    tasks: tuple[TaskSummary, ...]
    bugs: tuple[Bug, ...]
    remarks: tuple[Remark, ...]
    bins: tuple[Bin, ...]
    similar: Similar | None = None

    @property
    def max_points(self) -> float:
        """The lab's points."""
        return self.results[0].max_points

    @property
    def points(self) -> list[float]:
        """The points of every submission that could be read, from the least to the most."""
        return sorted(result.points for result in self.results if result.status != "unreadable")

    def flags(self, student: str) -> list[str]:
        """The keys of the student's flags."""
        return [remark.key for remark in self.remarks if student in remark.subjects]

    def mistakes(self, student: str) -> list[Bug]:
        """The named mistakes that the student made."""
        return [bug for bug in self.bugs if student in bug.students]


def class_report(
    results: Sequence[SubmissionResult],
    language: str,
    answers: Mapping[str, Mapping[str, str]] | None = None,
    model: Mapping[str, str] | None = None,
    similar: Similar | None = None,
) -> ClassReport:
    """The report of these results (at least one); with `answers` its mistakes have examples."""
    _ = translator(language)
    return ClassReport(
        lab=results[0].lab,
        language=language,
        results=tuple(sorted(results, key=lambda result: result.student)),
        tasks=_tasks(results),
        bugs=_bugs(results, answers or {}, model or {}, _),
        remarks=_remarks(results, similar, _),
        bins=_bins(results),
        similar=similar,
    )


def _tasks(results: Sequence[SubmissionResult]) -> tuple[TaskSummary, ...]:
    summaries = []
    for column in zip(*(result.tasks for result in results), strict=True):
        states = Counter(_state(task) for task in column)
        unnamed = sum(task.status == "failed" and not task.mistake for task in column)
        first: TaskResult = column[0]
        summaries.append(
            TaskSummary(
                first.task,
                first.max_points,
                states["passed"],
                states["partly"],
                states["failed"],
                states["not_examined"],
                unnamed,
            )
        )
    return tuple(summaries)


def _state(task: TaskResult) -> str:
    return "partly" if task.status == "failed" and task.points > 0 else task.status


def _bugs(
    results: Sequence[SubmissionResult],
    answers: Mapping[str, Mapping[str, str]],
    model: Mapping[str, str],
    _: Translate,
) -> tuple[Bug, ...]:
    made: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        for task in result.tasks:
            if task.mistake:
                made[task.task, task.mistake].append(result.student)
    ordered = sorted(made.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Bug(
            number,
            name,
            task,
            mistake_text(results[0].lab, task, name, _),
            tuple(sorted(students)),
            _examples(task, students, answers, model),
        )
        for number, ((task, name), students) in enumerate(ordered, 1)
    )


def mistake_text(lab: str, task: str, name: str, _: Translate) -> str:
    """What a named mistake is, in a sentence; its name where this version's catalogue has none."""
    known = labs().get(lab)
    section = known.section(task) if known is not None and task in known.task_names else None
    for mistake in section.mistakes.get(task, ()) if section is not None else ():
        if mistake.name == name:
            return FIELD.sub("…", _(mistake.hint)).removeprefix(": ")
    return name


def _examples(
    task: str, students: Sequence[str], answers: Mapping[str, Mapping[str, str]], model: Mapping[str, str]
) -> tuple[str, ...]:
    """The commonest forms of a mistake, without a word on whose they are."""
    shown = Counter(
        excerpt(answers[student][task], model.get(task, ""), (student,))
        for student in students
        if task in answers.get(student, {})
    )
    return tuple(text for text, _count in shown.most_common(MOST_EXAMPLES) if text)


def _remarks(results: Sequence[SubmissionResult], similar: Similar | None, _: Translate) -> tuple[Remark, ...]:
    found: dict[str, dict[str, str]] = defaultdict(dict)

    def add(key: str, student: str, subject: str) -> None:
        before = found[key].get(student)
        found[key][student] = f"{before}, {subject}" if before and subject else subject or before or ""

    for result in results:
        for flag in result.flags:
            key, _colon, subject = flag.partition(": ")
            add(key, result.student, subject)
        for task in result.tasks:
            if took_too_long(task):
                add("time-out", result.student, task.task)
    for number, pair in enumerate(similar.leads if similar else (), 1):
        add("identical-work", pair.first, str(number))
        add("identical-work", pair.second, str(number))
    keys = sorted(found, key=lambda key: (GRAVE.index(key) if key in GRAVE else len(GRAVE), key))
    return tuple(Remark(key, _remark_text(key, _), dict(sorted(found[key].items()))) for key in keys)


def _remark_text(key: str, _: Translate) -> str:
    """The flag's sentence, with a gap for what it is about."""
    return Flag(key, "…").text(_) if key in TEXTS else sentence(key, _)


def took_too_long(task: TaskResult) -> bool:
    """Whether the task's message, in whichever language, says that it ran out of time."""
    return task.status != "passed" and any(found.search(task.message) for found in _too_long())


@cache
def _too_long() -> tuple[re.Pattern[str], ...]:
    said = {translator(language)(text) for text in TOOK_TOO_LONG for language in LANGUAGES}
    return tuple(re.compile(r"\d+".join(map(re.escape, FIELD.split(text)))) for text in sorted(said))


def _bins(results: Sequence[SubmissionResult], most: int = 25) -> tuple[Bin, ...]:
    """Bins of one point each, or wider ones where the lab has many points."""
    top = max((result.max_points for result in results), default=0.0)
    width = max(1, -(-int(top) // most))
    edges = list(range(0, int(top) + 1, width))
    counts = Counter(
        min(int(result.points // width), len(edges) - 1) for result in results if result.status != "unreadable"
    )
    return tuple(Bin(low, min(low + width, top), counts[place]) for place, low in enumerate(edges))
