"""What a recorded cell starts from, and the first glance at what it made."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from grader.bench.decoys import Wanted, same_decoys
from grader.bench.section import record_section
from grader.lab.registry import find_lab
from tests.judge.conftest import SMALL

MANUAL = find_lab("linear").section("manual.forward")
WRITES = (
    "X.add_(1)",
    "X.data.zero_()",
    "X[0] = 7",
    "X.numpy()[:] = 7",
    "np.from_dlpack(X)[:] = 7",
    "torch.add(X, 1, out=X)",
    "torch.ones(999, out=X)",
    "X.resize_(99, 99).fill_(7)",
    "X.untyped_storage().resize_(9999); X.fill_(7)",
    "X.storage().resize_(9999); X.fill_(7)",
    "torch._foreach_add_([X], 1)",
    "X.share_memory_().fill_(7)",
    "optimizer = torch.optim.SGD([X], lr=1.0); X.grad = torch.ones_like(X); optimizer.step()",
)


@pytest.mark.parametrize("write", WRITES)
def test_a_cell_writes_into_its_own_copies(write):
    before = {name: tensor.clone() for name, tensor in same_decoys(MANUAL, SMALL)[0].inputs.items()}
    first = record_section(MANUAL, "manual.forward", {"manual.forward": f"kept = X\n{write}\nY = X"}, SMALL, {})
    assert [phase.error for phase in first.phases] == [None]
    after = same_decoys(MANUAL, SMALL)[0].inputs
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_two_tasks_inputs_have_memory_of_their_own():
    cells = {"manual.forward": "Y, old = X, X\nX.add_(1)", "manual.dY": "dY = old - X\nassert dY.min() > 0.5"}
    trace = record_section(MANUAL, "manual.dY", cells, SMALL, {})
    assert [phase.error for phase in trace.phases] == [None, None]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_first_glance_sees_what_is_no_rounding(dtype):
    want = Wanted(torch.arange(12, dtype=dtype).reshape(3, 4) - 5)
    rounding = 10 * torch.finfo(dtype).eps
    assert want.is_met_by(want.value + rounding)
    assert want.is_met_by((want.value - rounding).T.contiguous().T)
    for wrong in (want.value + 0.01, want.value - 0.01, want.value.T, want.value.reshape(-1), want.value.half()):
        assert not want.is_met_by(wrong)
    for number in (torch.nan, torch.inf):
        spoiled = want.value.clone()
        spoiled[1, 2] = number
        assert not want.is_met_by(spoiled)


def test_tensors_without_numbers_are_looked_at_no_further_than_the_first_piece() -> None:
    class Count(TorchDispatchMode):
        operations = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            Count.operations += 1
            return func(*args, **(kwargs or {}))

    with FakeTensorMode():
        large = torch.empty(53_248, 16_384)
        with Count(), pytest.raises(RuntimeError):
            Wanted(large).is_met_by(large.clone())
    assert Count.operations < 20
