"""The bench: beside the student's code. `%load_ext grader.bench` gives a notebook `%%task`, `check` and `exam`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put `%%task`, `%language`, `check` and `exam` into a notebook; IPython calls this for `%load_ext`."""
    from grader.bench.notebook import Notebook

    notebook = Notebook(shell)
    shell.events.register("pre_run_cell", notebook.remember)
    shell.input_transformers_cleanup.append(notebook.unmark)
    shell.magics_manager.register_function(notebook.announce, "line", "task")
    shell.magics_manager.register_function(notebook.set_language, "line", "language")
    shell.push({"check": notebook.check, "exam": notebook.exam}, interactive=False)
