"""What came out against what was expected: each function returns what is wrong, or None."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from grader.judge import observations
from grader.lab.messages import N_, Message, message
from grader.lab.task import Task
from grader.lab.values import Expected, TaskValues
from grader.lab.variables import Var, as_written

ShapeSeen = Callable[[Var, tuple[int, ...], tuple[int, ...]], Message | str]


def missing(expected: Mapping[str, Expected], outputs: Mapping[str, Tensor]) -> Message | None:
    """A variable that the cell was to make and did not."""
    for name, want in expected.items():
        if name not in outputs:
            return message(
                N_("{name} is missing: the cell has to make a tensor of that name itself; one that an earlier cell "
                   "left does not count"),
                name=want.shown(name),
            )  # fmt: skip
    return None


def wrong_shape_or_dtype(
    expected: Mapping[str, Expected],
    outputs: Mapping[str, Tensor],
    dtype: torch.dtype,
    shape_seen: ShapeSeen = lambda var, got, wanted: "",
) -> Message | None:
    """A shape that differs (no broadcasting), or a dtype that is not the data's."""
    for name, want in expected.items():
        got, shape = outputs[name], tuple(want.value.shape)
        if tuple(got.shape) != shape:
            return message(
                N_("{name} has shape {got}, expected {shape}{hint}"),
                name=want.shown(name), got=tuple(got.shape), shape=shape,
                hint=observations.of_shape(want.var, got, shape, shape_seen),
            )  # fmt: skip
        if got.dtype != dtype:
            return message(
                N_("{name} has dtype {got}, expected {dtype}, the dtype of the data"),
                name=want.shown(name), got=got.dtype, dtype=dtype,
            )  # fmt: skip
    return None


def wrong_numbers(
    expected: Mapping[str, Expected], outputs: Mapping[str, Tensor], before: Mapping[str, Tensor]
) -> Message | None:
    """The first variable whose numbers lie outside the tolerance, where they differ most, and what is to be seen."""
    for name, want in expected.items():
        error = _off_by(outputs[name], want)
        if _is_within(error, want):
            continue
        got, wrong = outputs[name].detach().double().cpu(), ~(error <= want.tolerance)
        if not got.dim():
            wanted, found = _telling_apart(want.value.item(), got.item())
            return message(
                N_("{name} is wrong: expected {want}, got {got}{hint}"),
                name=want.shown(name), want=wanted, got=found, hint=observations.NOTHING,
            )  # fmt: skip
        share = wrong.double().mean().item()
        worst = torch.where(wrong, torch.nan_to_num(error, nan=float("inf")), -1.0).argmax()
        index = tuple(int(i) for i in torch.unravel_index(worst, error.shape))
        wanted, found = _telling_apart(want.value[index].item(), got[index].item())
        return message(
            N_("{name} is wrong: {share} of its numbers differ; at {index} expected {want}, got {got}{hint}"),
            name=want.shown(name),
            share=f"{max(share, 0.001):.1%}",
            index=list(index),
            want=wanted,
            got=found,
            hint=observations.of_numbers(name, got, want, expected, before),
        )
    return None


def within_tolerance(got: Tensor, want: Expected) -> bool:
    """Whether a tensor holds the numbers that are expected; its shape is right."""
    return _is_within(_off_by(got, want), want)


def which_are_right(
    expected: Mapping[str, Expected], outputs: Mapping[str, Tensor], dtype: torch.dtype
) -> tuple[tuple[str, bool], ...]:
    """Each variable that a task makes, as a student writes it, and whether it is right by itself."""

    def right(name: str, want: Expected) -> bool:
        alone = {name: want}
        return not (
            missing(alone, outputs)
            or wrong_shape_or_dtype(alone, outputs, dtype)
            or not within_tolerance(outputs[name], want)
        )

    return tuple((want.shown(name), right(name, want)) for name, want in expected.items())


