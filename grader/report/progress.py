"""The bar that runs while a class is graded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from grader.course.results.flags import printable


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
