"""Facts about wrong shapes of this lab's shards."""

from __future__ import annotations

from grader.lab import N_, Message, Role, Var, message


def shape_seen(var: Var, got: tuple[int, ...], wanted: tuple[int, ...]) -> Message | str:
    """That W was cut along the other of its sizes, or nothing."""
    if var.role is Role.WEIGHT and not var.free and var.home and len(got) == len(wanted) == 2:
        if got[0] > wanted[0] and got[1] < wanted[1]:
            return message(N_(": column-wise TP cuts out_ch (dim 0), this cuts in_ch"))
        if got[0] < wanted[0] and got[1] > wanted[1]:
            return message(N_(": row-wise TP cuts in_ch (dim 1), this cuts out_ch"))
    return ""
