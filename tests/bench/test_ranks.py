"""One rank is recorded alone: its calls become nodes, other ranks' numbers decoys."""

from __future__ import annotations

import math

import pytest
import torch
import torch.distributed as real

from grader.bench.ranks import RankRuns, record_on, record_rank
from grader.judge.trace import Node, Phase, Slot, from_json, to_json
from tests.rank_lab.lab import LAB, TASKS, case_of

SECTION = LAB.section

X = torch.ones(2, 3)


def recorded(body: str, rank: int = 0, world_size: int = 3, before: str = "", **carried: object) -> Phase:
    """The phase of `def f(X)` with this body, its lines counted from 2, as it comes out of its JSON text."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    cells = [before, f"def f(X):\n{lines}"] if before else f"def f(X):\n{lines}"
    trace = record_rank(cells, "f", rank, world_size, {"X": X.clone()}, ["Y"], "task", carried)
    return from_json(to_json(trace)).phases[0]


def calls(phase: Phase) -> list[Node]:
    assert phase.error is None, phase.error.render("en")
    return [node for node in phase.nodes if node.operation.startswith("collective.")]


def test_a_collective_is_a_node_with_what_is_sent_where_it_is_received_and_the_line():
    (node,) = calls(recorded("Y = X * 2\ndist.all_reduce(Y, op=dist.ReduceOp.MAX)\nreturn Y"))

    assert node.operation == "collective.all_reduce"
    assert node.args == ((Slot(1),), (Slot(1),)) and node.outputs == (1,)
    assert dict(node.kwargs) == {"reduction": "max"}
    assert (node.line, node.code) == (3, "dist.all_reduce(Y, op=dist.ReduceOp.MAX)")


@pytest.mark.parametrize(
    ("body", "rank", "kind", "sends", "receives", "words"),
    [
        ("dist.all_gather([X.clone() for _ in range(3)], X)", 0, "all_gather", 1, 3, {}),
        ("dist.all_gather_into_tensor(torch.empty(6, 3), X)", 0, "all_gather_into_tensor", 1, 1, {}),
        ("dist.reduce_scatter(X, [X.clone() for _ in range(3)])", 0, "reduce_scatter", 3, 1, {"reduction": "sum"}),
        ("dist.reduce_scatter_tensor(X, torch.ones(6, 3))", 0, "reduce_scatter_tensor", 1, 1, {"reduction": "sum"}),
        ("dist.broadcast(X, src=1)", 1, "broadcast", 1, 0, {"root": 1}),
        ("dist.broadcast(X, 1)", 2, "broadcast", 0, 1, {"root": 1}),
        ("dist.scatter(X, [X.clone() for _ in range(3)])", 0, "scatter", 3, 1, {"root": 0}),
        ("dist.scatter(X)", 1, "scatter", 0, 1, {"root": 0}),
        ("dist.gather(X, dst=2)", 1, "gather", 1, 0, {"root": 2}),
        ("dist.reduce(X, 2)", 1, "reduce", 1, 1, {"reduction": "sum", "root": 2}),
        ("dist.send(X, dst=2, tag=5)", 1, "send", 1, 0, {"root": 2, "tag": 5}),
        ("dist.recv(X, src=2)", 1, "recv", 0, 1, {"root": 2, "tag": 0}),
        ("dist.barrier()", 1, "barrier", 0, 0, {}),
        ("dist.batch_isend_irecv([dist.P2POp(dist.isend, X, 2)])", 1, "send", 1, 0, {"root": 2, "tag": 0, "handle": 0}),
    ],
)  # fmt: skip
def test_every_call_is_recorded_as_its_rank_makes_it(body, rank, kind, sends, receives, words):
    (node,) = calls(recorded(body, rank))

    assert node.operation == f"collective.{kind}"
    assert [len(part) for part in node.args] == [sends, receives]
    assert dict(node.kwargs) == words


def test_a_handle_is_waited_for_once():
    nodes = calls(recorded("work = dist.all_reduce(X, async_op=True)\nwork.wait()\nassert work.is_completed() and work.wait()"))

    assert [node.operation for node in nodes] == ["collective.all_reduce", "collective.wait"]
    assert dict(nodes[0].kwargs)["handle"] == nodes[1].args[0] == 0


def test_results_are_decoys_of_the_right_shapes_and_no_garbage():
    body = "Y = torch.full((2, 3), float('nan'))\ndist.recv(Y, 1)\nassert torch.isfinite(Y).all()\nreturn Y"

    assert recorded(body).error is None


def test_rank_and_world_size_are_those_of_the_recording():
    body = "assert (dist.get_rank(), dist.get_world_size(), dist.is_initialized()) == (2, 5, True)"

    assert recorded(body, rank=2, world_size=5).error is None


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("import torch.distributed as dist", "dist.all_reduce(X)"),
        ("", "import torch.distributed as d; d.all_reduce(X)"),
        ("", "from torch.distributed import all_reduce; all_reduce(X)"),
        ("", "torch.distributed.all_reduce(X)"),
        ("from torch.distributed import all_reduce", "all_reduce(X)"),
        ("import torch.distributed as d\ndef add(Y):\n    d.all_reduce(Y)", "add(X)"),
    ],
)
def test_torch_distributed_may_be_imported_as_in_any_program(before: str, line: str):
    (node,) = calls(recorded(line, before=before))

    assert node.code == line and node.line == 2


def test_what_a_notebook_imported_earlier_is_the_recordings_too():
    (node,) = calls(recorded("add(X)", add=real.all_reduce))
    (other,) = calls(recorded("d.all_reduce(X)", d=real))

    assert node.operation == other.operation == "collective.all_reduce"


def test_torchs_own_functions_are_put_back_even_after_a_failure():
    before = dict(vars(real))

    assert recorded("raise ValueError('no')").error is not None
    assert dict(vars(real)) == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("dist.all_reduce(3)", "TypeError: all_reduce takes tensors, not int"),
        ("dist.all_gather(X, X)", "TypeError: tensor_list has to be a list of tensors"),
        ("dist.send(X, 0)", "ValueError: dst=0: a rank does not send to itself"),
        ("dist.broadcast(X)", "ValueError: src has to be the number of a rank, not None"),
        ("dist.scatter(X, [X] * 3, src=1)", "ValueError: Argument 'scatter_list' must NOT be specified on non-source ranks."),
        ("dist.all_reduce(X, op=dist.ReduceOp.BXOR)", "NotImplementedError: the reductions here are"),
        ("dist.all_reduce(X, group=7)", "NotImplementedError: these ranks have one group, the world"),
        ("dist.all_gather_object([None] * 3, X)", "NotImplementedError: torch.distributed.all_gather_object is not among"),
    ],
)  # fmt: skip
def test_what_torch_distributed_would_not_take_fails_in_the_students_line(body: str, said: str):
    phase = recorded(body)

    assert phase.error is not None
    assert phase.error.render("en").startswith(f"line 2, `{body}`: {said}")


@pytest.mark.parametrize(
    ("returned", "found"),
    [("X + 1", ["Y"]), ("{'Y': X + 1, 'Z': X}", ["Y"]), ("(X + 1, X)", ["Y"]), ("[X + 1]", ["Y"]), ("None", [])],
)
def test_results_are_a_dict_a_tuple_or_the_one_tensor(returned: str, found: list[str]):
    assert [name for name, _ in recorded(f"return {returned}").outputs] == found


def test_an_argument_that_is_not_returned_stands_for_its_new_value():
    trace = record_rank("def step(W, lr):\n    W -= lr\n", "step", 0, 1, {"W": X.clone(), "lr": 0.1}, ["W"])

    assert trace.phases[0].outputs == (("W", 0),)


def test_a_function_that_is_not_there_is_asked_for():
    trace = record_rank("def g(X):\n    pass\n", "f", 0, 1, {"X": X, "lr": 0.1}, ["Y"])

    assert trace.phases[0].error.render("en") == "the cell has to define a function f(X, lr)"


def test_autograd_around_a_call_sees_what_it_sees_on_real_ranks():
    """The write is raw: it neither enters the graph nor spoils what backward has saved."""
    body = "Y = X.clone().requires_grad_()\nZ = Y.exp()\ndist.all_reduce(Z.detach())\nZ.sum().backward()\nreturn Y.grad"

    assert [node.operation for node in calls(recorded(body))] == ["collective.all_reduce"]


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_rank_is_given_its_shards_and_the_full_weight_is_never_made(task: str):
    case = case_of(2, 203, 151, 0.05, 4)

    trace = record_on(LAB.section(task), TASKS[task], case, 1, "def f(*given): return {}\n".replace("f(", f"{TASKS[task].function}("))

    given = dict(trace.phases[0].inputs)
    assert math.prod(given["W"].shape) < 203 * 151 / 3


def test_a_recording_leaves_nothing_behind(capsys):
    case = case_of(3, 11, 7, 0.05, 2)
    source = "print('aloud')\ndef row_forward(X, W, b):\n    print('loud')\n    return X @ W.T + b\n"

    trace = record_on(LAB.section("row.forward"), TASKS["row.forward"], case, 0, source)

    assert trace.phases[0].error is None
    assert capsys.readouterr().out == ""
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize("again", ["x = x + 0", "dist.barrier()"])
def test_a_function_that_goes_on_for_ever_is_stopped_and_not_recorded_again(again: str) -> None:
    section = LAB.section("row.forward")
    text = f"def row_forward(X, W, b):\n    x = X\n    while dist.get_rank() == 0:\n        {again}\n    return x\n"
    runs = RankRuns()

    one, other = (runs.traces(section, "row.forward", text, case, {}) for case in section.cases[:2])

    said = [trace.phases[0].error for trace in (*one, *other)]
    assert {error and error.render("en") for error in said} == {
        f"line 4, `{again}`: the cell runs more than 20000 tensor operations"
    }
    assert len(one[0].phases[0].nodes) == 20_000 and not any(trace.phases[0].nodes for trace in (*one[1:], *other))


def test_something_else_under_the_functions_name_is_no_function() -> None:
    section = LAB.section("row.forward")

    (trace, *_) = RankRuns().traces(section, "row.forward", "row_forward = 3\n", section.cases[0], {})

    assert trace.phases[0].error is not None
    assert trace.phases[0].error.render("en") == "the cell has to define a function row_forward(X, W, b)"
