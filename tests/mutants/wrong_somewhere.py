"""Wrong solutions that are right at the notebook's own sizes and values, and wrong for others: large or negative numbers,
one sample, sizes that are alike; and some that change numbers where no operation is seen.

Each has the cells that it changes; it loses the tasks whose cells those are.
"""

from __future__ import annotations

from tests.mutants.decoys import (
    COLUMN_BACKWARD,
    COLUMN_SHARD,
    COLUMN_UPDATE,
    COPY,
    EXPERIMENT,
    ROW_BACKWARD,
    ROW_SHARD,
    ROW_UPDATE,
    STEP,
    TAKE,
    edited,
    reference,
)

Cells = dict[str, str]
GRADIENTS = "dX = dY @ W\ndW = X.T @ dY\ndb = dY.sum(0)\n"
HALVES = "A, B = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2\n"


def column_backward(*edits: tuple[str, str]) -> Cells:
    return {"column.backward": edited(COLUMN_BACKWARD, *edits)}


def row_backward(*edits: tuple[str, str]) -> Cells:
    return {"row.backward": edited(ROW_BACKWARD, *edits)}


def column_update(*edits: tuple[str, str]) -> Cells:
    return {"column.update": edited(COLUMN_UPDATE, *edits)}


def row_update(*edits: tuple[str, str]) -> Cells:
    return {"row.update": edited(ROW_UPDATE, *edits)}


# Thresholds that the notebook's own numbers never reach, and branches that its decoys never take.
FOR_SOME_VALUES: dict[str, Cells] = {
    "gradients clipped by a large norm": reference(
        (STEP, "nn.utils.clip_grad_norm_(linear.parameters(), 1e5)\n" + STEP)
    ),
    "weight decay of nearly nothing": reference(("lr=lr)", "lr=lr, weight_decay=1e-9)")),
    "Y clamped far out": {"manual.forward": "Y = (X @ W.T + b).clamp(-1e6, 1e6)"},
    "large numbers of Y are dropped": {"manual.forward": "Y = X @ W.T + b\nY = torch.where(Y.abs() > 1e7, 0 * Y, Y)"},
    "small numbers of Y are dropped": {"manual.forward": "Y = X @ W.T + b\nY = torch.where(Y.abs() < 1e-6, 0 * Y, Y)"},
    "no bias where X has a positive sum": {"manual.forward": "Y = X @ W.T + (b if X.sum() < 0 else 0 * b)"},
    "no bias where X is all positive": {"manual.forward": "Y = X @ W.T + b if X.min() < 0 else X @ W.T"},
    "no bias where X is all negative": {"manual.forward": "Y = X @ W.T + b if X.max() > 0 else X @ W.T"},
    "no bias where it is large": {"manual.forward": "Y = X @ W.T + b if b.abs().max() < 1e4 else X @ W.T"},
    "a little too much, in single precision": {"manual.forward": "Y = (X @ W.T + b).float() + 1e-6"},
    "a bias in bfloat16": {"manual.forward": "Y = (X @ W.T).float() + b.bfloat16().float()"},
    "noise": {"manual.forward": "Y = X @ W.T + b + 1e-6 * torch.randn(batch_size, out_ch)"},
    "scaled by a number that is taken out": {"manual.forward": "s = X.abs().max().item()\nY = (X / s) @ W.T + b"},
    "Huber's loss in place of the square": {
        "manual.dY": "d = Y - Y_gt\ndY = 2 * torch.where(d.abs() <= 1e8, d, 1e8 * d.sign()) / Y.numel()"
    },
    "small residuals count nothing": {
        "manual.dY": "d = Y - Y_gt\ndY = 2 * torch.where(d.abs() > 1e-3, d, 0 * d) / Y.numel()"
    },
    "dW clipped by its norm": {"manual.gradients": GRADIENTS + "dW = dW * torch.clamp(1e6 / dW.norm(), max=1.0)"},
    "weights clamped far out": {"manual.update": "W_manual = (W - lr * dW.T).clamp(-1e5, 1e5)\nb_manual = b - lr * db"},
    "learning rate cut off": {"manual.update": "W_manual = W - min(lr, 0.25) * dW.T\nb_manual = b - min(lr, 0.25) * db"},
    "b_gpu2 clamped from below": {"column.forward": HALVES.replace("+ b_gpu2", "+ b_gpu2.clamp(min=-1e4)") + "Y = torch.cat((A, B), 1)"},
    "W_gpu2 clamped in dX": column_backward(("R @ W_gpu2", "R @ W_gpu2.clamp(max=1e5)")),
    "dW_gpu1 by way of float16": column_backward(("X_gpu1.T @ L", "(X_gpu1.half().T @ L.half()).to(X.dtype)")),
    "bias clipped after the sum": {"row.forward": "Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + b.clamp(-1e3, 1e3)"},
    "all-reduce in bfloat16": {
        "row.forward": "Y = ((X_gpu1 @ W_gpu1.T).bfloat16() + (X_gpu2 @ W_gpu2.T).bfloat16()).to(X.dtype) + b"
    },
    "differences cut off": {
        "fp32.experiment": EXPERIMENT.replace("MEASURE", "(row_run[n][q] - linear_run[n][q]).abs().max().clamp(max=1e3)")
    },
}

