"""The lab `linear`: which tasks there are, what each starts from and what it has to make."""

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
    Message,
    Naming,
    Role,
    Rule,
    Section,
    Signature,
    Task,
    Values,
    Var,
    message,
)
from grader.lab.lab import SAID_OF_VALUES
from grader.labs.linear.mistakes import CATALOGUE
from grader.labs.linear.mistakes.step import Step
from grader.labs.linear.observations import shape_seen
from grader.labs.linear.reference import QUANTITIES, draw, draw_runs, experiment, step, two_steps
from grader.labs.linear.what_if import WHAT_IF

WEIGHT, GRADIENT, ACTIVATION = Role.WEIGHT, Role.GRADIENT, Role.ACTIVATION
IN_CHS = (5, 8, 13)


def case_of(
    batch_size: int,
    in_features: int,
    out_features: int,
    lr: float,
    dtype: torch.dtype = torch.float64,
    device: str = "cpu",
    values: Values = Values.NORMAL,
    layout: str = FLOOR,
    in_chs: tuple[int, ...] = IN_CHS,
) -> Case:
    """A case of this lab; `in_chs` are the sizes of the fp32 experiment, which other sections do not look at."""
    sizes: dict[str, int | tuple[int, ...]] = {
        "batch_size": batch_size,
        "in_features": in_features,
        "out_features": out_features,
        "in_chs": in_chs,
    }
    return Case(sizes, {"lr": lr}, dtype, device, values, 2, layout)


# shards are square where one size is twice the other
FP64 = (
    case_of(3, 11, 7, 0.05),
    case_of(1, 24, 12, 0.05, values=Values.NEGATIVE),
    case_of(4, 12, 24, 0.05, values=Values.POSITIVE),
    case_of(1, 96, 80, 0.05),  # so few that no weights, rounded and packed, would pass among what may cross
    case_of(3, 55, 43, 0.05, values=Values.LARGE),
)
EXACT = (
    case_of(4, 12, 16, 0.25, torch.float32, values=Values.NARROW),
    # all sizes alike: whoever guesses from shapes which way round a tensor lies, guesses wrong here
    case_of(16, 16, 16, 0.25, torch.float32, values=Values.WIDE),
)
SOURCE = case_of(32, 1024, 608, 0.3, torch.float32)
EXAM = (SOURCE, *FP64, *EXACT)
# Odd sizes tell apart what coincides at even ones; on narrow integers the outcomes are exact. All learning rates and
# all sizes differ, so that a number written out cannot pass for one that is computed.
CONFIRMING = (case_of(3, 11, 7, 0.05), EXACT[0], case_of(5, 9, 13, 0.15), case_of(1, 8, 10, 0.35))


def described(case: Case) -> Message:
    """A case for people: `batch 3, in 11, out 7, lr 0.05, float64 on cpu`."""
    sizes = message(
        N_("batch {batch}, in {in_features}, out {out_features}, lr {lr}, {dtype} on {device}"),
        batch=case["batch_size"],
        in_features=case["in_features"],
        out_features=case["out_features"],
        lr=f"{case['lr']:g}",
        dtype=case.dtype_name,
        device=case.device,
    )
    said = SAID_OF_VALUES.get(case.values)
    return message(N_("{sizes}, {values}"), sizes=sizes, values=message(said)) if said else sizes


def own_case(variables: Mapping[str, object]) -> Case:
    """The sizes and hyperparameters that the notebook has now.

    Raises:
        TypeError, ValueError, RuntimeError: they are none.
    """
    given: dict[str, object] = {"batch_size": 32, "in_ch": 1024, "out_ch": 608, "lr": 0.3, "in_chs": (64, 256)}
    given |= {name: variables[name] for name in given if name in variables}
    made = case_of(
        int(given["batch_size"]),  # type: ignore[call-overload]
        int(given["in_ch"]),  # type: ignore[call-overload]
        int(given["out_ch"]),  # type: ignore[call-overload]
        float(given["lr"]),  # type: ignore[arg-type]
        torch.float32,
        str(torch.empty(0, device=variables.get("device", "cpu")).device),  # type: ignore[call-overload]
        in_chs=tuple(int(size) for size in given["in_chs"]),  # type: ignore[attr-defined]
    )
    sizes = [made["batch_size"], made["in_features"], made["out_features"], *made["in_chs"]]
    if min(sizes) < 1:
        raise ValueError(f"{min(sizes)} < 1")
    return made


def parameters(case: Case) -> dict[str, object]:
    """The parameters of the notebook's section 0."""
    return {
        "lr": case["lr"],
        "batch_size": case["batch_size"],
        "in_ch": case["in_features"],
        "out_ch": case["out_features"],
        "seed": 0,
        "device": case.device,
    }


