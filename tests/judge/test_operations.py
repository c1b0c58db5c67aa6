"""Which operations are replayed."""

from __future__ import annotations

import pytest
import torch

from grader.judge.operations import ALLOWED, UnknownOperation, base_name, only_reads, resolve, written_arguments


@pytest.mark.parametrize(
    ("operation", "name"),
    [("aten.add_.Tensor", "add"), ("aten.add.out", "add"), ("aten.mm.default", "mm"), ("odd", "odd"), ("aten.__and__.Tensor", "__and__")],
)
def test_the_base_name_is_the_same_for_all_forms_of_an_operation(operation, name):
    assert base_name(operation) == name


def test_an_allowed_operation_is_torchs_own():
    assert resolve("aten.mm.default") is torch.ops.aten.mm.default
    assert resolve("aten.add_.Tensor") is torch.ops.aten.add_.Tensor


@pytest.mark.parametrize(
    "operation",
    [
        "", ".", "mm", "aten.mm", "aten.mm.default.x", "aten.mm.no_such", "aten.from_file.default", "aten.set_.source_Tensor",
        "aten.resize_.default", "prims.add.default", "aten.__class__.x", "aten.add.__class__", "aten.add.overloads",
        "aten.add.\ud800", "aten.add.é", "aten.add. Tensor", "os.system.default", "aten._local_scalar_dense.nothing",
        "aten.bilinear.default", "aten._softmax.out", "aten._log_softmax_backward_data.out", "aten.native_layer_norm.out",
        "aten.embedding.out", "aten.nll_loss_forward.output", "aten.bincount.out",
    ],
)  # fmt: skip
def test_anything_else_is_unknown(operation):
    with pytest.raises(UnknownOperation):
        resolve(operation)


def test_an_operation_outside_the_list_only_reads_or_writes():
    assert only_reads("aten.histc.default")
    assert not only_reads("aten.resize_.default")
    assert not only_reads("aten.no_such.default")
    assert not only_reads("mylib.op.default")


def test_the_arguments_that_an_operation_writes_are_read_off_its_schema():
    assert written_arguments(torch.ops.aten.add_.Tensor) == ((0, "self"),)
    assert written_arguments(torch.ops.aten.add.out) == ((3, "out"),)
    assert written_arguments(torch.ops.aten.add.Tensor) == ()


@pytest.mark.parametrize("name", ["set", "resize", "from_file", "to_sparse", "_nested_tensor_from_tensor_list", "view_as_complex"])
def test_operations_that_hide_memory_are_not_allowed(name):
    assert name not in ALLOWED
