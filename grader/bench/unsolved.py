"""Unsolved tasks: their cells say so in one calm line and let the notebook run on.

The released notebook has `raise NotImplementedError()` in place of each solution, and given cells below that use what
the solution would make. Without more, Restart-and-Run-All of a fresh notebook would stop at the first of them.
"""

import ast
from collections.abc import Callable, Iterable, Mapping

from grader.lab.messages import N_, Message, message


def unsolved_among(
    named: tuple[str, ...], tasks: Iterable[str], cells: Mapping[str, str], plain: Callable[[str], str]
) -> str | None:
    """The first of `tasks` among these sections and tasks that is still unsolved; None where all have a text of
    their own.

    `cells` are the remembered texts by task; `plain` makes Python of a cell.
    """
    for task in tasks:
        if task in named or task.split(".")[0] in named:
            if task not in cells:
                return task
            try:
                tree = ast.parse(plain(cells[task]))
            except SyntaxError:
                continue  # the student has begun
            if any(map(_is_stub, tree.body)):
                return task
    return None


class Calm(ast.NodeTransformer):
    """Puts one calm line in place of what could only fail: a task's stub, or a given cell that a task holds up.

    `task()` is the running cell's task, or empty; `held_up_by()` the unsolved task that the running cell needs.
    """

    def __init__(self, task: Callable[[], str], held_up_by: Callable[[], str | None]) -> None:
        self._task, self._held_up_by = task, held_up_by

    def visit_Module(self, module: ast.Module) -> ast.Module:
        if self._task():
            for place, statement in enumerate(module.body):
                if _is_stub(statement):
                    module.body[place:] = [_line("stub", self._task(), statement)]
                    break
        elif (missing := self._held_up_by()) is not None and module.body:
            module.body[:] = [_line("held_up", missing, module.body[0])]
        return module


def stub(task: str) -> Message:
    """What an unsolved task's own cell says."""
    return message(N_("{task}: write your code in place of `raise NotImplementedError()`"), task=task)


def held_up(task: str) -> Message:
    """What a given cell says that uses what the task makes."""
    return message(N_("this cell shows something once {task} is solved"), task=task)


def _is_stub(statement: ast.stmt) -> bool:
    match statement:
        case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[], keywords=[]), cause=None):
            return True
    return False


def _line(magic: str, argument: str, place: ast.stmt) -> ast.stmt:
    (call,) = ast.parse(f"get_ipython().run_line_magic({magic!r}, {argument!r})").body
    for node in ast.walk(call):
        ast.copy_location(node, place)
    return call