def shared(size: str) -> Rule:
    """The rule where two devices share that size of W: no storage is larger than the larger shard plus a row, and in
    all no more numbers cross than `4 · batch · (in + out)`."""

    def limits(case: Case) -> Limits | None:
        batch, fan_in, fan_out = case["batch_size"], case["in_features"], case["out_features"]
        crossing = 4 * batch * (fan_in + fan_out)
        if crossing >= fan_in * fan_out // 2:
            return None
        rows, other = (fan_out, fan_in) if size == "out_features" else (fan_in, fan_out)
        larger = (rows - rows // 2) * other
        return Limits(shard=larger, margin=max(rows, other), crossing=crossing, width=case.dtype.itemsize)

    return Rule(limits)


def pair(
    name: str, of: str, cut: int | None, role: Role, transposed: bool = False, free: bool = False, before: bool = False
) -> tuple[Var, Var]:
    """`name_gpu1` and `name_gpu2`: the two shards of a quantity cut along `cut`, or two replicas (cut None)."""
    one, other = (
        Var(own, of, role, device, cut, transposed, free=free, before=own if before else "")
        for device, own in ((1, f"{name}_gpu1"), (2, f"{name}_gpu2"))
    )
    return one, other


X, W, Y_GT = Var("X", "X", ACTIVATION), Var("W", "W", WEIGHT), Var("Y_gt", "Y_gt", ACTIVATION)
B = Var("b", "b", WEIGHT, free=True)
START = (X, W, B, Y_GT)
Y, DY, DX = Var("Y", "Y", ACTIVATION), Var("dY", "dY", GRADIENT, free=True), Var("dX", "dX", GRADIENT, free=True)
NAMING = Naming(
    shard="{name}_gpu{device}",
    roles=((r"W\d*(_gpu\d+)?", WEIGHT), (r"dW\d*(_gpu\d+)?", GRADIENT)),
    looks=(
        (r"(d([A-Z]|[bwxy](_|\d|$))|grad|.*[._]grad).*", GRADIENT),
        (r"(W|([wb]|weight|bias)(_|\d|$)).*|.*\.(weight|bias)", WEIGHT),
        (r"([XY]|[xy](_|\d|$)).*", ACTIVATION),
    ),
)

SECOND_STEP = """
if isinstance(globals().get("linear"), nn.Module):
    for optimizer_again in (globals().get("optimizer"), *globals().values()):
        if isinstance(optimizer_again, torch.optim.Optimizer) and any(
            part is linear.weight for group in optimizer_again.param_groups for part in group["params"]
        ):
            optimizer_again.zero_grad()
            ((linear(X) - Y_gt) ** 2).mean().backward()
            optimizer_again.step()
            linear_again = linear
            break
"""

REFERENCE = Section(
    "reference",
    (
        Task(
            "reference.step",
            2,
            (
                Var("Y_pred", "Y", ACTIVATION),
                Var("loss", "loss"),
                Var("dX_torch", "dX", GRADIENT, free=True),
                Var("dW_torch", "dW", GRADIENT, free=True),
                Var("db_torch", "db", GRADIENT, free=True),
                Var("linear.weight", "W_new", WEIGHT, free=True),
                Var("linear.bias", "b_new", WEIGHT, flat=True, free=True),
            ),
            apart=("linear.weight", "linear.bias"),
            afterwards=SECOND_STEP,
            makes_afterwards=(
                Var("linear_again.weight", "W_again", WEIGHT, free=True, shown="linear.weight"),
                Var("linear_again.bias", "b_again", WEIGHT, flat=True, free=True, shown="linear.bias"),
            ),
        ),
    ),
    EXAM,
    draw,
    two_steps,
    START,
    parameters,
    confirming=CONFIRMING,
    mistakes=CATALOGUE,
    situation=Step,
    shape_seen=shape_seen,
    naming=NAMING,
)

MANUAL = Section(
    "manual",
    (
        Task("manual.forward", 1, (Y,)),
        Task("manual.dY", 1, (DY,)),
        Task(
            "manual.gradients",
            1,
            (DX, Var("dW", "dW", GRADIENT, transposed=True), Var("db", "db", GRADIENT, free=True)),
        ),
        Task(
            "manual.update",
            1,
            # not the W of the picture, which is the one before the step
            (
                Var("W_manual", "W_new", WEIGHT, free=True, before="W"),
                Var("b_manual", "b_new", WEIGHT, free=True, before="b"),
            ),
            apart=("W_manual", "b_manual"),
        ),
    ),
    EXAM,
    draw,
    step,
    START,
    parameters,
    confirming=CONFIRMING,
    mistakes=CATALOGUE,
    situation=Step,
    shape_seen=shape_seen,
    naming=NAMING,
)

COLUMN_FORWARD = Signature("all-gather", "Y", N_("the forward pass of a column-parallel layer all-gathers Y"))
COLUMN_BACKWARD = Signature("all-reduce", "dX", N_("the backward pass of a column-parallel layer all-reduces dX"))
ROW_FORWARD = Signature("all-reduce", "Y", N_("the forward pass of a row-parallel layer all-reduces Y"))
ROW_BACKWARD = Signature(
    "all-gather", "dX", N_("in the backward pass of a row-parallel layer dX is whole only after an all-gather"), True
)


def on_two_devices(case: Case) -> dict[str, object]:
    """The parameters, and how many rows of W's shared size device 1 has."""
    return parameters(case) | {"part_size": case.part(case["out_features"], 0)[1]}


def by_rows_of_devices(case: Case) -> dict[str, object]:
    return parameters(case) | {"part_size": case.part(case["in_features"], 0)[1]}


COLUMN = Section(
    "column",
    (
        Task(
            "column.shard",
            1,
            (*pair("W", "W", 0, WEIGHT), *pair("b", "b", 1, WEIGHT, free=True), *pair("X", "X", None, ACTIVATION)),
            leaves=("part_size",),
            owns=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2", "X_gpu1", "X_gpu2"),
        ),
        Task("column.forward", 2, (Y,), gone=("W",), ruled=True, collectives=(COLUMN_FORWARD,)),
        Task(
            "column.backward",
            2,
            (DY, DX, *pair("dW", "dW", 0, GRADIENT, transposed=True), *pair("db", "db", 0, GRADIENT, free=True)),
            gone=("W",),
            ruled=True,
            collectives=(COLUMN_BACKWARD,),
        ),
        Task(
            "column.update",
            1,
            (*pair("W", "W_new", 0, WEIGHT, before=True), *pair("b", "b_new", 1, WEIGHT, free=True, before=True)),
            gone=("W",),
            updates=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2"),
            ruled=True,
        ),
    ),
    EXAM,
    draw,
    step,
    START,
    on_two_devices,
    shared("out_features"),
    ("out_features",),
    (FLOOR, CHUNK),
    CONFIRMING,
    CATALOGUE,
    Step,
    shape_seen,
    naming=NAMING,
)

ROW = Section(
    "row",
    (
        Task(
            "row.shard",
            1,
            (*pair("W", "W", 1, WEIGHT), *pair("b", "b", None, WEIGHT, free=True), *pair("X", "X", 1, ACTIVATION)),
            leaves=("part_size",),
            owns=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2"),
        ),
        Task("row.forward", 2, (Y,), gone=("W",), ruled=True, collectives=(ROW_FORWARD,)),
        Task(
            "row.backward",
            2,
            (DY, DX, *pair("dW", "dW", 1, GRADIENT), Var("db", "db", GRADIENT, free=True)),
            gone=("W",),
            ruled=True,
            collectives=(ROW_BACKWARD,),
        ),
        Task(
            "row.update",
            1,
            (*pair("W", "W_new", 1, WEIGHT, before=True), Var("b_tp_row", "b_new", WEIGHT, free=True, before="b")),
            gone=("W",),
            updates=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2"),
            replicas=("b_gpu1", "b_gpu2"),
            replica_of="b_tp_row",
            ruled=True,
        ),
    ),
    EXAM,
    draw,
    step,
    START,
    by_rows_of_devices,
    shared("in_features"),
    ("in_features",),
    (FLOOR, CHUNK),
    CONFIRMING,
    CATALOGUE,
    Step,
    shape_seen,
    naming=NAMING,
)

EXPERIMENT_CASES = tuple(
    case_of(batch, 8, fan_out, 0.05, dtype, values=values, in_chs=in_chs)
    for batch, fan_out, in_chs, dtype, values in (
        (3, 7, (5, 8, 13), torch.float64, Values.NORMAL),
        (1, 4, (2, 9), torch.float32, Values.LARGE),
        (4, 6, (16, 3, 4, 31), torch.float32, Values.NORMAL),
    )
)


def run_parameters(case: Case) -> dict[str, object]:
    """What the experiment's cell knows."""
    return parameters(case) | {"quantities": list(QUANTITIES), "in_chs": list(case["in_chs"])}


EXPERIMENT = Section(
    "fp32",
    (Task("fp32.experiment", 1, tuple(Var(f"max_diff.{name}", f"max_diff.{name}") for name in QUANTITIES)),),
    EXPERIMENT_CASES,
    draw_runs,
    experiment,
    parameters=run_parameters,
    mistakes=CATALOGUE,
    situation=Step,
)

LAB = Lab(
    "linear",
    (REFERENCE, MANUAL, COLUMN, ROW, EXPERIMENT),
    SOURCE,
    own_case,
    {"fp32.conclusion": 1},
    described,
    NAMING,
    WHAT_IF,
    "lr, batch_size, in_ch, out_ch, device, in_chs",
)
