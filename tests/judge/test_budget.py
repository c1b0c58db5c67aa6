"""What is too large, too long or reaches past its memory is refused before it runs: here in a process that may die."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from grader.judge.process import Bounds, JudgeProcess, Outcome
from grader.judge.trace import Node, Slot, Special, to_json
from tests.judge.conftest import RIGHT_FORWARD, SMALL, forward, node

SEED = 5


@pytest.fixture(scope="module")
def judge() -> Iterator[JudgeProcess]:
    with JudgeProcess(Bounds(seconds=20, memory=2 << 30)) as process:
        yield process


def _said(outcome: Outcome) -> str:
    return outcome.reason.render("en") if outcome.reason else ""


def _ones(*shape: int, out: int = 5, **words: Any) -> Node:
    return node("ones.default", shape, out=out, **words)


def _dtype(name: str) -> Special:
    return Special("dtype", name)


def _fused(*lists: tuple[Slot, ...]) -> Node:
    words = {"weight_decay": 0.0, "momentum": 0.9 if lists[2] else 0.0, "lr": 0.1, "dampening": 0.0}
    flags = dict.fromkeys(("nesterov", "maximize", "is_first_step"), False)
    return Node("aten._fused_sgd_.default", lists, tuple({**words, **flags}.items()), (), 1, "")


SMALLEST = (
    node("full.default", (4,), -(2**63) + 1, out=6, dtype=_dtype("int64")),
    node("sub.Scalar", Slot(6), 1, out=6),
    node("full.default", (4,), -1, out=7, dtype=_dtype("int64")),
)
HUGE = 10**9
LARGE, WORK, PAST = "more than the grader replays", "computes more than", "past the end of its memory"
# each with what the judge says; all of them ended in the wrong memory, a dead process or minutes of work somewhere
CASES: dict[str, tuple[tuple[Node, ...], str]] = {
    "a view past its memory, read": ((node("_reshape_alias.default", Slot(0), (300, 700), (700, 1), out=5), node("abs.default", Slot(5))), PAST),
    "a view past its memory, written": ((node("_reshape_alias.default", Slot(0), (300, 700), (700, 1), out=5), node("fill_.Scalar", Slot(5), 1.0)), PAST),
    "as_strided that overflows": ((node("as_strided.default", Slot(0), (4, 4), (1 << 62, 1 << 62), 0),), PAST),
    "as_strided backwards": ((node("as_strided.default", Slot(0), (3, 7), (-7, -1), 20),), "fails"),
    "new memory backwards": ((node("new_empty_strided.default", Slot(0), (3, 7), (-1, -1)),), PAST),
    "nothing, very far away": ((node("as_strided.default", Slot(0), (0,), (1,), 1 << 62, out=5), node("as_strided.default", Slot(5), (1,), (1,))), PAST),
    "a fused step with short gradients": ((_ones(10**6), _ones(1, out=6), _fused((Slot(5),), (Slot(6),), ())), "do not match"),
    "a fused step with other dtypes": ((_ones(99), _ones(99, out=6, dtype=_dtype("int8")), _fused((Slot(5),), (Slot(6),), ())), "do not match"),
    "a fused step with a short momentum": ((_ones(10**6), _fused((Slot(5),), (Slot(5),), (Slot(0),))), "do not match"),
    "a fused step with fewer gradients": ((_ones(99), _fused((Slot(5), Slot(5)), (Slot(5),), ())), "fails"),
    "a fused step on expanded weights": ((_ones(1), node("expand.default", Slot(5), (10**6,), out=6), _fused((Slot(6),), (Slot(6),), ())), "do not match"),
    **{
        f"the smallest whole number: {name}": ((*SMALLEST, node(name, Slot(6), Slot(7), **words)), "smallest whole number")
        for name, words in {"div.Tensor_mode": {"rounding_mode": "trunc"}, "div_.Tensor_mode": {"rounding_mode": "floor"},
                            "floor_divide.default": {}, "remainder.Tensor": {}, "fmod.Tensor": {}}.items()
    },
    "whole numbers by zero": ((node("zeros.default", (4,), out=6, dtype=_dtype("int64")), node("floor_divide.default", Slot(6), Slot(6))), "fails"),
    "memory read as truth values": ((node("full.default", (8,), 113, out=5, dtype=_dtype("int8")), node("view.dtype", Slot(5), _dtype("bool"))), "can replay"),
    "memory copied as truth values": ((node("full.default", (8,), 113, out=5, dtype=_dtype("int8")), node("view_copy.dtype", Slot(5), _dtype("bool"))), "can replay"),
    "an endless unbind": ((_ones(HUGE, 0), node("unbind.int", Slot(5))), LARGE),
    "endless empty chunks": ((_ones(0), node("chunk.default", Slot(5), HUGE)), LARGE),
    "endless empty parts": ((_ones(0), node("tensor_split.sections", Slot(5), HUGE)), LARGE),
    "a split into single numbers": ((_ones(1 << 20), node("split.Tensor", Slot(5), 1)), LARGE),
    "a lie about repeats": ((node("full.default", (3,), 10**6, out=6, dtype=_dtype("int64")), node("repeat_interleave.Tensor", Slot(6), output_size=4)), "fails"),
    "endless repeats": ((node("full.default", (3,), 10**15, out=6, dtype=_dtype("int64")), node("repeat_interleave.Tensor", Slot(6))), "fails"),
    "a mask that meets an index": (
        (_ones(20_000, 2), _ones(20_000, out=6, dtype=_dtype("bool")), node("zeros.default", (20_000, 1), out=7, dtype=_dtype("int64")), node("index.Tensor", Slot(5), (Slot(6), Slot(7)))),
        LARGE,
    ),
    "a mask spread out": ((_ones(20_000, 1), _ones(20_000, out=6, dtype=_dtype("bool")), node("masked_select.default", Slot(5), Slot(6))), LARGE),
    **{
        f"an index outside: {name}": ((node("full.default", (3,), index, out=6, dtype=_dtype("int64")), node(name, Slot(0), *before, Slot(6), *after)), "fails")
        for name, before, after, index in (
            ("index_select.default", (0,), (), HUGE), ("index_fill_.int_Scalar", (0,), (1.0,), HUGE), ("take.default", (), (), -HUGE),
            ("index_select.default", (0,), (), -HUGE), ("index_copy.default", (0,), (Slot(0),), HUGE), ("index_add.default", (0,), (Slot(0),), -HUGE),
        )
    },
    "too many dimensions": ((node("view.default", Slot(2), (7,) + (1,) * 200, out=5), node("add.Tensor", Slot(5), Slot(5))), "dimensions"),
    "dimensions one by one": ((*[node("unsqueeze.default", Slot(0), 0, out=0)] * 300, node("abs.default", Slot(0))), "dimensions"),
    "2,000 large products": ((_ones(8192, 8192), *[node("mm.default", Slot(5), Slot(5), out=6)] * 2_000), WORK),
    "large products by name": ((_ones(8192, 8192), Node("aten.mm.default", (), (("mat2", Slot(5)), ("self", Slot(5))), (6,), 1, "")), WORK),
    "large products of one number": ((_ones(1, 1), node("expand.default", Slot(5), (8000, 8000), out=6), node("mm.default", Slot(6), Slot(6))), WORK),
    "a product of whole numbers, which torch does slowly": ((_ones(2048, 2048, dtype=_dtype("int64")), node("mm.default", Slot(5), Slot(5))), WORK),
    "matrix powers by einsum": ((_ones(4000, 4000), node("einsum.default", "ab,bc,cd,de,ef->af", (Slot(5),) * 5)), WORK),
    "a long chain of products": ((_ones(1, 1), node("linalg_multi_dot.default", (Slot(5),) * 19_000)), WORK),
    "a decomposition": ((_ones(8000, 8000), node("linalg_norm.default", Slot(5), 2)), WORK),
    "sums without end": ((_ones(1), node("expand.default", Slot(5), (1 << 26,), out=6), *[node("sum.default", Slot(6), out=7)] * 2_000), WORK),
    "kron of kron": ((_ones(4000), node("kron.default", Slot(5), Slot(5), out=6), node("kron.default", Slot(6), Slot(6))), LARGE),
    "arange in tiny steps": ((node("arange.start_step", 0, 1, 1e-300),), "fails"),
    "arange to infinity": ((node("arange.start_step", 0, float("inf"), 1),), "fails"),
    "linspace": ((node("linspace.default", 0, 1, 10**12),), LARGE),
    "indices of a huge triangle": ((node("tril_indices.default", 10**6, 10**6),), LARGE),
    "sizes that overflow": ((node("empty.memory_format", (1 << 62, 1 << 62, 0)),), "fails"),
    "a fact as long as a book": ((node("add.Tensor", Slot(0), Slot(0), alpha="x" * 900),), "fails"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_operation_is_refused_before_it_runs(name, judge):
    nodes, said = CASES[name]
    made = {slot for one in nodes for slot in one.outputs}
    outcome = judge.judge("linear", "manual.forward", SMALL, [to_json(forward(*nodes, out=90 if 90 in made else 5))], SEED)
    assert outcome.examined and said in _said(outcome), _said(outcome)


def test_work_that_no_budget_foresees_ends_with_the_clock():
    slow = [node("sort.default", Slot(5), out=7)] * 19_000
    with JudgeProcess(Bounds(seconds=2)) as judge:
        outcome = judge.judge("linear", "manual.forward", SMALL, [to_json(forward(_ones(1 << 22), *slow))], SEED)
        assert _said(outcome) == "could not be examined: replaying it takes longer than 2 s"
        judge.bounds = Bounds()  # a busy machine may take its time over the right one
        assert judge.judge("linear", "manual.forward", SMALL, [to_json(forward(*RIGHT_FORWARD))], SEED).passed
