"""Which tensor operations a trace may hold, and what kind each is."""

from functools import lru_cache
from typing import Any

import torch

VIEWS = """
alias as_strided detach diagonal expand expand_as flatten movedim mT narrow permute ravel reshape select slice split
split_with_sizes chunk tensor_split hsplit vsplit squeeze swapaxes t transpose unbind unflatten unfold unsqueeze view
view_as _unsafe_view _reshape_alias numpy_T adjoint moveaxis real atleast_1d atleast_2d swapdims
"""
FACTORIES = """
arange empty empty_like empty_strided eye full full_like linspace new_empty new_empty_strided new_full new_ones
new_zeros ones ones_like rand rand_like randn randn_like randint randint_like randperm scalar_tensor zeros zeros_like
tril_indices triu_indices _new_zeros_with_same_feature_meta
"""
ELEMENTWISE = """
abs absolute add addcdiv addcmul ceil clamp clamp_max clamp_min clone contiguous copy copysign cos div divide eq erf
exp exp2 expm1 fill floor floor_divide fmod frac ge gelu gt heaviside isfinite isinf isnan isclose le leaky_relu lerp
log log10 log1p log2 logical_and logical_not logical_or logical_xor lt masked_fill maximum minimum mul multiply
nan_to_num ne neg negative not_equal pow positive reciprocal relu remainder rsqrt rsub round sigmoid sign sgn silu sin
sqrt square sub subtract tanh threshold_backward to _to_copy true_divide trunc tril triu type_as where zero lift
resolve_conj resolve_neg lift_fresh lift_fresh_copy sigmoid_backward
tanh_backward bitwise_and bitwise_or bitwise_xor bitwise_not
native_dropout native_dropout_backward dropout hardtanh elu softplus cumsum cumprod cummax cummin flip roll clip erfinv
fmax fmin
"""
REDUCTIONS = """
all allclose amax amin aminmax any argmax argmin count_nonzero dist equal linalg_norm linalg_vector_norm logsumexp max
mean median min mse_loss mse_loss_backward nansum norm prod std sum sum_to_size trace var var_mean std_mean sort
topk argsort kthvalue l1_loss linalg_vecdot
"""
PRODUCTS = """
addbmm addmm addmv addr baddbmm bmm chain_matmul dot einsum ger inner kron linalg_multi_dot linear linear_backward
matmul mm mv outer tensordot vdot linalg_matmul
"""
ASSEMBLY = """
block_diag broadcast_tensors broadcast_to cat concat concatenate constant_pad_nd diag diag_embed diagonal_backward
diagonal_copy gather hstack index index_add index_copy index_fill index_put index_select masked_scatter masked_select
nonzero pad repeat repeat_interleave scatter scatter_add select_backward select_scatter slice_backward slice_scatter
as_strided_scatter stack take tile vstack dstack column_stack unsafe_split unsafe_chunk expand_copy permute_copy
slice_copy select_copy view_copy split_copy t_copy transpose_copy unsqueeze_copy squeeze_copy narrow_copy row_stack
take_along_dim
value_selecting_reduction_backward
"""
# softmax and norms: each number that they make is of all numbers of its row; what they are given stays what it was
NORMALISING = """
softmax _softmax _softmax_backward_data _safe_softmax log_softmax _log_softmax _log_softmax_backward_data
layer_norm native_layer_norm native_layer_norm_backward rms_norm _fused_rms_norm
"""
ACTIVATIONS = "gelu_backward silu_backward leaky_relu_backward elu_backward softplus_backward hardtanh_backward"
# a row by its number, the loss of a class by its number, and what goes back to it
BY_NUMBER = """
embedding embedding_dense_backward nll_loss nll_loss_forward nll_loss_backward scatter_reduce bincount
cross_entropy_loss one_hot
"""
OPTIMIZERS = """
_foreach_abs _foreach_add _foreach_addcdiv _foreach_addcmul _foreach_copy _foreach_div _foreach_lerp _foreach_mul
_foreach_neg _foreach_norm _foreach_pow _foreach_sqrt _foreach_sub _foreach_zero _fused_sgd
"""
RANDOM = "bernoulli normal uniform normal_functional exponential random"
LOOKS = frozenset({"_local_scalar_dense", "is_same_size", "equal", "allclose", "is_nonzero"})

