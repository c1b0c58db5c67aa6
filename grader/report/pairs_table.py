"""Pairs of similar submissions, as the terminal shows them."""

from __future__ import annotations

from rich import box
from rich.table import Table

from grader.course.language import Translate
from grader.similar import Pair, Similar


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
