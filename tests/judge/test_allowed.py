"""Every operation that a trace may hold is one of torch's, and is run by some test."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from grader.bench.recorder import Recorder
from grader.judge.operations import ALLOWED, base_name
from grader.judge.replay import replay_phase
from grader.judge.trace import Phase
from tests.judge.test_replay import STATEMENTS

CPU = torch.device("cpu")

UNARY = """
abs absolute ceil cos erf exp exp2 expm1 floor frac log log10 log1p log2 neg negative positive reciprocal round rsqrt sgn sigmoid sign
silu sin sqrt square tanh trunc isfinite isinf isnan logical_not nan_to_num relu nansum all any amin argmin aminmax count_nonzero max min median
trace std_mean var_mean diag t_copy ravel flatten numpy_T mT adjoint lift lift_fresh_copy nonzero real resolve_conj resolve_neg norm
gelu leaky_relu elu hardtanh softplus argsort contiguous rand_like randn_like erfinv atleast_1d atleast_2d
"""
BINARY = """
copysign divide eq floor_divide fmod ge heaviside isclose le logical_and logical_or logical_xor maximum minimum multiply ne not_equal
remainder rsub subtract true_divide type_as view_as expand_as dist inner kron matmul mm linalg_matmul equal allclose
fmax fmin l1_loss linalg_vecdot
"""
CALLS = (
    *(f"{name}(a)" for name in UNARY.split()), *(f"{name}(a, b)" for name in BINARY.split()),
    "_foreach_abs([a, b])", "_foreach_addcdiv([a], [b], [b], [1.0])", "_foreach_addcmul([a], [b], [b], [1.0])", "_foreach_copy_([a.clone()], [b])", "_foreach_div([a], [b])",
    "_foreach_lerp([a], [b], 0.5)", "_foreach_norm([a, b])", "_foreach_pow([a], 2)", "_foreach_sqrt([a])", "_foreach_sub([a], [b])", "_foreach_zero_([a.clone()])",
    "addcdiv(a, b, b)", "addmv(a[0], a, b[0])", "addr(a, b[0], b[1])", "addbmm(a, a[None], b[None])", "baddbmm(a[None], a[None], b[None])", "mv(a, b[0])", "dot(a[0], b[0])", "vdot(a[0], b[0])",
    "outer(a[0], b[0])", "ger(a[0], b[0])", "chain_matmul([a, b, a])", "linalg_multi_dot([a, b, a])", "linalg_norm(a)", "tensordot(a, b, [1], [0])", "linear(a, b)", "einsum('ij,jk->ik', [a, b])",
    "as_strided_scatter(a, a[0], [a.shape[1]], [1])", "select_scatter(a, b[0], 0, 0)", "slice_scatter(a, b[:1], 0, 0, 1)", "select_backward(a[0], a.shape, 0, 0)", "slice_backward(a, a.shape, 0, 0, 99, 1)",
    "diagonal_backward(a[0], a.shape, 0, 0, 1)", "diagonal_copy(a)", "diag_embed(a)", "permute_copy(a, [1, 0])", "select_copy(a, 0, 0)", "slice_copy(a, 0, 0, 1)", "split_copy(a, 1)", "squeeze_copy(a)",
    "transpose_copy(a, 0, 1)", "unsqueeze_copy(a, 0)", "view_copy(a, [-1])", "expand_copy(a, a.shape)", "value_selecting_reduction_backward(a[0], 0, a.argmax(0), a.shape, False)",
    "block_diag([a, b])", "broadcast_tensors([a, b])", "broadcast_to(a, a.shape)", "column_stack([a, b])", "concat([a, b])", "concatenate([a, b])", "dstack([a, b])", "hstack([a, b])", "vstack([a, b])",
    "constant_pad_nd(a, [1, 1])", "pad(a, [1, 1])", "cumprod(a, 0)", "index_add(a, 0, a.argmax(0), b)", "index_fill(a, 0, a.argmax(0), 1.0)", "masked_scatter(a, b > 0, a)", "masked_select(a, b > 0)",
    "repeat_interleave(a, 2)", "take(a, a.argmax(0))", "tile(a, [2])", "chunk(a, 2)", "unsafe_chunk(a, 2)", "unsafe_split(a, 1)", "split(a, 1)", "tensor_split(a, 2)", "hsplit(a, 1)", "vsplit(a, 1)",
    "moveaxis(a, 0, 1)", "movedim(a, 0, 1)", "swapaxes(a, 0, 1)", "narrow(a, 0, 0, 1)", "reshape(a, [-1])", "unflatten(a, 0, [-1, 1])", "sum_to_size(a, [1])", "_reshape_alias(a, a.shape, a.stride())",
    "bitwise_and(a > 0, b > 0)", "bitwise_xor(a > 0, b > 0)", "bitwise_not(a > 0)", "clamp_max(a, 0.5)", "clamp_min(a, 0.5)", "sigmoid_backward(a, b)", "tanh_backward(a, b)", "threshold_backward(a, b, 0)",
    "dropout(a, 0.0, True)", "native_dropout(a, 0.5, False)", "native_dropout_backward(a, b > 0, 2.0)", "to(a, torch.float64)", "zero(a)", "new_full(a, [2], 3.0)", "new_ones(a, [2])", "zeros_like(a)", "ones_like(a)",
    "eye(3)", "full([2], 3.0)", "full_like(a, 3.0)", "linspace(0, 1, 5)", "ones([2])", "scalar_tensor(2.0)", "tril_indices(3, 3)", "triu_indices(3, 3)", "arange(5)", "alias(a)", "is_same_size(a, b)", "full([2], 3.0)", "linalg_vector_norm(a)", "new_zeros(a, [2])", "amax(a)", "randint(5, [3])", "randint_like(a, 5)", "randn([2])", "rand([2])", "randperm(1)", "bernoulli(a.sigmoid())", "normal(a, 1.0)", "normal_functional(a)", "uniform(a)", "exponential(a)", "random(a)", "is_nonzero(a[0, 0])", "_local_scalar_dense(a[0, 0])",
    "kthvalue(a, 2)", "cummax(a, 0)", "cummin(a, 0)", "clip(a, -1, 1)", "swapdims(a, 0, 1)", "narrow_copy(a, 0, 0, 1)", "row_stack([a, b])", "take_along_dim(a, a.argsort(0), 0)", "embedding(a, a.argmax(0))",
    "softmax(a, 1)", "_softmax(a, 1, False)", "_softmax_backward_data(a, b, 1, torch.float64)", "_safe_softmax(a, 1)", "log_softmax(a, 1)", "_log_softmax(a, 1, False)", "_log_softmax_backward_data(a, b, 1, torch.float64)",
    "layer_norm(a, a.shape[1:])", "native_layer_norm(a, a.shape[1:], None, None, 1e-5)", "native_layer_norm_backward(b, a, a.shape[1:], a.mean(1, True), b[:, :1].contiguous(), None, None, [True, False, False])", "rms_norm(a, a.shape[1:])",
    "_fused_rms_norm(a, a.shape[1:], None, 1e-5)",
    "gelu_backward(a, b)", "silu_backward(a, b)", "leaky_relu_backward(a, b, 0.1, False)", "elu_backward(a, 1.0, 1.0, 1.0, False, b)", "softplus_backward(a, b, 1.0, 20.0)", "hardtanh_backward(a, b, -1.0, 1.0)",
    "embedding_dense_backward(a, a.argmax(1) * 0, 3, -1, False)", "nll_loss(a, a.argmax(1) * 0)", "nll_loss_forward(a, a.argmax(1) * 0, None, 1, -100)", "nll_loss_backward(a.sum(), a, a.argmax(1) * 0, None, 1, -100, a.sum() * 0 + 3)",
    "scatter_reduce(a, 0, a.argsort(0), b, 'sum')", "bincount(a.argmax(1), None, 5)", "cross_entropy_loss(a, a.argmax(1) * 0)", "one_hot(a.argmax(1) * 0, 4)",
    "_new_zeros_with_same_feature_meta(a, b)", "new_empty(a, [0])", "empty_strided([0], [1])", "new_empty_strided(a, [0], [1])",
)  # fmt: skip
# drawn anew in each replay, or a look at a number, from which nothing flows on
NOT_COMPARED = """
bernoulli normal normal_functional uniform exponential random rand rand_like randn randn_like randint randint_like equal allclose
is_nonzero is_same_size _local_scalar_dense
"""
WITHOUT_A_KERNEL_HERE = frozenset({"linear_backward"})


def _recorded(source: str, a: Tensor, b: Tensor) -> tuple[Phase, dict[str, object]]:
    names: dict[str, object] = {"torch": torch, "aten": torch.ops.aten, "a": a, "b": b, "y": None}

    def outputs() -> dict[str, object]:
        made = names["y"] if isinstance(names["y"], (list, tuple)) else [names["y"]]
        return {str(i): one for i, one in enumerate(made) if isinstance(one, Tensor)}

    return Recorder().record("t", source, names, {"a": a, "b": b}, outputs), names


@pytest.mark.parametrize("call", dict.fromkeys(CALLS))
def test_an_allowed_operation_replayed_on_other_values_equals_it_on_them(call):
    torch.manual_seed(0)
    decoys, values = torch.randn(2, 3, 3), torch.randn(2, 3, 3)
    if "nonzero" in call or "masked_select" in call:
        values = decoys.clone()  # their sizes are those of the recording
    phase, _ = _recorded(f"y = aten.{call}", *decoys.clone())
    assert phase.error is None and not phase.problems
    got = replay_phase(phase, dict(zip("ab", values.clone(), strict=True)), {}, CPU) if base_name(f"aten.{_name(call)}") not in NOT_COMPARED.split() else {}
    wanted = eval(f"aten.{call}", {"torch": torch, "aten": torch.ops.aten, **dict(zip("ab", values.clone(), strict=True))})
    for i, want in enumerate(wanted if isinstance(wanted, (list, tuple)) else [wanted]):
        if str(i) in got:
            torch.testing.assert_close(got[str(i)], want, equal_nan=True)


def _name(call: str) -> str:
    return re.match(r"\w+", call)[0]


def test_every_allowed_operation_is_run_by_some_test():
    run = {base_name(f"aten.{_name(call)}") for call in CALLS}
    for source in STATEMENTS:
        run |= {base_name(node.operation) for node in _recorded(source, *torch.randn(2, 3, 3))[0].nodes}
    assert sorted(ALLOWED - run - WITHOUT_A_KERNEL_HERE) == []


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_every_allowed_name_is_one_of_torchs_operations(name):
    forms = (getattr(torch.ops.aten, form, None) for form in (name, f"{name}_"))
    assert any(isinstance(form, torch._ops.OpOverloadPacket) for form in forms)
