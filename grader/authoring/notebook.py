"""A lab's solution notebook in one language, built from its source."""

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

import nbformat

from grader.authoring.points import Points
from grader.authoring.repository import ADDRESS, with_repository
from grader.authoring.source import Cell, Source

Notebook = dict[str, Any]

DIAGRAM = re.compile(r"!\[(?P<alt>[^\]]*)\]\(attachment:(?P<name>[\w.-]+?)\.svg\)")
# a notebook's first code cell, the same for every lab: it loads the bench and says which lab and language this is
TEMPLATES = Path(__file__).with_name("first_cell")
LAB, LANGUAGE = "{{lab}}", "{{language}}"
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def solution_notebook(source: Source, language: str, points: Points, address: str = "") -> Notebook:
    """The notebook with the solutions, in that language. The source has to be valid.

    `points` are those of the lab's tasks, and the course lives at `address`.
    """
    own = list(source.in_language(language))
    cells = [_built(source, cell, language, points, address) for cell in own]
    titles = 1 if own and own[0].kind == "prose" else 0
    cells.insert(titles, _code(loading_cell(source.lab, language, address)))
    # Ids come from names, so that a cell keeps its id when others move; the same in every language.
    without_name = (cell for cell in cells if "id" not in cell)
    for number, cell in enumerate(without_name, start=1):
        cell["id"] = f"text-{number:02}"
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


def loading_cell(lab: str, language: str, address: str = "") -> str:
    """The cell's text, in English where nobody has written it in that language yet.

    `address` is where Colab gets the course from; empty where nothing is set.
    """
    template = TEMPLATES / f"{language}.ipy"
    if not template.is_file():
        template = TEMPLATES / "en.ipy"
    text = template.read_text(encoding="utf-8").removesuffix("\n")
    return text.replace(ADDRESS, address).replace(LAB, lab).replace(LANGUAGE, language)


def to_bytes(notebook: Notebook) -> bytes:
    """The notebook as a file, in the layout of Jupyter: the same notebook gives the same bytes, without outputs."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    plain = json.dumps({**notebook, "cells": cells})
    written: str = nbformat.writes(nbformat.reads(plain, as_version=4))
    return f"{written}\n".encode()


def _code(text: str) -> dict[str, Any]:
    return _plain("code", text) | {"execution_count": None, "outputs": []}


def _plain(cell_type: str, text: str) -> dict[str, Any]:
    return {"cell_type": cell_type, "metadata": {}, "source": text}


def _built(source: Source, cell: Cell, language: str, points: Points, address: str) -> dict[str, Any]:
    text = _with_pictures(source, cell, language)
    if cell.kind == "prose":
        text = with_repository(text, address, source.lab, language)
    built = _code(text) if cell.type == "code" else _plain(cell.type, text)
    if cell.grade_id is not None:
        built["id"] = cell.grade_id
    if "tags" in cell.metadata:
        built["metadata"]["tags"] = list(cell.metadata["tags"])
    mark = _nbgrader(cell, points)
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


def _nbgrader(cell: Cell, points: Points) -> dict[str, Any]:
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
    if cell.task is not None:
        mark["points"] = points[cell.task]
    return mark
