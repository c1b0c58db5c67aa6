"""A small lab in two languages: add two numbers, then two more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.course.results.results_file import SubmissionResult

Notebook = dict[str, Any]
Answer = Callable[..., Notebook]
LAB = "mini"
FIRST = """from IPython import get_ipython
from IPython.core.magic import register_cell_magic
@register_cell_magic
def task(line, cell):
    get_ipython().run_cell(cell).raise_error()
language = "{language}"
"""
ANSWERS = {"add.two": "two = 1 + 1", "add.three": "three = two + 1", "add.four": "four = three + 1"}
POINTS = {"add.two": 1, "add.three": 2, "add.four": 2}
PROSE = {"en": "# Adding numbers", "ru": "# Складываем числа, одно за другим"}


def _mark(grade_id: str, **kinds: Any) -> dict[str, Any]:
    mark = {"grade": False, "solution": False, "locked": False, "task": False} | kinds
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id} | mark}


def _code(cell_id: str, source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "source": source,
        "metadata": metadata or {},
        "outputs": [],
        "execution_count": None,
    }


def _markdown(cell_id: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "source": source, "metadata": metadata}


def solution(language: str) -> Notebook:
    cells = [
        _markdown("intro", PROSE[language], {}),
        _code("first", FIRST.format(language=language)),
        _code("given", "start = 1", _mark("given-start", locked=True)),
    ]
    for task, answer in ANSWERS.items():
        name, dashed = task.rpartition(".")[2], task.replace(".", "-")
        cells.append(
            _code(
                f"solution-{name}",
                f"%%task {task}\n### BEGIN SOLUTION\n{answer}\n### END SOLUTION",
                _mark(f"solution-{dashed}", solution=True),
            )
        )
        check = (
            f"assert {name} > 1, '{name} is too small\\n\\nmore about it'\n"
            f"### BEGIN HIDDEN TESTS\n"
            f"assert {name} == {list(ANSWERS).index(task) + 2}, '{task}: {name} is wrong'\n"
            f"### END HIDDEN TESTS"
        )
        points = POINTS[task]
        cells.append(_code(name, check, _mark(dashed, grade=True, locked=True, points=points)))
    cells.append(
        _markdown(
            "conclusion",
            "### BEGIN SOLUTION\nNumbers add up.\n### END SOLUTION",
            _mark("add-conclusion", grade=True, solution=True, points=1),
        )
    )
    return {
        "cells": cells,
        "metadata": {
            "course": {"lab": LAB, "language": language},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def write_json(path: Path, content: object) -> Path:
    """The file, with its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def named(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    """The notebook's cell of that grade_id."""
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def remarks(result: SubmissionResult) -> tuple[str, ...]:
    """A result's flags, but for the one that every result has where there is no sandbox."""
    return tuple(flag for flag in result.flags if flag != "no-sandbox")