_NAMES = (
    VIEWS, FACTORIES, ELEMENTWISE, REDUCTIONS, PRODUCTS, ASSEMBLY, NORMALISING, ACTIVATIONS, BY_NUMBER, OPTIMIZERS,
    RANDOM,
)  # fmt: skip
ALLOWED = frozenset(name for group in _NAMES for name in group.split()) | LOOKS
MULTIPLICATIONS = frozenset({"mul", "multiply", "addcmul", "div", "divide", "true_divide"})
PRODUCT_NAMES = frozenset(PRODUCTS.split())
# they may make one number of many
SUMMARIES = frozenset(REDUCTIONS.split()) | {"dot", "vdot", "inner", "_foreach_norm"}
# they find rows by their numbers: where these are tokens, what is found is an activation and no weights
LOOKUPS = frozenset({"embedding", "index_select", "index", "gather", "take", "take_along_dim"})
UNINITIALISED = frozenset({"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"})
# they take a tensor for its shape, and nothing of its numbers
SHAPE_ONLY = frozenset(name for name in FACTORIES.split() if name.endswith("_like") or "new_" in name)
# the same memory read as other numbers: of another size, or none that their dtype has
# their kernels trust the tensor that they are to write into
NOT_INTO = frozenset(NORMALISING.split()) | frozenset(BY_NUMBER.split())
REINTERPRETING = frozenset({"aten.view.dtype", "aten.view_copy.dtype", "aten.view_copy.dtype_out"})
MOST_NAMES = 1 << 12  # a record may be full of names that there aren't
# products in all but name: data by data, as large as a weight
GRADIENT_MAKING = frozenset({"embedding_dense_backward"})
PRODUCT_PLUS = frozenset({"addmm", "baddbmm", "addmv", "addbmm", "addr"})


class UnknownOperation(ValueError):
    """The name is none of torch's own operations, or none that a trace may hold."""


@lru_cache(maxsize=MOST_NAMES)
def base_name(operation: str) -> str:
    """`add` for `aten.add_.Tensor`, `aten.add.out` and `aten.add.Tensor`."""
    parts = operation.split(".")
    name = parts[1] if len(parts) > 1 else operation
    return name.rstrip("_") if not name.startswith("__") else name


def resolve(operation: str) -> Any:
    """The torch operation of that name, such as `aten.mm.default`. Raises UnknownOperation: it is not in the
    allowlist."""
    name = base_name(operation)
    found = _find(operation) if name in ALLOWED and operation not in REINTERPRETING else None
    if found is None or (name in NOT_INTO and written_arguments(found)):
        raise UnknownOperation(operation)
    return found


def only_reads(operation: str) -> bool:
    """Whether it is one of torch's own operations and writes into none of its arguments."""
    found = _find(operation)
    return found is not None and not written_arguments(found)


@lru_cache(maxsize=MOST_NAMES)
def _find(operation: str) -> Any:
    parts = operation.split(".")
    if len(parts) != 3 or parts[0] != "aten" or not all(part.isascii() and part.isidentifier() for part in parts):
        return None
    packet = getattr(torch.ops.aten, parts[1], None)
    found = getattr(packet, parts[2], None) if isinstance(packet, torch._ops.OpOverloadPacket) else None
    return found if isinstance(found, torch._ops.OpOverload) else None


@lru_cache(maxsize=MOST_NAMES)
def written_arguments(overload: Any) -> tuple[tuple[int, str], ...]:
    """Position and name of the arguments that an operation writes into."""
    arguments = overload._schema.arguments
    return tuple(
        (position, argument.name)
        for position, argument in enumerate(arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