# Sizes by which a cell guesses, or which it forgets.
FOR_SOME_SIZES: dict[str, Cells] = {
    "W not transposed where it is square": {"manual.forward": "Y = (X @ W if in_ch == out_ch else X @ W.T) + b"},
    "last bias lost where out_ch is odd": {
        "manual.forward": "c = b.clone()\nif out_ch % 2: c[:, -1] = 0\nY = X @ W.T + c"
    },
    "no bias for one sample": {"manual.forward": "Y = X @ W.T + (b if batch_size > 1 else 0 * b)"},
    "no bias where out_ch is larger": {"manual.forward": "Y = X @ W.T + (b if in_ch > out_ch else 0 * b)"},
    "chunks of four, the rest lost": {
        "manual.forward": "Y = sum(X[:, i:i + 4] @ W[:, i:i + 4].T for i in range(0, in_ch // 4 * 4, 4)) + b"
    },
    "divided by different lengths only": {
        "manual.dY": "dY = 2 * (Y - Y_gt) / (len(Y) * len(Y[0]) if len(Y) != len(Y[0]) else len(Y))"
    },
    "the batch's length after a squeeze": {"manual.dY": "dY = 2 * (Y - Y_gt) / (Y.squeeze().shape[0] * out_ch)"},
    "dW's orientation guessed from its shape": {
        "manual.gradients": "dX = dY @ W\ndW = dY.T @ X\nif dW.shape != (in_ch, out_ch): dW = dW.T\ndb = dY.sum(0)"
    },
    "db over the dim that is as long as the batch": {
        "manual.gradients": "dX = dY @ W\ndW = X.T @ dY\ndb = dY.sum(1) if dY.shape[1] == batch_size else dY.sum(0)"
    },
    "step's orientation guessed from its shape": {
        "manual.update": "step = dW if dW.shape == W.shape else dW.T\nW_manual = W - lr * step\nb_manual = b - lr * db"
    },
    "at most 304 rows on device 1": {"column.shard": edited(COLUMN_SHARD, ("out_ch // 2", "min(304, out_ch - 1)"))},
    "device 1's half twice where halves are alike": {
        "column.forward": HALVES + "Y = torch.cat((A, A if A.shape == B.shape else B), 1)"
    },
    "columns dealt out like cards where halves are alike": {
        "column.forward": HALVES + "Y = torch.stack((A, B), 2).reshape(batch_size, -1) if A.shape == B.shape else torch.cat((A, B), 1)"
    },
    "dW_gpu1 not transposed where the shard is square": column_backward(
        ("X_gpu1.T @ L", "(X_gpu1.T @ L if W_gpu1.shape[0] != in_ch else L.T @ X_gpu1)")
    ),
    "db_gpu2 from the other columns where halves are alike": column_backward(
        ("R.sum(0)", "(L if L.shape == R.shape else R).sum(0)")
    ),
    "W_gpu1's step not transposed where the shard is square": column_update(
        ("dW_gpu1.T", "(dW_gpu1 if dW_gpu1.shape == W_gpu1.shape else dW_gpu1.T)")
    ),
    "X cut at 512": {"row.shard": edited(ROW_SHARD, ("in_ch // 2", "min(512, in_ch - 1)"))},
    "odd and even columns": {
        "row.shard": "W_gpu1, W_gpu2 = W[:, 1::2].clone(), W[:, ::2].clone()\nb_gpu1, b_gpu2 = b.clone(), b.clone()\n"
        "X_gpu1, X_gpu2 = X[:, 1::2], X[:, ::2]"
    },
    "the bias twice for one sample": {
        "row.forward": "Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + b\nif batch_size == 1: Y = Y + b"
    },
    "dW_gpu1 transposed where the shard is square": row_backward(
        ("dY.T @ X_gpu1", "(dY.T @ X_gpu1 if X_gpu1.shape[1] != out_ch else X_gpu1.T @ dY)")
    ),
    "dX squeezed for one sample": row_backward(
        ("torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)", "torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1).squeeze()")
    ),
    "divided by a shard's size": row_backward(("Y.numel()", "(batch_size * W_gpu1.shape[1])")),
}

