"""The lab `linear`: one SGD step of a linear layer, by nn.Linear, by hand, column-wise and row-wise on two devices."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge.challenge import Challenge, Values, exam_challenges
from grader.judge.lab import Copies, Expected, Lab, Section, Signature, Task, TaskValues
from grader.judge.messages import N_
from grader.judge.oracle import Oracle, draw, of_values, oracle

START = ("X", "W", "b", "Y_gt")


@dataclass(frozen=True)
class Named:
    """A variable of the notebook: which of the oracle's quantities it holds, which device's part, which way round."""

    name: str
    of: str
    dim: int | None = None
    device: int = 1
    transposed: bool = False
    flat: bool = False

    def view(self, quantity: Tensor, first: int) -> Tensor:
        """This variable's part of a quantity, where device 1 holds the first `first` rows of `dim`."""
        if self.dim is not None:
            size = quantity.shape[self.dim]
            start, length = (0, first) if self.device == 1 else (first, size - first)
            quantity = quantity.narrow(self.dim, start, length)
        if self.flat:
            return quantity.reshape(-1)
        return quantity.T if self.transposed else quantity

    def expected(self, answer: Oracle, first: int) -> Expected:
        return Expected(
            lambda: self.view(answer.quantity[self.of], first),
            lambda: answer.tolerance.of(self.of, lambda whole: self.view(whole, first)),
        )


def pair(name: str, of: str, dim: int | None, transposed: bool = False) -> tuple[Named, Named]:
    """`name_gpu1` and `name_gpu2`: the two shards of a quantity cut along `dim`, or two replicas (dim None)."""
    return (
        Named(f"{name}_gpu1", of, dim, 1, transposed),
        Named(f"{name}_gpu2", of, dim, 2, transposed),
    )


def parameters(challenge: Challenge) -> dict[str, object]:
    """The parameters of the notebook's section 0."""
    return {
        "lr": challenge.lr,
        "batch_size": challenge.batch_size,
        "in_ch": challenge.in_features,
        "out_ch": challenge.out_features,
        "seed": 0,
        "device": challenge.device,
    }


def step_section(
    name: str,
    tasks: tuple[tuple[Task, tuple[Named, ...]], ...],
    shard_dim: int | None = None,
    afterwards: tuple[Named, ...] = (),
) -> Section:
    """A section of one SGD step; each task comes with the variables that it makes.

    `afterwards` are what the tasks' statements of that name leave behind.
    """

    def values(challenge: Challenge, seed: int, many: int | None = None) -> tuple[TaskValues, ...]:
        data = draw(challenge, seed)
        answer = oracle(data, challenge.lr)
        sharded = challenge.out_features if shard_dim == 0 else challenge.in_features
        first = challenge.cut.first(sharded)
        plain = parameters(challenge)
        inputs: dict[str, Tensor] = {"X": data.X, "W": data.W, "b": data.b, "Y_gt": data.Y_gt}
        out = []
        asked = tasks[:many]
        for place, (task, makes) in enumerate(asked, start=1):
            expected = {named.name: named.expected(answer, first) for named in makes}
            visible = Copies({key: value for key, value in inputs.items() if key not in task.gone})
            later = {named.name: named.expected(answer, first) for named in afterwards if task.afterwards}
            out.append(TaskValues(dict(plain), visible, expected, later))
            for key, want in expected.items() if place < len(asked) else ():
                # a copy: memory of its own, number after number, as a variable of that name has it
                inputs[key] = torch.empty_like(
                    want.value, dtype=challenge.dtype, device=challenge.device, memory_format=torch.contiguous_format
                ).copy_(want.value)
            if shard_dim is not None:
                plain["part_size"] = first
        return tuple(out)

    return Section(name, tuple(task for task, _ in tasks), values, exam_challenges, shard_dim)


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

REFERENCE = step_section(
    "reference",
    (
        (
            Task("reference.step", apart=("linear.weight", "linear.bias"), afterwards=SECOND_STEP),
            (
                Named("Y_pred", "Y"),
                Named("loss", "loss"),
                Named("dX_torch", "dX"),
                Named("dW_torch", "dW"),
                Named("db_torch", "db"),
                Named("linear.weight", "W"),
                Named("linear.bias", "b", flat=True),
            ),
        ),
    ),
    afterwards=(Named("linear_again.weight", "W2"), Named("linear_again.bias", "b2", flat=True)),
)

MANUAL = step_section(
    "manual",
    (
        (Task("manual.forward"), (Named("Y", "Y"),)),
        (Task("manual.dY"), (Named("dY", "dY"),)),
        (Task("manual.gradients"), (Named("dX", "dX"), Named("dW", "dW", transposed=True), Named("db", "db"))),
        (
            Task("manual.update", apart=("W_manual", "b_manual")),
            (Named("W_manual", "W"), Named("b_manual", "b")),
        ),
    ),
)

COLUMN_FORWARD = Signature("all-gather", "Y", N_("the forward pass of a column-parallel layer all-gathers Y"))
COLUMN_BACKWARD = Signature("all-reduce", "dX", N_("the backward pass of a column-parallel layer all-reduces dX"))
ROW_FORWARD = Signature("all-reduce", "Y", N_("the forward pass of a row-parallel layer all-reduces Y"))
ROW_BACKWARD = Signature(
    "all-gather", "dX", N_("in the backward pass of a row-parallel layer dX is whole only after an all-gather"), True
)

