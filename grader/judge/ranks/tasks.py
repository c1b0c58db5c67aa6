"""The tasks of the ranks: an SGD step of a column-parallel and a row-parallel layer, whole and in three functions."""

from __future__ import annotations

from grader.judge.labs.linear import COLUMN_BACKWARD, COLUMN_FORWARD, ROW_FORWARD
from grader.judge.ranks.task import Part, RankTask

X, Y_GT, Y, DY = Part("X", "X"), Part("Y_gt", "Y_gt"), Part("Y", "Y"), Part("dY", "dY")
DX = Part("dX", "dX")


def _column(step: str, takes: tuple[Part | str, ...], makes: tuple[Part, ...], **more: tuple[str, ...]) -> RankTask:
    needs = {"forward": (COLUMN_FORWARD,), "backward": (COLUMN_BACKWARD,), "update": ()}
    return RankTask(
        f"column.{step}", f"column_{step}", takes, makes, 0,
        needs=needs.get(step, (COLUMN_FORWARD, COLUMN_BACKWARD)), **more,
    )  # fmt: skip


def _row(step: str, takes: tuple[Part | str, ...], makes: tuple[Part, ...], **more: tuple[str, ...]) -> RankTask:
    needs = {"forward": (ROW_FORWARD,), "step": (ROW_FORWARD,)}
    return RankTask(f"row.{step}", f"row_{step}", takes, makes, 1, needs=needs.get(step, ()), **more)


def _parts(dim: int) -> tuple[Part, Part, Part, Part, Part, Part]:
    """W and b before the step, their gradients, and W and b after it; a row-parallel layer's bias is not cut."""
    bias, gradient = (1, 0) if dim == 0 else (None, None)
    return (
        Part("W", "W0", dim), Part("b", "b0", bias), Part("dW", "dW", dim), Part("db", "db", gradient),
        Part("W", "W", dim), Part("b", "b", bias),
    )  # fmt: skip


W0, B0, DW, DB, W1, B1 = _parts(0)
COLUMN = (
    _column("forward", (X, W0, B0), (Y,)),
    _column("backward", (X, W0, DY), (DX, DW, DB)),
    _column("update", (W0, B0, DW, DB, "lr"), (W1, B1), updates=("W", "b")),
    _column("step", (X, W0, B0, Y_GT, "lr"), (Y, DX, DW, DB, W1, B1), updates=("W", "b")),
)

X_PART, DX_PART = Part("X", "X", 1), Part("dX", "dX", 1)
W0, B0, DW, DB, W1, B1 = _parts(1)
ROW = (
    _row("forward", (X_PART, W0, B0), (Y,)),
    _row("backward", (X_PART, W0, DY), (DX_PART, DW, DB)),
    _row("update", (W0, B0, DW, DB, "lr"), (W1, B1), updates=("W", "b"), replicas=("b",)),
    _row("step", (X_PART, W0, B0, Y_GT, "lr"), (Y, DX_PART, DW, DB, W1, B1), updates=("W", "b"), replicas=("b",)),
)

TASKS = {task.name: task for task in (*COLUMN, *ROW)}
