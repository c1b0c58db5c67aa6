"""A lab's solution notebook in one language, built from its source."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import Any

import nbformat

from grader.authoring.repository import with_repository
from grader.authoring.source import Cell, Source

Notebook = dict[str, Any]

DIAGRAM = re.compile(r"!\[(?P<alt>[^\]]*)\]\(attachment:(?P<name>[\w.-]+?)\.svg\)")
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def solution_notebook(source: Source, language: str, address: str = "") -> Notebook:
    """The notebook with the solutions, in that language, of a course at that address. The source has to be valid."""
    cells = []
    prose = 0
    for cell in source.in_language(language):
        prose += cell.grade_id is None
        built = _built(source, cell, language, cell.grade_id or f"text-{prose:02}")
        if cell.kind in ("prose", "setup"):
            built["source"] = with_repository(built["source"], address, source.lab, language)
        cells.append(built)
    notebook: Notebook = {
        "cells": cells,
        "metadata": {
            "course": {"lab": source.lab, "language": language},
            "kernelspec": KERNELSPEC,
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    nbformat.validate(nbformat.reads(json.dumps(notebook), as_version=4))
    return notebook


def to_bytes(notebook: Notebook) -> bytes:
    """The notebook as a file, in the layout of Jupyter: the same notebook gives the same bytes, without outputs."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    plain = json.dumps({**notebook, "cells": cells})
    written: str = nbformat.writes(nbformat.reads(plain, as_version=4))
    return f"{written}\n".encode()


def _built(source: Source, cell: Cell, language: str, cell_id: str) -> dict[str, Any]:
    # Ids come from names, so that a cell keeps its id when others move; the same in both languages.
    built: dict[str, Any] = {
        "cell_type": cell.type,
        "id": cell_id,
        "metadata": {},
        "source": _with_pictures(source, cell, language),
    }
    if cell.type == "code":
        built |= {"execution_count": None, "outputs": []}
    if "tags" in cell.metadata:
        built["metadata"]["tags"] = list(cell.metadata["tags"])
    mark = _nbgrader(cell)
    if mark:
        built["metadata"]["nbgrader"] = mark
    return built


def _with_pictures(source: Source, cell: Cell, language: str) -> str:
    """The cell's text with its diagrams in it.

    JupyterLab shows no SVG attachments, and nbconvert drops an SVG in a Markdown link: both show an `<img>`.
    """

    def picture(shown: re.Match[str]) -> str:
        text = (source.diagrams / f"{shown['name']}.{language}.svg").read_bytes()
        data = base64.b64encode(text).decode("ascii")
        return f'<img alt="{html.escape(shown["alt"])}" src="data:image/svg+xml;base64,{data}">'

    return DIAGRAM.sub(picture, cell.text_in(language))


def _nbgrader(cell: Cell) -> dict[str, Any]:
    if cell.grade_id is None:
        return {}
    mark: dict[str, Any] = {
        "grade": cell.kind in ("check", "answer"),
        "grade_id": cell.grade_id,
        "locked": cell.kind in ("given", "check"),
        "schema_version": 3,
        "solution": cell.kind in ("task", "answer"),
        "task": False,
    }
    if mark["grade"]:
        mark["points"] = cell.metadata["points"]
    return mark
