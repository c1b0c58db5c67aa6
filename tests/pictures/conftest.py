"""Real ledgers: cells of the lab recorded, replayed and read as the judge does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from xml.etree import ElementTree

import pytest

from grader.bench.section import record_section
from grader.judge.exam import verdict_on
from grader.judge.verdict import Verdict
from grader.lab.registry import find_lab
from grader.labs.linear.lab import SOURCE
from grader.pictures import Picture, picture
from tests.labs.corpora import solution_cells

Run = Callable[..., Verdict]
Draw = Callable[..., Picture]
SVG = "{http://www.w3.org/2000/svg}"


@cache
def _judged(task: str, cells: tuple[tuple[str, str], ...]) -> Verdict:
    section = find_lab("linear").section(task)
    texts = {name: text for name, text in solution_cells().items() if name.startswith(section.name + ".")}
    trace = record_section(section, task, {**texts, **dict(cells)}, SOURCE, {})
    verdict = verdict_on(section, task, SOURCE, (trace,), seed=5)
    assert verdict.ledger is not None, verdict.render("en")
    return verdict


@pytest.fixture
def run() -> Run:
    """`run(task, **cells)`: the verdict on the lab's own solution at the source's sizes, some of its cells replaced
    (`forward="Y = ..."`)."""

    def of(task: str, **cells: str) -> Verdict:
        section = task.partition(".")[0]
        return _judged(task, tuple((f"{section}.{step}", text) for step, text in cells.items()))

    return of


@pytest.fixture
def draw(run: Run) -> Draw:
    """`draw(task, language, **cells)`: the picture of such a run."""

    def of(task: str, language: str = "en", **cells: str) -> Picture:
        verdict = run(task, **cells)
        assert verdict.ledger is not None
        return picture(verdict.ledger, verdict.due, language, 4, find_lab("linear").section(task).task(task).ruled)

    return of


def words_in(drawn: Picture) -> list[str]:
    """What stands on a picture, row by row, without its title and description."""
    return [element.text or "" for element in ElementTree.fromstring(drawn.svg).iter(f"{SVG}text")]
