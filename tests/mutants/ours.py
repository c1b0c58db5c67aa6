"""Our own right and wrong solutions: those that made us write a check, or that a check once got wrong."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutants.corpus import Case
from tests.mutants.decoys import DECOYS
from tests.mutants.right import RIGHT
from tests.mutants.styles import STYLES
from tests.mutants.ways_round import WAYS_ROUND
from tests.mutants.wrong import WRONG
from tests.mutants.wrong_somewhere import WRONG_SOMEWHERE

Solutions = Mapping[str, tuple[Mapping[str, str], set[str]]]


def right() -> list[Case]:
    """Our right solutions."""
    return _cases("ours, right", {name: (cells, set()) for name, cells in RIGHT.items()})


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
    return _cases("ours, wrong", WRONG)


def wrong_somewhere() -> list[Case]:
    """Our wrong solutions that the notebook's own sizes and values don't show."""
    return _cases("ours, wrong somewhere", WRONG_SOMEWHERE)


def ways_round() -> list[Case]:
    """Our own ways round the rule."""
    return _cases("ours, way round", WAYS_ROUND)


def decoys() -> list[Case]:
    """Our wrong solutions that try the naming of mistakes, with the tasks that they lose."""
    return _cases("decoy", DECOYS)


def _cases(kind: str, solutions: Solutions) -> list[Case]:
    return [
        Case(name, kind, {task: f"#\n{text}\n" for task, text in cells.items()}, "", frozenset(loses))
        for name, (cells, loses) in solutions.items()
    ]
