"""Notebooks executed with papermill, with errors that name notebook, cell and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError


class NotebookFailed(AssertionError):
    """A notebook stopped; the text names it, its cell, the line in the cell, and the error."""


def execute(notebook: Path, output: Path, parameters: Mapping[str, Any]) -> nbformat.NotebookNode:
    """The executed notebook, which is also written to `output`.

    Raises:
        NotebookFailed: a cell raised an exception.
    """
    try:
        papermill.execute_notebook(
            notebook, output, dict(parameters), kernel_name="python3", progress_bar=False, cwd=output.parent
        )
    except PapermillExecutionError as error:
        raise NotebookFailed(_describe(notebook, output, error)) from None
    return nbformat.read(output, as_version=4)


def printed(notebook: nbformat.NotebookNode, stream: str = "stdout") -> str:
    """Everything that the notebook printed on that stream."""
    return "".join(
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == stream
    )


def _describe(notebook: Path, output: Path, error: PapermillExecutionError) -> str:
    name = "?"
    for cell in nbformat.read(output, as_version=4).cells:
        if cell.cell_type == "code" and cell.source == error.source:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    lines = re.findall(r"Cell In\[\d+\], line (\d+)|^-+> (\d+) ", plain, re.M)
    line = next((number for found in lines for number in found if number), "?")
    return f"{notebook}: cell {name}, line {line}: {error.ename}: {error.evalue}"
