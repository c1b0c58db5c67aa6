"""Our own right and wrong solutions: those that made us write a check, or that a check once got wrong."""

from __future__ import annotations

from tests.mutants.corpus import Case
from tests.mutants.decoys import DECOYS
from tests.mutants.right import RIGHT
from tests.mutants.styles import STYLES
from tests.mutants.wrong import WRONG


def right() -> list[Case]:
    """Our right solutions."""
    return [
        Case(name, "ours, right", {task: f"#\n{text}\n" for task, text in cells.items()}, "", frozenset())
        for name, cells in RIGHT.items()
    ]


def styles() -> list[Case]:
    """Right solutions in the manner of different people."""
    return [
        Case(
            name,
            "style",
            {task: f"#\n{text}\n" for task, text in cells.items() if task != "before"},
            cells.get("before", ""),
            frozenset(),
        )
        for name, cells in STYLES.items()
    ]


def wrong() -> list[Case]:
    """Our wrong solutions with the tasks that they lose."""
    return [
        Case(name, "ours, wrong", {task: f"#\n{text}\n" for task, text in cells.items()}, "", frozenset(loses))
        for name, (cells, loses) in WRONG.items()
    ]


def decoys() -> list[Case]:
    """Our wrong solutions that try the naming of mistakes, with the tasks that they lose."""
    return [
        Case(name, "decoy", {task: f"#\n{text}\n" for task, text in cells.items()}, "", frozenset(loses))
        for name, (cells, loses) in DECOYS.items()
    ]
