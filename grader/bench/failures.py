"""Failures: what an exception that ended a student's cell is told as."""

import linecache
import re
from collections.abc import Collection, Mapping

from grader.judge.verdict import NOT_SOLVED
from grader.lab.messages import N_, Message, message

PRODUCT = re.compile(r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")


class CellEnded(Exception):
    """Raised in the place of a cell that ended its kernel when it was graded; its text is all there is to say."""


def failure(exception: BaseException, file: str, gone: Collection[str], task: bool = True) -> Message:
    """What to tell a student whose cell ended with an exception, with the line of the cell that it came from.

    `file` is the name under which the cell was compiled, `gone` are names that it may not see; `task` says whether it
    is a task's cell and not one of the student's own.
    """
    said = _said(exception)
    if isinstance(exception, NotImplementedError) and not said:
        return NOT_SOLVED
    if isinstance(exception, CellEnded):
        return message("{what}", what=said)
    line, code = 0, ""
    if isinstance(exception, SyntaxError):
        # a cell may raise one of its own, with anything in these fields
        line = exception.lineno if isinstance(exception.lineno, int) else 0
        code = exception.text.strip() if isinstance(exception.text, str) else ""
        said = exception.msg if isinstance(exception.msg, str) else said
    visible: Mapping[str, object] = {}
    trail = exception.__traceback__
    while trail is not None:
        if trail.tb_frame.f_code.co_filename == file:
            line, code = trail.tb_lineno, linecache.getline(file, trail.tb_lineno).strip()
            visible = {**trail.tb_frame.f_globals, **trail.tb_frame.f_locals}
        trail = trail.tb_next
    if isinstance(exception, NameError) and isinstance(exception.name, str) and exception.name in gone:
        return message(
            N_("line {line}, `{code}`: {name} does not exist here: from forward to update no device may hold the "
               "full matrix, only its shard"),
            line=line, code=code[:200], name=exception.name,
        )  # fmt: skip
    if isinstance(exception, NameError) and isinstance(exception.name, str):
        meant = meant_by(exception.name, visible)
        if meant:
            return message(
                N_("line {line}, `{code}`: {name} is not defined; did you mean {meant}?"),
                line=line, code=code[:200], name=exception.name, meant=meant,
            )  # fmt: skip
        if not task:
            return message(
                N_("line {line}, `{code}`: {name} is not among the inputs"), line=line, code=code, name=exception.name
            )
        return message(
            N_("line {line}, `{code}`: {name} is not defined when the task is checked: its cell sees what section "
               "0 gives, the right results of the section's earlier tasks, and what else their cells made"),
            line=line, code=code[:200], name=exception.name,
        )  # fmt: skip
    shapes = PRODUCT.search(said) if isinstance(exception, RuntimeError) else None
    if shapes is not None and (told := product(*map(int, shapes.groups()))) is not None:
        where = message(N_("line {line}, `{code}`"), line=line, code=code[:200])
        return message("{where}: {what}", where=where, what=told)
    return message(
        N_("line {line}, `{code}`: {type}: {error}"),
        line=line, code=code[:200], type=type(exception).__name__, error=said,
    )  # fmt: skip


def meant_by(name: str, visible: Mapping[str, object]) -> str:
    """The variable that has the same letters, `W_gpu1` for `w_gpu1` or `Wgpu1`; empty where none has.

    More likeness would mislead: `X_gpu1` and `W_gpu1`, `dX` and `dY` are one letter apart.
    """

    def letters(word: str) -> str:
        return word.replace("_", "").lower()

    names = [known for known in visible if type(known) is str and known != name]  # a cell may put anything there
    return next((known for known in names if letters(known) == letters(name)), "")


def product(rows: int, columns: int, other_rows: int, other_columns: int) -> Message | None:
    """What to say of a matrix product of (rows, columns) and (other_rows, other_columns), whose inner sizes differ.

    None where turning one of the two round would not make them equal.
    """
    second, first = columns == other_columns, rows == other_rows
    if not second and not first:
        return None
    text = (
        N_("a product of matrices ({rows}, {columns}) and ({other_rows}, {other_columns}): {columns} and {other_rows} "
           "have to be equal; they are with one of the two transposed, .T")
        if second and first
        else N_("a product of matrices ({rows}, {columns}) and ({other_rows}, {other_columns}): {columns} and "
                "{other_rows} have to be equal; with the second one transposed, .T, both are {columns}")
        if second
        else N_("a product of matrices ({rows}, {columns}) and ({other_rows}, {other_columns}): {columns} and "
                "{other_rows} have to be equal; with the first one transposed, .T, both are {rows}")
    )  # fmt: skip
    return message(text, rows=rows, columns=columns, other_rows=other_rows, other_columns=other_columns)


def _said(exception: BaseException) -> str:
    """The first line of what an exception says; empty where even that fails."""
    try:
        return str(exception).split("\n")[0]
    except Exception:
        return ""
