"""Between an asynchronous call and its wait() nobody may use what it works on."""

from __future__ import annotations

import torch

from grader.judge.ranks.flight import MAX_UNDER_WAY
from grader.judge.trace import LEAVES, Node, Slot
from tests.judge.ranks.conftest import call, operation, reduced, run, wait

X = {"x": [torch.ones(4), torch.full((4,), 2.0)]}
START = reduced(line=3, handle=0)
PLAIN = [reduced()]


def test_after_wait_the_result_is_there():
    together = run([START, wait(0), operation("mul_.Scalar", Slot(0), 2, out=0)], PLAIN, **X)

    assert together.outputs[0]["x"][0].item() == 6.0


def test_reading_before_wait_is_named_with_both_lines(stuck):
    said = stuck([START, operation("mul.Scalar", Slot(0), 2, out=5, line=4), wait(0)], PLAIN, **X)

    assert said == (
        "rank 0: line 4, `line 4`: uses a tensor that all_reduce of line 3, `line 3`, is still working on: call .wait() "
        "on its handle first"
    )


def test_reading_through_a_view_made_before_or_after_is_reading(stuck):
    view = operation("slice.Tensor", Slot(0), 0, 1, 3, out=5)
    read = operation("neg.default", Slot(5), out=6, line=4)

    assert "line 4, `line 4`: uses" in stuck([view, START, read, wait(0)], PLAIN, **X)
    assert "line 4, `line 4`: uses" in stuck([START, view, read, wait(0)], PLAIN, **X)


def test_another_part_of_the_same_memory_may_be_used():
    first = operation("slice.Tensor", Slot(0), 0, 0, 2, out=5)
    last = operation("slice.Tensor", Slot(0), 0, 2, 4, out=6)
    meanwhile = operation("mul_.Scalar", Slot(6), 5, out=6)

    together = run([first, last, reduced(5, handle=0), meanwhile, wait(0)], [first, reduced(5)], **X)

    assert together.outputs[0]["x"].tolist() == [3, 3, 5, 5]


def test_what_is_sent_may_be_read_and_not_written(stuck):
    gather = call("all_gather", [0], [1, 2], line=3, handle=0)
    given = {**X, "a": [torch.zeros(4)] * 2, "b": [torch.zeros(4)] * 2}
    other = [call("all_gather", [0], [1, 2])]
    read = operation("neg.default", Slot(0), out=6)
    write = operation("zero_.default", Slot(0), out=0, line=5)

    assert run([gather, read, wait(0)], other, **given).outputs[0]["b"][0].item() == 2.0
    assert "line 5, `line 5`: uses" in stuck([gather, write, wait(0)], other, **given)


def test_another_call_or_numpy_may_not_use_it_either(stuck):
    leaves = Node(LEAVES, (Slot(0), "numpy"), (), (), 6, "line 6")

    assert "line 5, `line 5`: uses" in stuck([START, reduced(line=5), wait(0)], [reduced(), reduced()], **X)
    assert "line 6, `line 6`: uses" in stuck([START, leaves, wait(0)], PLAIN, **X)


def test_a_result_that_nobody_waits_for_is_no_result(stuck):
    said = stuck([START], PLAIN, **X)

    assert said.startswith("rank 0: line 3, `line 3`: nobody waits for this all_reduce")


def test_calls_under_way_are_limited(stuck):
    endless = [call("barrier", handle=number) for number in range(MAX_UNDER_WAY + 1)]

    assert "calls are under way at once" in stuck(endless, [])
