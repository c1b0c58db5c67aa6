"""The bench: beside the student's code. `%load_ext grader.bench` gives a notebook `%%task`, `check`, `exam`,
`what_if` and `on_ranks`; `record` and `Ledger` are for whoever wants to look closer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from grader.bench.ledger import Ledger, record

__all__ = ["Ledger", "load_ipython_extension", "record"]


def __getattr__(name: str) -> Any:
    """`Ledger` and `record`, imported when they are asked for: torch comes with them."""
    if name not in ("Ledger", "record"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from grader.bench import ledger

    return getattr(ledger, name)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put `%%task`, `%lab`, `%language`, `check` and `exam` into a notebook; IPython calls this for `%load_ext`."""
    from grader.bench.notebook import Notebook
    from grader.bench.unsolved import Calm

    notebook = Notebook(shell)
    shell.events.register("pre_run_cell", notebook.remember)
    shell.input_transformers_cleanup.append(notebook.unmark)
    shell.ast_transformers.append(Calm(lambda: notebook.task, notebook.held_up_by))
    shell.magics_manager.register_function(notebook.announce, "line", "task")
    shell.magics_manager.register_function(lambda line: None, "line", "after")
    shell.magics_manager.register_function(notebook.say_stub, "line", "stub")
    shell.magics_manager.register_function(notebook.say_held_up, "line", "held_up")
    shell.magics_manager.register_function(notebook.set_language, "line", "language")
    shell.magics_manager.register_function(notebook.set_lab, "line", "lab")
    said = {
        "check": notebook.check,
        "exam": notebook.exam,
        "what_if": notebook.what_if,
        "on_ranks": notebook.on_ranks,
    }
    shell.push(said, interactive=False)