# What is right as the record has it, and not as the student's tensors are; state that is wrong only later.
ELSEWHERE: dict[str, Cells] = {
    "momentum in an optimizer of another name": reference(("optimizer", "opt"), ("lr=lr)", "lr=lr, momentum=0.9)")),
    "gradients kept, then zeroed": reference(
        (TAKE + STEP, "dX_torch, dW_torch, db_torch = X_t.grad, linear.weight.grad, linear.bias.grad\n" + STEP
         + "optimizer.zero_grad(set_to_none=False)\n")
    ),
    "the bias is a view of b": reference(
        (COPY, "linear.weight, linear.bias = nn.Parameter(W.clone()), nn.Parameter(b[0])\n")
    ),
    "numpy clears a row of Y": {"manual.forward": "Y = X @ W.T + b\nY.numpy()[0] = 0"},
    "numpy adds the bias": {"manual.forward": "Y = X @ W.T\nY.numpy()[...] += b.numpy()"},
    "a function for each number of Y": {"manual.forward": "Y = X @ W.T + b\nY.apply_(lambda v: v + 1)"},
    "DLPack doubles Y": {"manual.forward": "import numpy\nY = X @ W.T + b\nnumpy.from_dlpack(Y)[...] *= 2"},
    "raw memory of Y": {"manual.forward": "import ctypes\nY = X @ W.T + b\nctypes.memset(Y.data_ptr(), 0, Y.nbytes // 2)"},
    "numpy changes X": {"manual.forward": "Y = X @ W.T + b\nX.numpy()[...] = 0"},
    "one number of Y taken out and put back": {"manual.forward": "Y = X @ W.T + b\nY[0, 0] = Y[0, 0].item()"},
    "matmul patched": {
        "manual.forward": "product = torch.Tensor.__matmul__\ntorch.Tensor.__matmul__ = lambda one, other: 2 * product(one, other)\n"
        "try: Y = X @ W.T + b\nfinally: torch.Tensor.__matmul__ = product"
    },
    "Y is a list of rows": {"manual.forward": "Y = [x @ W.T + b[0] for x in X]"},
    "db is a list of numbers": {"manual.gradients": "dX = dY @ W\ndW = X.T @ dY\ndb = [dY[:, j].sum() for j in range(out_ch)]"},
    "W changed and put back": {
        "manual.update": "W -= lr * dW.T\nW_manual = W.clone()\nW += lr * dW.T\nb_manual = b - lr * db"
    },
    "two shards of one copy": {
        "column.shard": "p = out_ch // 2\nA = W.clone()\nW_gpu1, W_gpu2 = A[:p], A[p:]\n"
        "b_gpu1, b_gpu2, X_gpu1, X_gpu2 = b[:, :p].clone(), b[:, p:].clone(), X.clone(), X.clone()"
    },
    "contiguous() copies nothing here": {
        "column.shard": edited(COLUMN_SHARD, ("W[:p].clone(), W[p:].clone()", "W[:p].contiguous(), W[p:].contiguous()"))
    },
    "a step in the backward pass": column_backward(("R.sum(0)\n", "R.sum(0)\nW_gpu1 -= lr * dW_gpu1.T\n")),
    "a copy is stepped": column_update(("W_gpu1 -= lr * dW_gpu1.T", "A = W_gpu1.clone()\nA -= lr * dW_gpu1.T")),
    "gradients zeroed with the step": column_update(
        ("b_gpu2 -= lr * db_gpu2\n", "b_gpu2 -= lr * db_gpu2\ndW_gpu1.zero_()\n")
    ),
    "replicas between before and after": row_update(
        ("b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()", "b_gpu1, b_gpu2 = (b + b_tp_row) / 2, (b + b_tp_row) / 2")
    ),
    "b itself is stepped": row_update(("b_tp_row = b - lr * db", "b -= lr * db\nb_tp_row = b.clone()")),
}  # fmt: skip

WRONG_SOMEWHERE: dict[str, tuple[Cells, set[str]]] = {
    name: (cells, set(cells)) for name, cells in (FOR_SOME_VALUES | FOR_SOME_SIZES | ELSEWHERE).items()
}
