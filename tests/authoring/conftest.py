"""A small lab in two languages, with every kind of cell, that tests break in one place at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.authoring.notebook import Notebook
from grader.authoring.points import Points, PointsOf

LAB = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] lang="en" attach="sum"
# # Sums
#
# ![Two numbers and their sum](attachment:sum.svg)

# %% [markdown] lang="ru" of="37c455ac" attach="sum"
# # Суммы
#
# ![Два числа и их сумма](attachment:sum.svg)

# %% given="parameters" tags=["parameters"]
left, right = 1, 2

# %% task="sum.add"
# %%task sum.add
### BEGIN SOLUTION
# en: add both
# ru: складываем
total = left + right
### END SOLUTION
print(total)

# %% check="sum.add"
check("sum.add")
### BEGIN HIDDEN TESTS
exam("sum.add")
### END HIDDEN TESTS

# %% [markdown] lang="en" answer="sum.why"
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION

# %% [markdown] lang="ru" of="17dc9bda" answer="sum.why"
# ### BEGIN SOLUTION
# Потому что.
# ### END SOLUTION
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>{text}</text></svg>\n'

WriteLab = Callable[[str], Path]
POINTS = {"sum.add": 2, "sum.why": 1.5}


@pytest.fixture
def points() -> Points:
    """The points of the small lab's tasks."""
    return dict(POINTS)


@pytest.fixture
def points_of() -> PointsOf:
    """The points of any lab's tasks: every lab here is the small one."""
    return lambda lab: POINTS


@pytest.fixture
def lab_text() -> str:
    """The small lab's source, which is in order."""
    return LAB


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build without nbgrader, where the released notebook doesn't matter."""

    def as_released(solution: Notebook, lab: str, language: str) -> Notebook:
        for cell in solution["cells"]:
            if "nbgrader" in cell["metadata"]:
                cell["metadata"]["nbgrader"]["checksum"] = "0"
        return solution

    monkeypatch.setattr("grader.authoring.building.release_notebook", as_released)


@pytest.fixture
def write_lab(tmp_path: Path) -> WriteLab:
    """A function that puts this source, with its diagrams, into a course folder, and tells where the file is."""

    def write(text: str) -> Path:
        folder = tmp_path / "grader" / "labs" / "sums"
        diagrams = folder / "diagrams"
        diagrams.mkdir(parents=True, exist_ok=True)
        for language, label in (("en", "sum"), ("ru", "сумма")):
            (diagrams / f"sum.{language}.svg").write_text(SVG.format(text=label), encoding="utf-8")
        path = folder / "notebook.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write
