"""What is said to be seen in a wrong answer is literally so."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from grader.judge import observations
from grader.lab.messages import Message
from grader.lab.values import Expected
from grader.lab.variables import Role, Var
from grader.labs.linear.observations import shape_seen

WANT = torch.arange(1.0, 13.0, dtype=torch.float64).reshape(3, 4).sin()


def expected(**values: Tensor) -> dict[str, Expected]:
    return {name: Expected(value, torch.full_like(value, 1e-12)) for name, value in values.items()}


W_GPU1 = Var("W_gpu1", "W_new", Role.WEIGHT, 1, 0, before="W_gpu1")
W_MANUAL = Var("W_manual", "W_new", before="W")


def said(seen: Message | str) -> str:
    return seen.render("en") if isinstance(seen, Message) else seen


def numbers(
    got: Tensor, before: dict[str, Tensor] | None = None, name: str = "Y", var: Var | None = None, **others: Tensor
) -> str:
    wanted = expected(**{name: WANT}, **others)
    wanted[name] = replace(wanted[name], var=var)
    return said(observations.of_numbers(name, got, wanted[name], wanted, before or {}))


@pytest.mark.parametrize(("got", "seen"), [((8, 3), "cuts in_ch"), ((2, 9), "cuts out_ch"), ((4, 5), "")])
def test_a_shard_cut_along_the_other_dimension_is_told_so(got, seen):
    assert seen in said(observations.of_shape(W_GPU1, torch.zeros(got), (4, 6), shape_seen))


def test_dimensions_in_reverse_order_and_lost_ones_are_seen():
    assert said(observations.of_shape(None, WANT.T, (3, 4), shape_seen)) == ": the dimensions stand in the reverse order"
    assert "size 1" in said(observations.of_shape(None, WANT[None], (3, 4), shape_seen))
    assert said(observations.of_shape(None, WANT[:2], (3, 4), shape_seen)) == ""


def test_memory_that_was_never_written_is_seen():
    assert "never written" in numbers(WANT * float("nan"))


def test_zeros_are_seen():
    assert numbers(WANT * 0) == ": it is all zeros"


def test_a_variable_that_was_not_updated_is_seen():
    assert numbers(WANT + 1, {"W": WANT + 1}, name="W") == ": it is still the value from before the task"


def test_mixed_up_variables_are_seen():
    assert numbers(WANT + 1, dX=WANT + 1) == ": it holds what belongs in dX"


def test_a_constant_factor_is_seen_where_it_explains_what_is_wrong():
    assert numbers(WANT * 0.5, name="dY") == ": it is the right value times 0.5"
    loose = Expected(WANT, torch.full_like(WANT, 0.1))
    nearly = torch.cat((WANT[:, :2] * 1.2, WANT[:, 2:]), 1)
    assert "times" not in said(observations.of_numbers("Y", nearly, loose, {"Y": loose}, {}))


def test_a_step_of_the_wrong_size_or_direction_is_seen():
    old = WANT - 0.5 * torch.rand(3, 4, dtype=torch.float64)
    assert numbers(2 * old - WANT, {"W": old}, name="W_manual", var=W_MANUAL) == ": the step is -1 times what it should be"
    got = old + 20 * (WANT - old)
    assert numbers(got, {"W_gpu1": old}, name="W_gpu1", var=W_GPU1) == ": the step is 20 times what it should be"
    assert "step" not in numbers(WANT + torch.rand(3, 4), {"W": old}, name="W_manual", var=W_MANUAL)


def test_a_wrong_part_of_one_device_is_seen():
    got = WANT.clone()
    got[:, 2:] += torch.rand(3, 2) + 0.1
    assert numbers(got) == ": all wrong numbers lie in 2 to 3 of dim 1"
    got[0, 0] += 1
    assert "of dim 1" not in numbers(got)
