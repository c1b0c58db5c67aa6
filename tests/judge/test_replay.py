"""A trace replayed on other values equals the program run on them; hostile traces are refused, cheaply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from grader.bench.recorder import Recorder
from grader.bench.section import record_section
from grader.judge.answers import task_values
from grader.judge.budget import Budget
from grader.judge.replay import Refused, replay_phase
from grader.judge.trace import CONSTANT, LEAVES, Node, Phase, Slot, Special, Trace, from_json, to_json
from grader.lab.registry import find_lab
from grader.labs.linear.lab import SOURCE
from tests.judge.conftest import RIGHT_FORWARD, forward, node, taken
from tests.labs.corpora import solution_cells

CPU = torch.device("cpu")

# each line takes tensors a, b of shape (n, n) and leaves them so
STATEMENTS = (
    "a = a + b", "b = a @ b / 8", "a = a.T", "a += b", "a[0] = b[-1]", "b = torch.cat((a[:1], b[1:]))",
    "a = torch.where(a > 0, a, b)", "a[:, 1:] *= 0.5", "b = b.clone(); b.T.add_(a)", "a = a.reshape(-1).view(a.shape)",
    "b = torch.stack([r for r in a.unbind(1)], 1)", "a = torch.einsum('ij,kj->ik', a, b) / 8",
    "b = torch.zeros(b.shape).index_copy_(0, torch.arange(b.shape[0]), a)", "a, b = b, a",
    "b = b - b.mean(0, keepdim=True)", "a = torch.addmm(b, a, b, alpha=0.1)", "a = torch.tanh(a)",
    "a = torch.ones_like(a).mul_(b).detach()", "b = b.expand(2, -1, -1).sum(0) / 2",
    "a[a > 0] = 0.5", "b = torch.empty(0); torch.mul(a, 2.0, out=b)", "torch._foreach_add_([a, b], [b.clone(), a.clone()], alpha=0.1)",
    "r = a.clone().requires_grad_(); (r @ b).sin().sum().backward(); a = r.grad",
    "a = torch.func.grad(lambda t: (t * b).pow(2).sum())(a) / 4", "a = torch.vmap(lambda row: row @ b)(a) / 8",
    "w = torch.nn.Parameter(a.clone()); o = torch.optim.SGD([w], lr=0.1); (w * b).sum().backward(); o.step(); a = w.detach()",
    # views
    "a = a.flip(0); b = b[::2].repeat(2, 1)[:b.shape[0]]", "b = b.clone(); b.diagonal().mul_(2)", "a = a.unfold(0, 2, 1).sum(-1).sum(0).expand_as(b).clone()",
    "a = a.clone(); a.as_strided((2, 1), (1, 2), 1).fill_(0.25)", "b = b.unsqueeze(0).squeeze(0).swapaxes(0, 1).narrow(1, 0, b.shape[0])",
    "first, rest = a.split([1, a.shape[0] - 1]); a = torch.vstack((rest, first))", "a = torch.tril(a) + torch.triu(b, 1)", "b = b.roll(1, 0).movedim(0, 1)",
    # in place, out=, foreach
    "a = a.clone(); a[1:][:, 0] = a[0, 1:].sum(); a.clamp_(-3, 3)", "b = torch.empty_like(a); torch.sub(a, 1.0, alpha=2.0, out=b)",
    "c = torch.zeros(2, *a.shape); torch.matmul(a, b / 8, out=c[1]); a = c[1]", "torch._foreach_mul_([a, b], 0.5)", "a, b = torch._foreach_add(torch._foreach_neg([a, b]), 1.0)",
    "a = a.clone().copy_(b).lerp_(b.T, 0.25)", "b = b.clone().addcmul_(a, a, value=0.1)",
    # indices and masks
    "m = torch.zeros_like(b, dtype=torch.bool); m[0] = True; a = a.clone(); a[m] = b[m]", "b = b.clone(); b.masked_fill_(a.abs() < 0.3, 0.0)", "i = torch.tensor([1]); a = a.index_select(0, i).expand_as(a).clone()",
    "i = a.argmax(1, keepdim=True); b = torch.zeros_like(b).scatter_(1, i, 1.0)", "b = a.gather(1, b.argsort(1))", "a = a.index_put((torch.arange(2),), b[:2], accumulate=True)",
    "i = torch.arange(a.shape[0]); b = b.clone(); b[i, i] += 1", "a = torch.zeros_like(a).scatter_add_(0, b.argsort(0), a)", "b = torch.where(a.isnan() | (a > 1), b, a)",
    # reductions and products
    "a = a / a.norm().clamp(min=1)", "b = b.sort(1).values + a.cumsum(0) / 4", "a = (a.var(1, keepdim=True) + a.std() + a.prod() / 9).expand_as(b).clone()",
    "a = torch.bmm(torch.stack((a, b)), torch.stack((b, a))).mean(0) / 4", "b = torch.linalg.multi_dot((a, b, a)) / 64", "a = torch.outer(a[0], b[:, 0])",
    "b = torch.einsum('ik,jk,jl->il', a, b, b) / 32", "a = torch.kron(a[:1, :1], b)", "b = torch.tensordot(a, b, dims=([0], [1])) / 8",
    "a = a.logsumexp(1, keepdim=True) - b.sigmoid()", "a = a * a.amax(0) - b.topk(1, 0).values", "b = torch.nn.functional.linear(a, b, b[0]) / 8",
    # dtypes
    "a = a.float().to(b.dtype)", "b = (b * 4).round().int().remainder(3).to(a.dtype)", "a = a.double().mul(2).type_as(b)", "b = torch.full_like(b, 2, dtype=torch.int64) * a",
    "a = a.bfloat16().to(a.dtype)", "b = (a > b).to(b.dtype)",
    # autograd
    "l = torch.nn.Linear(a.shape[1], a.shape[1]); l.weight.data = b.clone(); l.bias.data = b[0].clone(); x = a.clone().requires_grad_(); l(torch.tanh(l(x))).sum().backward(); a, b = x.grad, l.weight.grad",
    "x = a.clone().requires_grad_(); y = (x @ b).relu().sum(); y.backward(retain_graph=True); y.backward(); a = x.grad / 2",
    "x = a.clone().requires_grad_(); x.register_hook(lambda g: g * 2); (x * b).sum().backward(); a = x.grad",
    "x = a.clone().requires_grad_(); g, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True); a, = torch.autograd.grad((g * b).sum(), x); a = a / 9",
    "x = a.clone().requires_grad_(); torch.nn.functional.mse_loss(x, b).backward(); a = x.grad",
    "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): ctx.save_for_backward(x); return x.exp().clamp(max=9)\n    @staticmethod\n    def backward(ctx, g): return g * ctx.saved_tensors[0]\nx = a.clone().requires_grad_(); F.apply(x).sum().backward(); a = x.grad",
    "w = torch.nn.Parameter(b.clone()); o = torch.optim.SGD([w], lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)\nfor _ in range(3): o.zero_grad(); (w * a).pow(2).mean().backward(); o.step()\nb = w.detach()",
    "w = torch.nn.Parameter(b.clone()); o = torch.optim.SGD([w], lr=0.1, foreach=True, momentum=0.9)\nfor _ in range(2): o.zero_grad(); (w * a).sum().backward(); o.step()\nb = w.detach()",
    "w = torch.nn.Parameter(b.clone()); o = torch.optim.SGD([w], lr=0.1, fused=True); (w * a).sum().backward(); o.step(); b = w.detach()",
    # loops and functions
    "c = torch.zeros_like(a)\nfor i in range(a.shape[0]):\n    for j in range(b.shape[1]):\n        c[i, j] = (a[i] * b[:, j]).sum()\na = c / 8",
    "while a.shape[0] > b.shape[0] - 1 and a.dim() == 2: a = a[:-1]\na = torch.cat((a, b[:b.shape[0] - a.shape[0]]))", "a = sum(row.outer(row) for row in a) / 8",
    "a = torch.vmap(torch.vmap(lambda x, y: x * y + 1))(a, b)", "a = torch.func.jacrev(lambda t: (t * b).sum(0))(a).sum(0)", "b = torch.func.vjp(lambda t: t @ a, b)[1](a)[0] / 8",
    "a = torch.func.jvp(lambda t: t.sin(), (a,), (b,))[1]", "a, b = torch.func.functional_call(torch.nn.Linear(a.shape[1], a.shape[1], bias=False), {'weight': b}, (a,)) / 8, a",
)  # fmt: skip


def _run(source: str, a: Tensor, b: Tensor) -> dict[str, Tensor]:
    names = {"torch": torch, "a": a.clone(), "b": b.clone()}
    exec(source, names)
    return {name: names[name] for name in ("a", "b")}


def _record(source: str, a: Tensor, b: Tensor) -> Phase:
    names = {"torch": torch, "a": a.clone(), "b": b.clone()}
    inputs = {name: names[name] for name in ("a", "b")}
    return Recorder().record("t", source, names, inputs, lambda: {name: names[name] for name in ("a", "b")})


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@settings(deadline=None, max_examples=40)
@given(lines=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=7), size=st.integers(2, 4))
def test_a_replay_on_other_values_equals_the_program_on_them(dtype, lines, size):
    _check_a_replay(dtype, lines, size)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("number", range(len(STATEMENTS)))
def test_a_statement_is_replayed_on_other_values(number, dtype):
    _check_a_replay(dtype, [STATEMENTS[number]], 3)


def _check_a_replay(dtype: torch.dtype, lines: list[str], size: int) -> None:
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        decoys, values = torch.randn(2, size, size), torch.randn(2, size, size)
        source = "\n".join(lines)
        phase = from_json(to_json(Trace((_record(source, *decoys),)))).phases[0]
        assert phase.error is None and not phase.problems
        wanted = _run(source, *values)
        got = replay_phase(phase, {"a": values[0].clone(), "b": values[1].clone()}, {}, CPU)
        for name, want in wanted.items():
            assert got[name].dtype == want.dtype
            assert torch.allclose(got[name], want.detach(), rtol=0, atol=0, equal_nan=True)
    finally:
        torch.set_default_dtype(default)


def test_the_right_trace_made_by_hand_passes(judge_forward):
    assert judge_forward(forward(*RIGHT_FORWARD)) == ""


def test_memory_that_was_never_written_holds_no_lucky_numbers():
    phase = Phase("t", (), (node("empty.memory_format", (2, 2)), node("empty.memory_format", (2,), out=91, dtype=Special("dtype", "int64"))), (("Y", 90), ("n", 91)))  # fmt: skip
    got = replay_phase(phase, {}, {}, CPU)
    assert got["Y"].isnan().all() and got["n"].tolist() == [113, 113]


def test_factories_follow_the_judges_device():
    phase = Phase("t", (), (node("zeros.default", (2,), device=Special("device", "cuda")),), (("Y", 90),))
    assert replay_phase(phase, {}, {}, CPU)["Y"].device == CPU


def test_an_operation_that_nothing_uses_may_be_unknown(judge_forward):
    looks = (node("histc.default", Slot(0), out=50), node("abs.default", Slot(50), out=51))
    assert judge_forward(forward(*looks, *RIGHT_FORWARD)) == ""


def test_an_unknown_operation_that_a_result_comes_from_is_named_with_its_line(judge_forward):
    said = judge_forward(forward(node("histc.default", Slot(0), out=50), node("abs.default", Slot(50))))
    assert said == "line 1, `student's line`: the operation aten.histc.default is not one that the grader can replay"


HUGE = 10**12
HOSTILE: dict[str, tuple[Trace, str]] = {
    "unknown operation": (forward(node("no_such.default", Slot(0))), "not one that the grader can replay"),
    "another namespace": (forward(Node("prims.add.default", (Slot(0),), (), (90,), 1, "")), "can replay"),
    "a name with half a surrogate": (forward(Node("aten.add.\ud800", (Slot(0),), (), (90,), 1, "")), "can replay"),
    "a forbidden operation that writes": (forward(node("resize_.default", Slot(0), (9, 9))), "can replay"),
    "reading a file": (forward(node("from_file.default", "data", False, 10)), "can replay"),
    "used before it was made": (forward(node("abs.default", Slot(90))), "before it was made"),
    "used before it was made, in a circle": (forward(node("abs.default", Slot(91)), node("abs.default", Slot(90), out=91)), "before it was made"),
    "an output that was never made": (forward(*RIGHT_FORWARD, out=99), "does not say how Y was made"),
    "an input that the task does not have": (forward(*RIGHT_FORWARD, W_secret=7), "W_secret"),
    "an input as output": (forward(out=0), "shape"),
    "10^12 numbers": (forward(node("empty.memory_format", (10**6, 10**6))), "more than the grader replays"),
    "10^12 ones": (forward(node("ones.default", (HUGE,))), "more than the grader replays"),
    "a long arange": (forward(node("arange.default", HUGE)), "more than the grader replays"),
    "a large storage under a small view": (forward(node("empty_strided.default", (2, 2), (HUGE, 1))), "more than"),
    "expanded without end": (forward(node("new_zeros.default", Slot(0), (1,), out=5), node("expand.default", Slot(5), (HUGE,))), "more than"),
    "repeated without end": (forward(node("repeat.default", Slot(0), (10**5, 10**5))), "more than"),
    "an outer product too large": (
        forward(node("arange.default", 20_000, out=5), node("outer.default", Slot(5), Slot(5))),
        "more than",
    ),
    "large only inside of one operation": (
        forward(node("arange.default", 20_000, out=5), node("einsum.default", "a,b,a,b->", (Slot(5), Slot(5), Slot(5), Slot(5)))),
        "more than",
    ),
    "a reduced broadcast": (
        forward(node("ones.default", (20_000, 1), out=5), node("ones.default", (20_000,), out=6), node("mse_loss.default", Slot(5), Slot(6))),
        "more than",
    ),
    "out= made large": (forward(Node("aten.ones.out", ((HUGE,),), (("out", Slot(0)),), (90,), 1, "")), "more than"),
    "overlapping memory": (forward(node("empty_strided.default", (3, 7), (0, 1))), "never written"),
    "as_strided beyond the end": (forward(node("as_strided.default", Slot(0), (3, 7), (10**6, 1), 0)), "fails"),
    "as_strided before the start": (forward(node("as_strided.default", Slot(0), (3, 7), (7, 1), -5)), "fails"),
    "an index out of range": (forward(node("select.int", Slot(0), 0, 2**62)), "fails"),
    "huge whole numbers": (forward(node("add.Scalar", Slot(0), 2**63 - 1)), "shape"),
    "not a number": (forward(*RIGHT_FORWARD[:2], node("mul.Tensor", Slot(4), float("nan"))), "never written"),
    "infinity": (forward(*RIGHT_FORWARD[:2], node("mul.Tensor", Slot(4), float("inf"))), "wrong"),
    "a text for a tensor": (forward(node("mm.default", "X", "W")), "fails"),
    "nothing for a tensor": (forward(node("mm.default", None, None)), "fails"),
    "too many arguments": (forward(node("mm.default", *[Slot(0)] * 50)), "fails"),
    "a keyword that there is not": (forward(node("abs.default", Slot(0), evil=1)), "fails"),
    "a list nested deep": (forward(node("cat.default", ((((Slot(0),),),),))), "fails"),
    "an unknown dtype": (forward(node("ones.default", (3, 7), dtype=Special("dtype", "system"))), "cannot follow system"),
    "another layout": (forward(node("ones.default", (3, 7), layout=Special("layout", "sparse_coo"))), "cannot follow"),
    "more outputs than results": (forward(Node("aten.abs.default", (Slot(0),), (), (None, 90, 91), 1, "")), "does not say"),
    "a constant with too few numbers": (forward(Node(CONSTANT, ((1.0,), (3, 7), Special("dtype", "float64")), (), (90,), 1, "")), "no recorded torch operation"),
    "a constant of texts": (forward(Node(CONSTANT, (("a",), (1,), Special("dtype", "float64")), (), (90,), 1, "")), "no recorded"),
    "a constant of infinity as a whole number": (forward(Node(CONSTANT, ((float("inf"),), (1,), Special("dtype", "int64")), (), (90,), 1, "")), "no recorded"),
    "a constant of a huge shape": (forward(Node(CONSTANT, ((1.0,), (HUGE, HUGE), Special("dtype", "float64")), (), (90,), 1, "")), "no recorded"),
    "a constant of slots": (forward(Node(CONSTANT, ((Slot(0),), (Slot(1),), Special("dtype", "int8")), (), (90,), 1, "")), "no recorded"),
    "a constant of nothing": (forward(Node(CONSTANT, (), (), (90,), 1, "")), "no recorded"),
    "leaving torch with nothing": (forward(Node(LEAVES, (3, "numpy"), (), (), 1, ""), node("abs.default", Slot(0))), "shape"),
    "leaving torch from nowhere": (forward(Node(LEAVES, (Slot(77), "numpy"), (), (), 1, ""), node("abs.default", Slot(0))), "shape"),
    "no phase": (Trace(()), "has not been run"),
    "another phase": (Trace((Phase("manual.dY", (), (), ()),)), "has not been run"),
    "an empty phase": (Trace((Phase("manual.forward", (), (), ()),)), "Y is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_trace_gets_a_verdict_and_little_memory(name, judge_forward):
    trace, said = HOSTILE[name]
    assert said in judge_forward(from_json(to_json(trace)))


def test_little_by_little_is_too_much_as_well():
    phase = Phase("t", (), (node("ones.default", (99,)),) * 20, (("Y", 90),))
    replay_phase(phase, {}, {}, CPU, budget=Budget(in_all=2_000))
    with pytest.raises(Refused, match="makes 1089 numbers, more than the grader replays"):
        replay_phase(phase, {}, {}, CPU, budget=Budget(in_all=1_000))


def test_shapes_alone_are_replayed_on_meta_tensors_at_no_cost():
    phase = Phase("t", (("X", taken(0)), ("W", taken(1))), (node("mm.default", Slot(0), Slot(1)),), (("Y", 90),))
    inputs = {"X": torch.empty(16384, 16384, device="meta"), "W": torch.empty(16384, 53248, device="meta")}
    got = replay_phase(phase, inputs, {}, torch.device("meta"), budget=Budget.without_limits())
    assert got["Y"].shape == (16384, 53248)
    with pytest.raises(Refused, match="more than the grader replays"):
        replay_phase(phase, inputs, {}, torch.device("meta"))


names = st.sampled_from(["abs.default", "add.Tensor", "mm.default", "cat.default", "as_strided.default", "t_.default", "copy_.default",
                         "expand.default", "index.Tensor", "full.default", "select.int", "unbind.int", "_foreach_add_.List", "view.default",
                         "addmm.default", "where.self", "empty_strided.default", "slice.Tensor", "sum.dim_IntList", "add.out", "topk.default"])  # fmt: skip
values = (
    st.none() | st.booleans() | st.integers(-3, 12) | st.sampled_from([2**40, -(2**60), 1e300]) | st.floats() | st.sampled_from(["", "ij,jk"])
    | st.builds(Slot, st.integers(0, 6)) | st.builds(Special, st.sampled_from(["dtype", "device"]), st.sampled_from(["float64", "cpu", "x"]))
)  # fmt: skip
arguments = st.recursive(values, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
hostile_nodes = st.builds(
    lambda name, args, kwargs, outputs: Node(f"aten.{name}", tuple(args), tuple(kwargs.items()), tuple(outputs), 1, "x"),
    names,
    st.lists(arguments, max_size=4),
    st.dictionaries(st.sampled_from(["out", "dim", "alpha", "dtype", "device", "size"]), arguments, max_size=2),
    st.lists(st.none() | st.integers(0, 6), max_size=3),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(hostile_nodes, max_size=6), st.integers(0, 6))
def test_random_traces_get_a_verdict_and_never_an_exception(nodes, out):
    from grader.judge.exam import judge_trace
    from tests.judge.conftest import SMALL

    trace = from_json(to_json(forward(*nodes, out=out)))
    judge_trace(find_lab("linear").section("manual.forward"), "manual.forward", SMALL, (trace,), seed=1)


def test_a_refusal_carries_its_message():
    with pytest.raises(Refused, match="before it was made") as refused:
        replay_phase(Phase("t", (), (node("abs.default", Slot(3)),), (("Y", 90),)), {}, {}, CPU)
    assert refused.value.message.template


def test_the_watch_sees_every_step_and_its_results():
    seen: list[tuple[str, int]] = []
    see: Callable[..., None] = lambda step: seen.append((step.node.operation, len(step.results)))  # noqa: E731
    phase = Phase("t", (("X", taken(0)),), (node("abs.default", Slot(0)), node("unbind.int", Slot(0), out=91)), (("Y", 90),))
    replay_phase(phase, {"X": torch.ones(2, 2)}, {}, CPU, see)
    assert seen == [("aten.abs.default", 1), ("aten.unbind.int", 2)]


def test_the_lab_needs_a_small_part_of_the_budget():
    section, cells = find_lab("linear").section("manual.update"), solution_cells()
    trace = record_section(section, "manual.update", cells, SOURCE, {})
    for phase, values in zip(trace.phases, task_values(section, SOURCE, 5), strict=False):
        budget = Budget()
        replay_phase(phase, values.inputs, {}, CPU, budget=budget)
        assert 0 < 100 * budget.worked < budget.work and 0 < 100 * budget.made < budget.in_all


def test_arguments_given_by_name_come_in_the_schemas_order():
    seen: list[Any] = []
    by_name = Node("aten.sub.Tensor", (), (("alpha", 2), ("other", Slot(1)), ("self", Slot(0))), (90,), 1, "")
    phase = Phase("t", (("X", taken(0)), ("W", taken(1))), (by_name,), (("Y", 90),))
    X, W = torch.ones(2), torch.full((2,), 3.0)
    got = replay_phase(phase, {"X": X, "W": W}, {}, CPU, seen.append)
    assert got["Y"].tolist() == [-5, -5]
    assert seen[0].arguments[0] is X and seen[0].arguments[1] is W and seen[0].keywords == {"alpha": 2}


def test_memory_that_the_machine_does_not_have_is_no_fault_of_the_trace(monkeypatch):
    def no_memory(*_: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")

    monkeypatch.setattr(Budget, "plan", no_memory)
    with pytest.raises(MemoryError):
        replay_phase(Phase("t", (), (node("ones.default", (3,)),), (("Y", 90),)), {}, {}, CPU)


def test_gaps_in_memory_that_nobody_wrote_hold_no_numbers():
    for made in (node("empty_strided.default", (2,), (5000,), out=5), node("new_empty_strided.default", Slot(0), (2,), (5000,), out=5)):
        trace = forward(made, node("as_strided.default", Slot(5), (5001,), (1,), 0))
        inputs = {name: torch.ones(3, 3) for name in ("X", "W", "b")}
        assert replay_phase(trace.phases[0], inputs, {}, CPU)["Y"].isnan().all()