COLUMN = step_section(
    "column",
    (
        (
            Task("column.shard", owns=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2", "X_gpu1", "X_gpu2")),
            (*pair("W", "W0", 0), *pair("b", "b0", 1), *pair("X", "X", None)),
        ),
        (Task("column.forward", gone=("W",), rule=True, collectives=(COLUMN_FORWARD,)), (Named("Y", "Y"),)),
        (
            Task("column.backward", gone=("W",), rule=True, collectives=(COLUMN_BACKWARD,)),
            (Named("dY", "dY"), Named("dX", "dX"), *pair("dW", "dW", 0, transposed=True), *pair("db", "db", 0)),
        ),
        (
            Task("column.update", gone=("W",), updates=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2"), rule=True),
            (*pair("W", "W", 0), *pair("b", "b", 1)),
        ),
    ),
    shard_dim=0,
)

ROW = step_section(
    "row",
    (
        (
            Task("row.shard", owns=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2")),
            (*pair("W", "W0", 1), *pair("b", "b0", None), *pair("X", "X", 1)),
        ),
        (Task("row.forward", gone=("W",), rule=True, collectives=(ROW_FORWARD,)), (Named("Y", "Y"),)),
        (
            Task("row.backward", gone=("W",), rule=True, collectives=(ROW_BACKWARD,)),
            (Named("dY", "dY"), Named("dX", "dX"), *pair("dW", "dW", 1), Named("db", "db")),
        ),
        (
            Task(
                "row.update",
                gone=("W",),
                updates=("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2"),
                replicas=("b_gpu1", "b_gpu2"),
                rule=True,
            ),
            (*pair("W", "W", 1), Named("b_tp_row", "b")),
        ),
    ),
    shard_dim=1,
)

QUANTITIES = ("Y", "dX", "dW", "db", "W", "dW from the same dY")


def experiment_values(challenge: Challenge, seed: int, many: int | None = None) -> tuple[TaskValues, ...]:
    """Two runs' results for each `in_ch`, and the largest absolute difference of each quantity, (len(in_chs),)."""
    generator = torch.Generator("cpu").manual_seed(seed)
    batch, fan_out = challenge.batch_size, challenge.out_features
    inputs: dict[str, Tensor] = {}
    for fan_in in challenge.in_chs:
        shapes = {
            "Y": (batch, fan_out),
            "dX": (batch, fan_in),
            "dW": (fan_out, fan_in),
            "db": (fan_out,),
            "W": (fan_out, fan_in),
            "dW from the same dY": (fan_out, fan_in),
        }
        for run in ("linear_run", "row_run"):
            for quantity, shape in shapes.items():
                drawn = torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu")
                drawn = of_values(challenge.values, drawn)
                inputs[f"{run}.{fan_in}.{quantity}"] = drawn.to(challenge.dtype).to(challenge.device)

    for name, shape in {
        "X": (batch, challenge.in_features),
        "W": (fan_out, challenge.in_features),
        "b": (1, fan_out),
        "Y_gt": (batch, fan_out),
    }.items():
        inputs[name] = torch.randn(shape, generator=generator, dtype=challenge.dtype, device="cpu").to(challenge.device)

    def largest(quantity: str) -> Expected:
        runs = [
            (inputs[f"row_run.{fan_in}.{quantity}"], inputs[f"linear_run.{fan_in}.{quantity}"])
            for fan_in in challenge.in_chs
        ]
        nothing = torch.zeros(len(runs), dtype=torch.float64, device="cpu")
        return Expected(
            lambda: torch.stack([(row - linear).abs().max() for row, linear in runs]).double().cpu(), nothing
        )

    plain = parameters(challenge) | {"quantities": list(QUANTITIES), "in_chs": list(challenge.in_chs)}
    expected = {f"max_diff.{quantity}": largest(quantity) for quantity in QUANTITIES}
    return (TaskValues(plain, Copies(inputs), expected),)


def experiment_challenges() -> tuple[Challenge, ...]:
    """A few small shapes in both precisions, on the CPU and on CUDA where there is one."""
    devices = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    return tuple(
        Challenge(batch, 8, fan_out, 0.05, dtype, device, values, in_chs=in_chs)
        for device in devices
        for batch, fan_out, in_chs, dtype, values in (
            (3, 7, (5, 8, 13), torch.float64, Values.NORMAL),
            (1, 4, (2, 9), torch.float32, Values.LARGE),
            (4, 6, (16, 3, 4, 31), torch.float32, Values.NORMAL),
        )
    )


EXPERIMENT = Section("fp32", (Task("fp32.experiment"),), experiment_values, experiment_challenges)

LAB = Lab(
    "linear",
    (REFERENCE, MANUAL, COLUMN, ROW, EXPERIMENT),
    {
        "reference.step": 2,
        "manual.forward": 1,
        "manual.dY": 1,
        "manual.gradients": 1,
        "manual.update": 1,
        "column.shard": 1,
        "column.forward": 2,
        "column.backward": 2,
        "column.update": 1,
        "row.shard": 1,
        "row.forward": 2,
        "row.backward": 2,
        "row.update": 1,
        "fp32.experiment": 1,
        "fp32.conclusion": 1,
    },
)
