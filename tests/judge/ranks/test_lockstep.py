"""All ranks are replayed together: values meet in collectives, and who waits for ever is named."""

from __future__ import annotations

import pytest
import torch

from grader.judge.ranks import Stuck
from grader.judge.replay import Refused, replay_phase
from grader.judge.trace import Phase, Slot
from tests.judge.ranks.conftest import call, operation, reduced, run, wait


def test_ranks_meet_in_a_collective_with_the_values_that_they_have_then():
    double = operation("mul_.Scalar", Slot(0), 2, out=0)

    together = run([double, reduced()], [reduced(), double], [reduced()])

    assert [outputs["x"][0].item() for outputs in together.outputs] == [7.0, 14.0, 7.0]
    assert [crossing.numbers for crossing in together.crossings] == [12]


def test_one_rank_alone_waits_for_nobody():
    together = run([reduced(), call("barrier")])

    assert torch.equal(together.outputs[0]["x"], torch.ones(3))


def test_a_rank_that_waits_for_one_that_has_finished_is_named(stuck):
    said = stuck([], [reduced(line=7)])

    assert said == "rank 1 waits in all_reduce (line 7, `line 7`) for rank 0, which has finished"


def test_ranks_that_wait_for_each_other_are_named_with_both_lines(stuck):
    first = [call("send", [0], root=1, line=3), call("recv", [], [0], root=1, line=4)]
    second = [call("send", [0], root=0, line=5), call("recv", [], [0], root=0, line=6)]

    said = stuck(first, second)

    assert said == "rank 0 waits in send (line 3, `line 3`) for rank 1, which waits in send (line 5, `line 5`)"


def test_a_rank_in_a_message_and_one_in_a_collective_wait_for_each_other(stuck):
    said = stuck([call("recv", [], [0], root=1, line=3)], [reduced(line=4), call("send", [0], root=0)])

    assert said == "rank 0 waits in recv (line 3, `line 3`) for rank 1, which waits in all_reduce (line 4, `line 4`)"


def test_different_collectives_are_named_with_both_lines(stuck):
    said = stuck([call("broadcast", [0], root=0, line=9)], [reduced(line=7)])

    assert said == "rank 0 calls broadcast (line 9) where rank 1 calls all_reduce (line 7)"


def test_the_same_collectives_in_another_order_do_not_match(stuck):
    gather = call("all_gather", [0], [1, 2], line=5)
    given = {name: [torch.ones(3)] * 2 for name in ("x", "first", "second")}

    assert "rank 0 calls all_reduce (line 1) where rank 1 calls all_gather (line 5)" in stuck(
        [reduced(), gather], [gather, reduced()], **given
    )


def test_calls_of_one_order_may_be_under_way_at_once():
    both = [torch.ones(3), torch.full((3,), 2.0)]
    waits_in_order = [reduced(0, handle=0), reduced(1, handle=1), wait(0), wait(1)]
    waits_otherwise = [reduced(0, handle=0), reduced(1, handle=1), wait(1), wait(0)]

    together = run(waits_in_order, waits_otherwise, x=both, y=both)

    assert all(torch.equal(outputs["y"], torch.full((3,), 3.0)) for outputs in together.outputs)


def test_messages_between_two_ranks_arrive_in_order_and_by_tag():
    sender = [call("send", [0], root=1, tag=1, handle=0), call("send", [1], root=1, tag=2, handle=1), wait(0), wait(1)]
    receiver = [call("recv", [], [0], root=0, tag=2), call("recv", [], [1], root=0, tag=1)]

    together = run(sender, receiver, x=[torch.ones(2), torch.zeros(2)], y=[torch.full((2,), 2.0), torch.zeros(2)])

    assert torch.equal(together.outputs[1]["x"], torch.full((2,), 2.0))
    assert torch.equal(together.outputs[1]["y"], torch.ones(2))


def test_a_message_that_nobody_waits_for_and_nobody_takes_is_named(stuck):
    assert "rank 0 calls send (line 4, `line 4`), but rank 1 never receives it" in stuck(
        [call("send", [0], root=1, line=4, handle=0)], []
    )
    assert "rank 0 calls recv (line 4, `line 4`), but rank 1 never sends it" in stuck(
        [call("recv", [], [0], root=1, line=4, handle=0)], []
    )


def test_a_collective_under_way_that_some_rank_never_comes_to_is_named(stuck):
    said = stuck([reduced(line=4, handle=0)], [])

    assert said == "rank 0 calls all_reduce (line 4, `line 4`), which rank 1 never comes to"


def test_what_a_rank_cannot_do_is_said_with_its_number(stuck):
    unknown = operation("no_such_thing.default", Slot(0), out=1, line=2)

    assert stuck([], [unknown]).startswith("rank 1: line 2, `line 2`: the operation aten.no_such_thing.default is not")


def test_collectives_without_end_are_refused():
    with pytest.raises(Stuck, match="more than the grader replays"):
        run([reduced()] * 70, x=[torch.zeros(1 << 23)])


def test_the_ordinary_replay_refuses_a_collective():
    phase = Phase("task", (), (reduced(),), ())

    with pytest.raises(Refused, match=r"line 1, `line 1`: the operation collective.all_reduce is not one"):
        replay_phase(phase, {}, {0: torch.ones(3)}, torch.device("cpu"))
