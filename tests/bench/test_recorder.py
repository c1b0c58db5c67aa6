"""The recorder writes down what a cell did, and says what no replay can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from torch import nn

from grader.bench import recorder as module
from grader.bench.recorder import Recorder
from grader.judge.replay import replay_phase
from grader.judge.trace import CONSTANT, LEAVES, Input, Phase, Slot, Special, Trace, from_json, to_json


def record(source: str, **extra: Any) -> Phase:
    names: dict[str, Any] = {"torch": torch, "nn": nn, "numpy": numpy, "X": torch.randn(3, 4), "W": torch.randn(2, 4), **extra}
    inputs = {"X": names["X"], "W": names["W"]}
    find: Callable[[], dict[str, Any]] = lambda: {"Y": names["Y"]} if "Y" in names else {}  # noqa: E731
    phase = Recorder().record("t", source, names, inputs, find)
    assert from_json(to_json(Trace((phase,)))) == Trace((phase,))
    return phase


def operations(phase: Phase) -> list[str]:
    return [node.operation for node in phase.nodes]


def problems(phase: Phase) -> str:
    return " ".join(problem.render("en") for problem in phase.problems)


def replayed(phase: Phase, X: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
    return replay_phase(phase, {"X": X, "W": W}, {}, torch.device("cpu"))["Y"]


def test_each_operation_stands_in_order_with_its_line():
    phase = record("Y = X.abs()\n\nY = Y + 1\n")
    assert operations(phase) == ["aten.abs.default", "aten.add.Tensor"]
    assert [(node.line, node.code) for node in phase.nodes] == [(1, "Y = X.abs()"), (3, "Y = Y + 1")]


def test_inputs_come_first_and_outputs_are_named_by_slot():
    phase = record("Y = X")
    assert phase.inputs == (("X", Input(0, (3, 4), "float32")), ("W", Input(1, (2, 4), "float32")))
    assert phase.outputs == (("Y", 0),)


def test_a_helpers_operation_counts_where_it_is_called():
    def helper(x):
        return x * 2

    assert record("\n\nY = helper(X)", helper=helper).nodes[0].line == 3


def test_an_operation_in_place_keeps_its_slot():
    phase = record("Y = X.clone()\nY += 1\nY.mul_(2)")
    clone, *rest = phase.nodes
    assert all(node.outputs == clone.outputs for node in rest)


@pytest.mark.parametrize(
    "source",
    [
        "Y = (X @ W.T).T.contiguous().view(-1)[1:3]",
        "r = X.clone().requires_grad_(); (r @ W.T).pow(2).sum().backward(); Y = r.grad",
        "Y = torch.empty(0); torch.cat((X, X), out=Y)",
        "Y = X.clone(); Y.data = Y.data * 2",
        "import copy; Y = copy.deepcopy(X[1:])",
        "with torch.inference_mode():\n    Y = torch.nn.functional.linear(X, W)",
        "Y = torch.func.jacrev(lambda x: (x @ W.T).sum(0))(X)",
        "Y = X[X[:, 0].argsort()]",
        "Y = X.clone(); Y[Y > 0] = 0",
        "Y = torch.where(X > 0, X, torch.tensor(0.5))",
        "Y = (2.0 / numpy.float64(3)) * X",
        "Y = X * numpy.float64(0.5)",
        "Y = torch.tensor([[row.sum(), 2.0] for row in X])",
        "Y = torch.as_tensor([X.min(), X.max()]) + X.new_tensor([X[0, 0], X[1, 1]])",
        "Y = X[list(range(3)) * 50]",
        "Y = X[:, numpy.arange(100) % 4]",
        "torch.randn(2, generator=torch.Generator()); Y = X",
    ],
)
def test_what_is_replayed_on_other_values_is_right_on_them(source):
    phase = record(source)
    assert phase.error is None and not phase.problems
    X, W = torch.randn(3, 4), torch.randn(2, 4)
    names = {"torch": torch, "numpy": numpy, "X": X.clone(), "W": W.clone()}
    exec(source, names)
    assert torch.allclose(replayed(phase, X, W), names["Y"].detach())


def test_small_constants_travel_with_the_trace():
    phase = record("Y = X * torch.tensor([1., 2., 3., 4.])")
    constant = next(node for node in phase.nodes if node.operation == CONSTANT)
    assert constant.args == ((1.0, 2.0, 3.0, 4.0), (4,), Special("dtype", "float32"))


@pytest.mark.parametrize("source", ["c = torch.tensor(1j)", "c = torch.tensor([2**64 - 1], dtype=torch.uint64)", "c = X.to(torch.complex64)"])
def test_numbers_that_a_trace_cannot_hold_do_no_harm_beside_the_result(source):
    phase = record(source + "\nY = X + 1")
    assert torch.equal(replayed(phase, torch.ones(3, 4), torch.ones(2, 4)), torch.full((3, 4), 2.0))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Y = torch.from_numpy(numpy.ones((9, 9), dtype='f4'))", "line 1, `Y = torch.from_numpy"),
        ("Y = torch.tensor([float(i) for i in range(100)])", "a tensor (100,) whose numbers no recorded"),
        ("Y = X.numpy()", "Y is a ndarray, expected a torch tensor"),
        ("Y = 3.0", "Y is a float, expected a torch tensor"),
        ("Y = X.to_sparse()", "layout torch.sparse_coo"),
        ("Y = X.view(torch.int32)", "the same memory read as another dtype"),
        ("Y = X * 1j", "an argument of type complex"),
    ],
)  # fmt: skip
def test_what_no_replay_can_follow_is_said(source, said):
    phase = record(source)
    names = problems(phase)
    if "another dtype" in said:
        names += "" if phase.problems else said  # torch records the view itself; the judge then refuses its dtype
    assert said in names


IN_A_THREAD = """
import {module}, time
def f():
    global Y
    Y = torch.ones(9, 9) * 2
{start}
while "Y" not in globals():
    time.sleep(0.01)
