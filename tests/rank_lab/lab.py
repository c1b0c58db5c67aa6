"""The tasks of the ranks: an SGD step of a column-parallel and a row-parallel layer, whole and in three functions."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from grader.lab import (
    CHUNK,
    FLOOR,
    RANKS,
    Case,
    Lab,
    Limits,
    Role,
    Rule,
    Section,
    Signature,
    Task,
    Values,
    Var,
)
from grader.labs.linear.lab import COLUMN_BACKWARD, COLUMN_FORWARD, ROW_FORWARD
from grader.labs.linear.reference import draw, step
from tests.rank_lab.sums import sum_seen

WEIGHT, GRADIENT, ACTIVATION = Role.WEIGHT, Role.GRADIENT, Role.ACTIVATION


def case_of(
    batch_size: int,
    in_features: int,
    out_features: int,
    lr: float,
    world: int,
    dtype: torch.dtype = torch.float64,
    values: Values = Values.NORMAL,
    layout: str = FLOOR,
) -> Case:
    """A case of this lab."""
    sizes = {"batch_size": batch_size, "in_features": in_features, "out_features": out_features}
    return Case(sizes, {"lr": lr}, dtype, values=values, world=world, layout=layout)


def exam_cases(layout: str = FLOOR) -> tuple[Case, ...]:
    """What every task is examined on: odd sizes and odd world sizes, one rank alone, and sizes that decide the rule."""
    awkward, thin = (3, 11, 7, 0.05), (1, 12, 24, 0.05)
    deciding, wide = (2, 203, 151, 0.05), (2, 250, 203, 0.05)
    runs = (
        (awkward, 3), (awkward, 2), (awkward, 5), (awkward, 1), (thin, 4), (deciding, 3), (deciding, 4), (wide, 5),
    )  # fmt: skip
    return (
        *(case_of(*sizes, world, layout=layout) for sizes, world in runs),
        case_of(4, 12, 16, 0.25, 3, torch.float32, Values.NARROW, layout),
        case_of(32, 1024, 608, 0.3, 4, torch.float32, layout=layout),
    )


def shared(size: str) -> Rule:
    """The rule where ranks share that size of W."""

    def limits(case: Case) -> Limits | None:
        batch, fan_in, fan_out = case["batch_size"], case["in_features"], case["out_features"]
        rows, other = (fan_out, fan_in) if size == "out_features" else (fan_in, fan_out)
        shard = max(case.part(rows, rank)[1] for rank in case.ranks) * other
        crossing = 2 * case.world * batch * (fan_in + fan_out)
        if case.world == 1 or crossing >= shard:
            return None
        return Limits(shard=shard, margin=max(rows, other), crossing=crossing)

    return Rule(limits, lambda case: max(case["in_features"], case["out_features"]))


X, Y_GT = Var("X", "X", ACTIVATION), Var("Y_gt", "Y_gt", ACTIVATION)
Y, DY = Var("Y", "Y", ACTIVATION), Var("dY", "dY", GRADIENT, free=True)
DX = Var("dX", "dX", GRADIENT, free=True)
X_PART, DX_PART = Var("X", "X", ACTIVATION, cut=1), Var("dX", "dX", GRADIENT, cut=1, free=True)


def _parts(cut: int) -> tuple[Var, Var, Var, Var, Var, Var]:
    """W and b before the step, their gradients, and W and b after it; a row-parallel layer's bias is not cut."""
    bias, gradient = (1, 0) if cut == 0 else (None, None)
    return (
        Var("W", "W", WEIGHT, cut=cut), Var("b", "b", WEIGHT, cut=bias, free=True),
        Var("dW", "dW", GRADIENT, cut=cut), Var("db", "db", GRADIENT, cut=gradient, free=True),
        Var("W", "W_new", WEIGHT, cut=cut, before="W"), Var("b", "b_new", WEIGHT, cut=bias, free=True, before="b"),
    )  # fmt: skip


def _task(
    name: str,
    takes: tuple[Var | str, ...],
    makes: tuple[Var, ...],
    needs: tuple[Signature, ...] = (),
    updates: tuple[str, ...] = (),
    replicas: tuple[str, ...] = (),
) -> Task:
    function = name.replace(".", "_")
    return Task(
        name, 1, makes, takes, function, updates=updates, replicas=replicas, ruled=True, collectives=needs
    )  # fmt: skip


W0, B0, DW, DB, W1, B1 = _parts(0)
COLUMN = Section(
    "column",
    (
        _task("column.forward", (X, W0, B0), (Y,), (COLUMN_FORWARD,)),
        _task("column.backward", (X, W0, DY), (DX, DW, DB), (COLUMN_BACKWARD,)),
        _task("column.update", (W0, B0, DW, DB, "lr"), (W1, B1), updates=("W", "b")),
        _task(
            "column.step",
            (X, W0, B0, Y_GT, "lr"),
            (Y, DX, DW, DB, W1, B1),
            (COLUMN_FORWARD, COLUMN_BACKWARD),
            updates=("W", "b"),
        ),
    ),
    exam_cases(),
    draw,
    step,
    rule=shared("out_features"),
    layouts=(FLOOR,),
    sum_seen=sum_seen,
    runner=RANKS,
)

W0, B0, DW, DB, W1, B1 = _parts(1)
ROW = Section(
    "row",
    (
        _task("row.forward", (X_PART, W0, B0), (Y,), (ROW_FORWARD,)),
        _task("row.backward", (X_PART, W0, DY), (DX_PART, DW, DB)),
        _task("row.update", (W0, B0, DW, DB, "lr"), (W1, B1), updates=("W", "b"), replicas=("b",)),
        _task(
            "row.step",
            (X_PART, W0, B0, Y_GT, "lr"),
            (Y, DX_PART, DW, DB, W1, B1),
            (ROW_FORWARD,),
            updates=("W", "b"),
            replicas=("b",),
        ),
    ),
    exam_cases(),
    draw,
    step,
    rule=shared("in_features"),
    sum_seen=sum_seen,
    runner=RANKS,
)


def own_case(variables: Mapping[str, object]) -> Case:
    """Always the first."""
    return exam_cases()[0]


LAB = Lab("rank_lab", (COLUMN, ROW), exam_cases()[0], own_case)
TASKS = {task.name: task for task in LAB.tasks}
__all__ = ["CHUNK", "LAB", "TASKS", "case_of", "exam_cases"]
