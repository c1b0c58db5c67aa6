"""Failures: what an exception that ended a student's cell is told as."""

from __future__ import annotations

import linecache
from collections.abc import Collection

from grader.judge.messages import N_, Message, message
from grader.judge.verdict import NOT_SOLVED


def failure(exception: BaseException, file: str, gone: Collection[str], task: bool = True) -> Message:
    """What to tell a student whose cell ended with an exception, with the line of the cell that it came from.

    `file` is the name under which the cell was compiled, `gone` are names that it may not see; `task` says whether it
    is a task's cell and not one of the student's own.
    """
    said = _said(exception)
    if isinstance(exception, NotImplementedError) and not said:
        return NOT_SOLVED
    line, code = 0, ""
    if isinstance(exception, SyntaxError):
        # a cell may raise one of its own, with anything in these fields
        line = exception.lineno if isinstance(exception.lineno, int) else 0
        code = exception.text.strip() if isinstance(exception.text, str) else ""
        said = exception.msg if isinstance(exception.msg, str) else said
    trail = exception.__traceback__
    while trail is not None:
        if trail.tb_frame.f_code.co_filename == file:
            line, code = trail.tb_lineno, linecache.getline(file, trail.tb_lineno).strip()
        trail = trail.tb_next
    if isinstance(exception, NameError) and isinstance(exception.name, str) and exception.name in gone:
        return message(
            N_("line {line}, `{code}`: {name} does not exist here: from forward to update no device may hold the "
               "full matrix, only its shard"),
            line=line, code=code[:200], name=exception.name,
        )  # fmt: skip
    if isinstance(exception, NameError) and isinstance(exception.name, str):
        if not task:
            return message(
                N_("line {line}, `{code}`: {name} is not among the inputs"), line=line, code=code, name=exception.name
            )
        return message(
            N_("line {line}, `{code}`: {name} is not defined when the task is checked: its cell sees what section "
               "0 gives, the right results of the section's earlier tasks, and what else their cells made"),
            line=line, code=code[:200], name=exception.name,
        )  # fmt: skip
    return message(
        N_("line {line}, `{code}`: {type}: {error}"),
        line=line, code=code[:200], type=type(exception).__name__, error=said,
    )  # fmt: skip


def _said(exception: BaseException) -> str:
    """The first line of what an exception says; empty where even that fails."""
    try:
        return str(exception).split("\n")[0]
    except Exception:
        return ""
