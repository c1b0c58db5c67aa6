"""The toy lab: which tasks there are, what each starts from and what it has to make."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from grader.lab import (
    CHUNK,
    FLOOR,
    N_,
    Case,
    Lab,
    Limits,
    Naming,
    Role,
    Rule,
    Section,
    Signature,
    Task,
    Values,
    Var,
)
from tests.toy_lab.mistakes import FORWARD
from tests.toy_lab.reference import draw, softmax


def case_of(
    rows: int,
    width: int,
    classes: int,
    dtype: torch.dtype = torch.float64,
    values: Values = Values.NORMAL,
    layout: str = FLOOR,
    device: str = "cpu",
) -> Case:
    """A case of this lab."""
    return Case({"rows": rows, "width": width, "classes": classes}, {}, dtype, device, values, 2, layout)


SHOWN = case_of(4, 64, 40, torch.float32)
CASES = (SHOWN, case_of(3, 5, 7), case_of(1, 30, 24), case_of(2, 48, 33, values=Values.LARGE))


def limits(case: Case) -> Limits | None:
    """Half of gate on each device; for each row the largest logit and the sum cross, twice over, and nothing more."""
    classes, width = case["classes"], case["width"]
    crossing = 8 * case["rows"]
    shard = (classes - classes // 2) * width
    if crossing >= case["rows"] * classes // 2:
        return None
    return Limits(shard=shard, margin=max(classes, width), crossing=crossing, width=case.dtype.itemsize)


def own_case(variables: Mapping[str, object]) -> Case:
    """The sizes that the notebook has now."""
    sizes = [int(str(variables.get(name, SHOWN[name]))) for name in ("rows", "width", "classes")]
    return case_of(sizes[0], sizes[1], sizes[2], torch.float32)


def parameters(case: Case) -> dict[str, object]:
    """What the notebook's first cell says."""
    return {"rows": case["rows"], "width": case["width"], "classes": case["classes"]}


X, GATE = Var("X", "X", Role.ACTIVATION), Var("gate", "gate", Role.WEIGHT)
GATES = tuple(Var(f"gate_gpu{k}", "gate", Role.WEIGHT, k, 0) for k in (1, 2))
PARTS = tuple(Var(f"P_gpu{k}", "P", Role.ACTIVATION, k, 1) for k in (1, 2))

SOFTMAX = Section(
    "softmax",
    (
        Task("softmax.shard", 1, GATES, owns=("gate_gpu1", "gate_gpu2")),
        Task(
            "softmax.forward",
            3,
            PARTS,
            gone=("gate",),
            ruled=True,
            collectives=(Signature("all-reduce", "P_gpu1", N_("the sum of a row goes over all classes"), True),),
        ),
    ),
    CASES,
    draw,
    softmax,
    (X, GATE),
    parameters,
    Rule(limits),
    ("classes",),
    (FLOOR, CHUNK),
    mistakes={"softmax.forward": FORWARD},
    naming=Naming(shard="{name}_gpu{device}"),
)

LAB = Lab("toy_lab", (SOFTMAX,), SHOWN, own_case, own_names="rows, width, classes")