def takes_a_hint(reason: Message) -> bool:
    """Whether a reason tells of wrong numbers or a wrong shape, for which a mistake can be named."""
    return any(name == "hint" or (isinstance(fact, Message) and takes_a_hint(fact)) for name, fact in reason.facts)


def with_hint(reason: Message, hint: Message) -> Message:
    """The same reason with the mistake that explains it in place of what can be seen in the numbers."""

    def fact(name: str, old: str | Message) -> str | Message:
        if name == "hint":
            return hint
        return with_hint(old, hint) if isinstance(old, Message) else old

    return replace(reason, facts=tuple((name, fact(name, old)) for name, old in reason.facts))


def drifting_replicas(
    task: Task, given: TaskValues, outputs: Mapping[str, Tensor], before: Mapping[str, Tensor]
) -> Message | None:
    """Replicas that no longer hold the same numbers, or hold neither the old nor the new ones."""
    if not task.replicas or not task.replica_of:
        return None
    held = [outputs.get(name, given.inputs[name]).detach().double().cpu() for name in task.replicas]
    new = given.expected[task.replica_of]
    names = ", ".join(task.replicas)
    # a device may step with what an earlier cell made, the other with the input that the judge computed
    if all(replica.shape == new.value.shape and within_tolerance(replica, new) for replica in held):
        return None
    if any(replica.shape != held[0].shape or not torch.equal(replica, held[0]) for replica in held):
        return message(
            N_("{names} are replicas of one bias and no longer equal: every device has to make the same step"),
            names=names,
        )
    if not torch.equal(held[0], before[task.replicas[0]].double().cpu()):
        return message(N_("{names} are equal, but not the bias after the step"), names=names)
    return None


def changed_inputs(task: Task, inputs: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> Message | None:
    """An input that the cell wrote into."""
    for name, tensor in inputs.items():
        if name not in task.updates and tensor is not before[name] and not torch.equal(tensor, before[name]):
            return message(
                N_("the cell changes {name}, which it may only read: an in-place operation (`-=`, `+=`, `*_`) works "
                   "on it or on a view of it, or an optimizer steps a parameter that shares its memory"),
                name=as_written(name),
            )  # fmt: skip
    return None


def shared_memory(task: Task, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> Message | None:
    """Two names for one memory, where each device needs its own."""
    owners: dict[int, str] = {
        tensor.untyped_storage()._cdata: name for name, tensor in inputs.items() if name not in task.updates
    }
    for name in (*task.apart, *task.owns):
        tensor = outputs[name]
        storage = tensor.untyped_storage()._cdata
        if storage in owners:
            return message(
                N_("{name} shares its memory with {other}, so that it keeps all of it alive and a change to one "
                   "changes the other: copy it (`.clone()`)"),
                name=as_written(name), other=as_written(owners[storage]),
            )  # fmt: skip
        if name in task.apart:
            continue
        owners[storage] = name
        if tensor.untyped_storage().nbytes() > tensor.nbytes:
            return message(
                N_("{name} is a view of more memory than its own numbers, and keeps all of it alive: copy the part "
                   "itself (`.clone()`)"),
                name=as_written(name),
            )  # fmt: skip
    replicas = [outputs[name] for name in task.replicas if name in outputs]
    if len({tensor.untyped_storage()._cdata for tensor in replicas}) < len(replicas):
        return message(
            N_("{names} share one memory: each device needs its own replica (`.clone()`)"),
            names=", ".join(task.replicas),
        )
    return None


def _off_by(got: Tensor, want: Expected) -> Tensor:
    return (got.detach().double().cpu() - want.value).abs_()


def _is_within(error: Tensor, want: Expected) -> bool:
    """Whether no number is further off than it may be. Where none is off at all, nobody has to know how far it may."""
    return not error.any() or bool((error <= want.tolerance).all())


def _telling_apart(want: float, got: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12, 17):
        texts = f"{want:.{digits}g}", f"{got:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts
