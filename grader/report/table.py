"""A class in the terminal: students down, tasks across, and what needs a look underneath; similar pairs; and the bar
that runs meanwhile."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from grader.course.language import Translate
from grader.course.results.flags import TEXTS, Flag, printable
from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.similar import Pair, Similar

WIDTH = 100
SHORT = 3  # letters of a section's and a step's name over its column
LONGEST_ID = 13


def class_table(results: Sequence[SubmissionResult], _: Translate, width: int = WIDTH) -> RenderableType:
    """The table, its legend, and one line for each submission that needs a look."""
    tasks = results[0].tasks
    # Where there is room, a section's first column is wider, to set it apart.
    roomy = width >= LONGEST_ID + 14 + (SHORT + 1) * (len(tasks) + 1)
    table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("\n" + _("student"), no_wrap=True, max_width=LONGEST_ID)
    table.add_column("", no_wrap=True)
    section = ""
    for task in tasks:
        before, (section, step) = section, task.task.split(".", 1)
        first = section != before
        head = section if roomy and len(section) <= SHORT + 1 else section[:SHORT]
        table.add_column(
            f"{head if first else ''}\n{step[:SHORT]}",
            justify="right",
            width=SHORT + (first and roomy),
            no_wrap=True,
        )
    table.add_column("\n" + _("sum"), justify="right", no_wrap=True)
    for result in results:
        table.add_row(
            Text(result.student),
            Text(result.language or "–").append("!" if result.flags else "", "yellow"),
            *map(mark, result.tasks),
            Text(number(result.points), "bold" if result.status == "graded" else "yellow"),
        )
    full = (*(task.max_points for task in tasks), results[0].max_points)
    table.add_row(_("points"), "", *map(number, full), style="bold")
    return Group(table, legend(tasks, _), *notes(results, _))


def class_console() -> Console:
    """Standard output, 100 columns wide where it is a file or a pipe and has no width."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def number(points: float) -> str:
    """Points without a needless `.0`."""
    return f"{points:.3g}"


def mark(task: TaskResult) -> Text:
    """One task's points; `…` if the task waits for somebody."""
    if task.status == "not_examined":
        return Text("…", "yellow")
    return Text(number(task.points), "green" if task.status == "passed" else "red")


def legend(tasks: Sequence[TaskResult], _: Translate) -> Text:
    """The tasks' full names, section by section."""
    names = [task.task.split(".", 1) for task in tasks]
    parts = [
        f"{section}: {', '.join(step for _section, step in steps)}"
        for section, steps in groupby(names, key=lambda name: name[0])
    ]
    waiting = _("… no points yet")
    return Text("; ".join(parts) + ".  " + waiting + ".", "dim")


def notes(results: Sequence[SubmissionResult], _: Translate) -> list[Text]:
    """What the intake found, a line a submission; of many remarks of one kind the first, `(+13)` for the others."""
    lines = []
    for result in results:
        if result.flags:
            kinds: dict[str, list[str]] = defaultdict(list)
            for flag in result.flags:
                kinds[flag.partition(": ")[0]].append(flag)
            said = "; ".join(
                sentence(first + (f" (+{len(others)})" if others else ""), _) for first, *others in kinds.values()
            )
            lines.append(Text.assemble((f"! {result.student}: ", "yellow"), said))
    return lines


def sentence(flag: str, _: Translate) -> str:
    """A flag of the results file as a sentence; one this version doesn't know as it stands."""
    key, _colon, subject = flag.partition(": ")
    return Flag(key, subject).text(_) if key in TEXTS else flag


def pairs_table(similar: Similar, _: Translate) -> Table:
    """A row a pair: who, how unusual, and in which tasks how much of the unusual code is the same."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for title in (_("submission"), _("submission")):
        table.add_column(title, no_wrap=True, max_width=24)
    table.add_column(_("bits"), justify="right")
    table.add_column(_("where, and how much of the unusual code is the same"))
    for pair in similar.leads:
        where = ", ".join(f"{task or _('cells of their own')} {share:.0%}" for task, share in pair.shared.items())
        if pair.alike:
            where += "; " * bool(where) + alike_note(pair, _)
        table.add_row(pair.first, pair.second, f"{pair.bits:.0f}", where)
    return table


def alike_note(pair: Pair, _: Translate) -> str:
    """In which tasks the two wrote the same letters."""
    return _("to the letter: {tasks}").format(tasks=", ".join(pair.alike))


@contextmanager
def progress_bar(console: Console, title: str, total: int) -> Iterator[Callable[[str], None]]:
    """A function to call with each student's name as that student is done; the bar goes when all are."""
    columns = (
        TextColumn(title),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[student]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(title, total=total, student="")
        yield lambda student: progress.update(bar, advance=1, student=escape(printable(student)))
        progress.update(bar, student="")
