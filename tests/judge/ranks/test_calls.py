"""What each collective does, and which tensors fit it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from grader.judge.trace import Slot
from tests.judge.ranks.conftest import call, operation, reduced, run


def ranked(*values: float, size: int = 2) -> list[Tensor]:
    return [torch.full((size,), float(value)) for value in values]


def first(outputs: Sequence[dict[str, Tensor]], name: str = "x") -> list[float]:
    return [mine[name][0].item() for mine in outputs]


@pytest.mark.parametrize(("reduction", "result"), [("sum", 9.0), ("avg", 3.0), ("max", 5.0), ("min", 2.0), ("product", 20.0)])
def test_all_reduce_gives_every_rank_the_reduction(reduction: str, result: float):
    node = reduced(reduction=reduction)

    assert first(run([node], [node], [node], x=ranked(2, 2, 5)).outputs) == [result] * 3


def test_reduce_gives_it_to_one_rank_and_leaves_nothing_on_the_others():
    node = call("reduce", [0], [0], reduction="sum", root=1)

    values = first(run([node], [node], x=ranked(1, 2)).outputs)

    assert values[1] == 3.0 and values[0] != values[0]


def test_broadcast_gives_every_rank_what_one_has():
    ranks = [[call("broadcast", [0] if rank == 1 else [], [] if rank == 1 else [0], root=1)] for rank in range(3)]

    assert first(run(*ranks, x=ranked(1, 2, 3)).outputs) == [2.0] * 3


def test_all_gather_puts_the_ranks_parts_in_their_order_also_of_different_shapes():
    node = call("all_gather", [0], [1, 2])
    parts = [torch.ones(2), torch.full((5,), 2.0)]

    together = run([node], [node], x=parts, a=[torch.zeros(2)] * 2, b=[torch.zeros(5)] * 2)

    assert all(torch.equal(mine["a"], parts[0]) and torch.equal(mine["b"], parts[1]) for mine in together.outputs)
    assert together.crossings[0].arrives == (5, 2)


@pytest.mark.parametrize("shape", [(4,), (2, 2)])
def test_all_gather_into_tensor_puts_them_below_each_other_or_stacks_them(shape: tuple[int, ...]):
    node = call("all_gather_into_tensor", [0], [1])

    together = run([node], [node], x=ranked(1, 2), y=[torch.zeros(shape)] * 2)

    assert together.outputs[0]["y"].reshape(-1).tolist() == [1, 1, 2, 2]


def test_reduce_scatter_gives_each_rank_its_part_of_the_sum():
    node = call("reduce_scatter", [0, 1], [2], reduction="sum")
    whole = call("reduce_scatter_tensor", [0], [1], reduction="sum")

    parts = run([node], [node], x=ranked(1, 2), y=ranked(10, 20), z=ranked(0, 0))
    part = run([whole], [whole], x=[torch.arange(4.0)] * 2, y=ranked(0, 0))

    assert first(parts.outputs, "z") == [3.0, 30.0]
    assert [mine["y"].tolist() for mine in part.outputs] == [[0, 2], [4, 6]]


def test_scatter_and_gather_go_between_one_rank_and_all():
    scatter = [call("scatter", [1, 2], [0], root=0), call("gather", [0], [1, 2], root=0)]
    others = [call("scatter", [], [0], root=0), call("gather", [0], [], root=0)]

    together = run(scatter, others, x=ranked(0, 0), a=ranked(7, 0), b=ranked(8, 0))

    assert first(together.outputs) == [7.0, 8.0]
    assert first(together.outputs, "b") == [8.0, 0.0]


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (reduced(reduction="max", line=2), "rank 0 calls all_reduce with op=SUM (line 1) where rank 1 calls it with op=MAX (line 2)"),
        (reduced(1, line=2), "with shape=(2,) (line 1) where rank 1 calls it with shape=(5,) (line 2)"),
        (reduced(2, line=2), "with dtype=float32 (line 1) where rank 1 calls it with dtype=float64 (line 2)"),
    ],
)  # fmt: skip
def test_ranks_that_say_different_things_are_told_apart(others, said: str, stuck):
    given = {"x": ranked(1, 2), "longer": ranked(1, 2, size=5), "double": [torch.ones(2).double()] * 2}

    assert said in stuck([reduced()], [others], **given)


def test_ranks_that_name_different_sources_are_told_apart(stuck):
    ranks = [[call("broadcast", [0], root=rank)] for rank in range(2)]

    assert stuck(*ranks) == "rank 0 calls broadcast with src=0 (line 1) where rank 1 calls it with src=1 (line 1)"


def test_a_buffer_that_does_not_fit_what_comes_is_named(stuck):
    given = {"x": [torch.ones(2), torch.ones(5)], "a": [torch.zeros(2)] * 2, "b": [torch.zeros(2)] * 2}
    node = call("all_gather", [0], [1, 2], line=4)
    message = [[call("send", [0], root=1)], [call("recv", [], [1], root=0, line=6)]]

    assert "rank 1 sends (5,) in all_gather (line 4), but rank 0 has (2,) for it (line 4)" in stuck([node], [node], **given)
    assert "rank 0 sends (3,) in send (line 1), but rank 1 has (4,) for it (line 6)" in stuck(
        *message, x=[torch.ones(3)] * 2, y=[torch.ones(4)] * 2
    )


def test_parts_of_scatter_and_gather_have_one_shape(stuck):
    ranks = [[call("gather", [0], [1, 2] if rank == 0 else [], root=0)] for rank in range(2)]

    assert "calls gather with shape=(2,) (line 1) where rank 1 calls it with shape=(3,)" in stuck(
        *ranks, x=[torch.ones(2), torch.ones(3)], a=[torch.ones(2)] * 2, b=[torch.ones(3)] * 2
    )


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (call("all_gather", [0], [0]), "all_gather takes 2 tensors here, one for each rank, and got 1"),
        (call("all_reduce", [], [], reduction="sum"), "all_reduce takes 1 tensors here"),
        (call("broadcast", [], [0], root=2), "broadcast names rank 2; the ranks are 0 to 1"),
        (call("send", [0], root=0), "send names rank 0"),
        (call("all_reduce", [0], [0], reduction="xor"), "all_reduce is not a call that the grader can replay"),
        (call("all_to_all", [0], [0]), "all_to_all is not a call that the grader can replay"),
        (call("all_reduce", [5], [5], reduction="sum"), "the record uses a tensor before it was made"),
    ],
)  # fmt: skip
def test_a_call_that_no_rank_can_make_is_refused(node, said: str, stuck):
    assert said in stuck([node], [])


def test_tensors_with_gaps_are_refused(stuck):
    half = operation("slice.Tensor", Slot(0), 1, 0, 2, out=1)
    given = {"x": [torch.zeros(2, 4)] * 2}

    assert "all_reduce needs tensors without gaps" in stuck([half, reduced(1)], [half, reduced(1)], **given)