"""


def in_a_thread(module: str, start: str) -> Phase:
    names: dict[str, Any] = {"torch": torch}
    source = IN_A_THREAD.format(module=module, start=start)
    return Recorder().record("t", source, names, {}, lambda: {"Y": names["Y"]})


def test_inputs_may_share_a_memory():
    recorder, X = Recorder(), torch.randn(3, 4)
    inputs = {"X": X, "left": X[:, :2]}
    names = {"torch": torch, **inputs}
    for _ in range(2):
        phase = recorder.record("t", "Y = X + 1\nZ = left + 1", names, inputs, lambda: {"Y": names["Y"], "Z": names["Z"]})
        assert operations(phase) == ["aten.add.Tensor"] * 2
        assert [node.args[0].index for node in phase.nodes] == [given.slot for _, given in phase.inputs]


@pytest.mark.parametrize("start", ["threading.Thread(target=f).start()", "type('T', (threading.Thread,), {'run': lambda t: f()})().start()"])
def test_a_thread_is_followed(start):
    phase = in_a_thread("threading", start)
    assert operations(phase)[-1] == "aten.mul.Tensor" and problems(phase) == ""


def test_numbers_made_in_a_raw_thread_are_from_outside():
    phase = in_a_thread("_thread", "_thread.start_new_thread(f, ())")
    assert "no recorded torch operation made" in problems(phase)


@pytest.mark.parametrize("way", ["X.numpy()", "numpy.asarray(X)", "X.tolist()", "X.data_ptr()", "__import__('pickle').dumps(X)"])
def test_numbers_that_leave_torch_are_noted(way):
    phase = record(f"{way}\nY = X")
    assert any(node.operation == LEAVES and node.args[0] == Slot(0) for node in phase.nodes)


def test_a_look_at_shapes_is_no_way_out():
    assert operations(record("X.shape, X.stride(), X.dtype, len(X), X.numel()\nY = X")) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise NotImplementedError()", "not solved yet"),
        ("raise NotImplementedError('half')", "line 1, `raise NotImplementedError('half')`: NotImplementedError: half"),
        ("Y = 1\nY = unknown", "line 2, `Y = unknown`: unknown is not defined"),
        ("Y = (", "line 1, `Y = (`: SyntaxError: '(' was never closed"),
        ("import sys\nsys.exit(3)", "line 2, `sys.exit(3)`: SystemExit: 3"),
        ("class S(BaseException): pass\nraise S('x')", "line 2, `raise S('x')`: S: x"),
        ("raise NameError('x', name=['X'])", "line 1, `raise NameError('x', name=['X'])`: NameError: x"),
        ("raise SyntaxError('x', ('f', 'a', 1, 3))", "line 1, `raise SyntaxError('x', ('f', 'a', 1, 3))`: SyntaxError: x"),
        ("class O(Exception):\n    def __str__(self): raise ValueError\nraise O", "line 3, `raise O`: O: "),
    ],
)  # fmt: skip
def test_an_exception_ends_the_cell_with_its_line(source, said):
    error = record(source).error
    assert error is not None and error.render("en").startswith(said)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("W_gpu1 = X\nY = w_gpu1", "line 2, `Y = w_gpu1`: w_gpu1 is not defined; did you mean W_gpu1?"),
        ("def f(dY): return dy\nY = f(X)", "line 1, `def f(dY): return dy`: dy is not defined; did you mean dY?"),
        ("globals()[1] = 2\nY = x", "line 2, `Y = x`: x is not defined; did you mean X?"),
        ("W_gpu1 = X\nY = X_gpu1", "line 2, `Y = X_gpu1`: X_gpu1 is not defined when the task is checked"),
        (
            "Y = torch.ones(3, 5) @ torch.ones(7, 5)",
            "line 1, `Y = torch.ones(3, 5) @ torch.ones(7, 5)`: a product of matrices (3, 5) and (7, 5): 5 and 7 have "
            "to be equal; with the second one transposed, .T, both are 5",
        ),
        (
            "Y = torch.ones(3, 5) @ torch.ones(3, 7)",
            "line 1, `Y = torch.ones(3, 5) @ torch.ones(3, 7)`: a product of matrices (3, 5) and (3, 7): 5 and 3 have "
            "to be equal; with the first one transposed, .T, both are 3",
        ),
        (
            "Y = torch.ones(3, 5) @ torch.ones(3, 5)",
            "line 1, `Y = torch.ones(3, 5) @ torch.ones(3, 5)`: a product of matrices (3, 5) and (3, 5): 5 and 3 have "
            "to be equal; they are with one of the two transposed, .T",
        ),
        ("Y = torch.ones(3, 5) @ torch.ones(7, 9)", "line 1, `Y = torch.ones(3, 5) @ torch.ones(7, 9)`: RuntimeError"),
    ],
)
def test_an_exception_of_which_more_is_known_says_what_to_do(source, said):
    error = record(source).error
    assert error is not None and error.render("en").startswith(said)


def test_what_was_made_before_an_exception_is_kept():
    phase = record("Y = X + 1\nraise ValueError")
    assert phase.error is not None and phase.outputs == (("Y", 2),)


def test_an_interrupt_by_hand_is_no_error_of_the_cell():
    with pytest.raises(KeyboardInterrupt):
        record("raise KeyboardInterrupt")


def test_an_object_that_fails_when_looked_at_is_an_error_of_the_cell():
    def find():
        raise ValueError("no")

    phase = Recorder().record("t", "Y = 1", {}, {}, find)
    assert phase.error is not None and "ValueError: no" in phase.error.render("en")


def test_more_operations_than_a_trace_holds_stop_the_cell(monkeypatch):
    monkeypatch.setattr(module.Recorder.__init__, "__defaults__", (5,))
    phase = record("Y = X\nfor _ in range(9): Y = Y + 1")
    assert phase.error is not None and "more than 5 tensor operations" in phase.error.render("en")
    swallowed = record("try:\n    for _ in range(9): Y = X + 1\nexcept Exception: Y = torch.ones(9, 9)")
    assert len(swallowed.nodes) <= 5


def test_a_mode_that_the_cell_leaves_behind_is_taken_away():
    source = (
        "from torch.utils._python_dispatch import TorchDispatchMode\nfrom torch.overrides import TorchFunctionMode\n"
        "class M(TorchDispatchMode):\n    def __torch_dispatch__(self, f, t, a=(), k=None): return f(*a, **(k or {}))\n"
        "class F(TorchFunctionMode):\n    def __torch_function__(self, f, t, a=(), k=None): return f(*a, **(k or {}))\n"
        "M().__enter__(); F().__enter__()\nY = X + 1"
    )
    assert record(source).outputs
    assert torch._C._len_torch_dispatch_stack() == torch._C._len_torch_function_stack() == 0


def test_a_cell_that_leaves_the_recorders_mode_hides_only_its_own_work():
    phase = record("torch._C._pop_torch_dispatch_stack(None)\nY = torch.ones(9, 9) @ torch.ones(9, 9)")
    assert "no recorded torch operation made" in problems(phase)
    assert torch._C._len_torch_dispatch_stack() == 0


def test_later_phases_know_the_tensors_of_earlier_ones():
    recorder, names = Recorder(), {"X": torch.randn(3)}
    recorder.record("a", "kept = X * 2", names, {"X": names["X"]}, dict)
    phase = recorder.record("b", "Y = kept + 1", names, {}, lambda: {"Y": names["Y"]})
    assert not phase.problems and phase.nodes[0].args[0] == Slot(1)
