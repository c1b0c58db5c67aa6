"""`on_ranks`: a task's function on numbers of one's own, on ranks that are recorded."""

from __future__ import annotations

import pytest
import torch
from IPython.utils.capture import capture_output

from grader.bench import evidence
from grader.bench.notebook import TaskFailed

SHIFT = """%%task ring.shift
def shift(rank, world_size, x):
    received = torch.empty_like(x)
    if world_size == 1:
        return x
    sending = dist.isend(x, (rank + 1) % world_size)
    dist.recv(received, (rank - 1) % world_size)
    sending.wait()
    return received
"""
STEP = """%%task row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    Y = X @ W.T
    dist.all_reduce(Y)
    Y += b
    dY = 2 * (Y - Y_gt) / Y.numel()
    W -= lr * dY.T @ X
    b -= lr * dY.sum(0)
    return dict(Y=Y, dX=dY @ W, dW=dY.T @ X, db=dY.sum(0))
"""


@pytest.fixture
def ranks(run):
    """A notebook of the lab `ranks`."""
    run("%lab ranks")
    return run


def said(run, cell: str) -> str:
    _, error = run(cell)
    assert isinstance(error, TaskFailed), error
    return str(error)


def test_each_rank_shows_what_it_made_and_what_moved(ranks):
    ranks(SHIFT)
    out, error = ranks('print(on_ranks("ring.shift", x=[torch.tensor([10.0 * r, 0.5]) for r in range(3)]))')

    assert error is None
    assert out.stdout.splitlines() == [
        "rank 0: received = [20, 0.5]   (numbers sent: 2, received: 2)",
        "rank 1: received = [0, 0.5]   (numbers sent: 2, received: 2)",
        "rank 2: received = [10, 0.5]   (numbers sent: 2, received: 2)",
    ]


def test_a_russian_notebook_shows_it_in_russian(ranks):
    ranks("%language ru")
    ranks(SHIFT)
    out, _ = ranks('print(on_ranks("ring.shift", x=[torch.zeros(100)] * 2))')

    assert out.stdout.splitlines()[0].startswith("ранг 0: received = (100,)   (")


def test_results_can_be_computed_with_and_inputs_stay_as_they_are(ranks, shell):
    ranks(STEP)
    ranks("W, b = torch.ones(2, 3), torch.zeros(1, 2)")
    _, error = ranks('made = on_ranks("row.step", X=[torch.ones(4, 3)] * 2, W=[W, W], b=b, Y_gt=torch.zeros(4, 2), lr=0.1)')

    assert error is None
    made, old = shell.user_ns["made"], shell.user_ns["W"]
    assert torch.equal(made[1]["Y"], torch.full((4, 2), 6.0)) and torch.equal(old, torch.ones(2, 3))
    assert not torch.equal(made[0]["W"], old) and len(made) == 2
    assert made.moved == ((8, 8), (8, 8))


def test_ranks_that_wait_for_ever_are_named_with_their_lines(ranks):
    ranks(SHIFT.replace("isend", "send").replace("    sending.wait()\n", ""))

    assert said(ranks, 'on_ranks("ring.shift", x=[torch.zeros(2)] * 3)').startswith(
        "✗ ring.shift: rank 0 waits in send (line 6, `sending = dist.send(x, (rank + 1) % world_size)`) for rank 1, which waits in send"
    )


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("x=torch.zeros(2)", "give at least one argument as a list with a tensor for each rank"),
        ("x=[]", "give at least one argument as a list"),
        ("x=[torch.zeros(2)] * 65", "at most 64"),
        ("y=[torch.zeros(2)]", "shift takes no y: give it x"),
        ("rank=0, x=[torch.zeros(2)]", "shift takes no rank: give it x"),
        ("", "shift needs x too"),
    ],
)
def test_arguments_that_do_not_fit_are_said_to(ranks, call: str, wanted: str):
    ranks(SHIFT)
    assert wanted in said(ranks, f'on_ranks("ring.shift", {call})')


def test_a_function_that_raises_is_told_with_rank_and_line(ranks):
    ranks(SHIFT.replace("(rank - 1) % world_size", "left"))
    assert "rank 0: line 7" in said(ranks, 'on_ranks("ring.shift", x=[torch.zeros(2)] * 3)')


def test_cells_of_two_devices_are_none_that_ranks_run(run):
    run("%lab linear")
    run("%%task manual.forward\nY = X @ W.T + b")
    assert "is no function that ranks run" in said(run, 'on_ranks("manual.forward", X=[X])')


def test_where_a_class_is_graded_nothing_runs(ranks, shell, monkeypatch):
    monkeypatch.setenv(evidence.SWITCH, "1")
    ranks(SHIFT)
    _, error = ranks('shown = on_ranks("ring.shift", x=[torch.zeros(2)] * 3)')
    assert error is None and shell.user_ns["shown"] is None


def test_a_function_that_is_not_written_yet_says_so_calmly(ranks, shell):
    stub = "%%task ring.shift\nraise NotImplementedError()"
    shell.run_cell(stub, cell_id="a")
    with capture_output() as out:
        result = shell.run_cell('check("ring.shift")', cell_id="b")

    assert result.error_in_exec is None
    assert out.outputs[0].data["text/plain"] == "○ ring.shift: not solved yet"
