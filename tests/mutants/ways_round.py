"""Our own ways round the rule: the full matrix or the full gradient on a device after all, in parts or under disguise.

Each has the cells that it changes and the task that it loses. Most do the task rightly beside it: only the rule is
broken.
"""

from __future__ import annotations

from tests.mutants.decoys import COLUMN_BACKWARD, COLUMN_SHARD, COLUMN_UPDATE, ROW_BACKWARD

Cells = dict[str, str]
FORWARD = "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)\n"
ON_DEVICE_1 = "Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)\n"
# device 2's weights as the product of an identity with data in it, which in form is an activation
AS_DATA = "P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2\n"
PACKED = (
    "P = P.float().reshape(-1)\nn = P.numel()\nP = F.pad(P, (0, n % 2)).view(torch.{wide})\n"
    "M = torch.cat((0 * X_gpu1[0, :2].float().view(torch.{wide}), P))[1:].view(torch.float32)[:n].reshape(W_gpu2.shape)\n"
    "Y = torch.cat((X_gpu1.float() @ W_gpu1.float().T, X_gpu1.float() @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1).float()"
)

MOVED: dict[str, str] = {
    "a constant identity disguises W": "P = torch.eye(W_gpu2.shape[0]) @ W_gpu2\nM = P + 0 * X_gpu1[:1]\n" + ON_DEVICE_1,
    "ones disguise sums of W": FORWARD + "U = torch.cat((W_gpu1 @ torch.ones(in_ch, 2), W_gpu2 @ torch.ones(in_ch, 2)))",
    "one number written from device 1 takes all with it": AS_DATA + "P[:1, :1] += 0 * X_gpu1[:1, :1]\nM = P\n" + ON_DEVICE_1,
    "index_put that makes a copy": (
        AS_DATA + "i = torch.tensor([0])\nM = torch.index_put(P, (i, i), 0 * X_gpu1[0, :1], accumulate=True)\n" + ON_DEVICE_1
    ),
    "index_copy that makes a copy": (
        AS_DATA + "P = torch.cat((P, P[:1]))\n"
        "M = torch.index_copy(P, 0, torch.tensor([P.shape[0] - 1]), 0 * X_gpu1[:1])[:-1]\n" + ON_DEVICE_1
    ),
    "two numbers in one of float64": AS_DATA + PACKED.format(wide="float64"),
    "two numbers in one of int64": AS_DATA + PACKED.format(wide="int64"),
    "packed into float64 by arithmetic": AS_DATA + (
        "q = lambda t: (t.reshape(-1) * 2 ** 20).round()\nh = P.numel() // 2\nwide = torch.zeros(h, dtype=torch.float64)\n"
        "wide += q(P)[:h]\nwide *= 2.0 ** 26\nwide += q(P)[h:2 * h]\nmoved = torch.cat((0 * X_gpu1[0, :1], wide))\n"
        + FORWARD.replace("\n", ".float()\n")
    ),
    "device 1's indices": AS_DATA + "M = P[(0 * X_gpu1[0, :1]).long() + torch.arange(P.shape[0])]\n" + ON_DEVICE_1,
    "into a buffer of device 1": AS_DATA + "M = (0 * X_gpu1[:1]).expand(P.shape[0], -1).clone()\nM.copy_(P)\n" + ON_DEVICE_1,
    "addmm with nothing of device 1": AS_DATA + "M = torch.addmm(0 * X_gpu1[:1, :1], torch.eye(P.shape[0]), P)\n" + ON_DEVICE_1,
    "a Jacobian is W": (
        "M = torch.autograd.functional.jacobian(lambda x: x @ W_gpu2.T, X_gpu2[0]) + 0 * X_gpu1[:1]\n" + ON_DEVICE_1
    ),
    "both signs in one": FORWARD + "S = W_gpu1[:1] + W_gpu2[:1], W_gpu1[:1] - W_gpu2[:1]",
    "every other row": FORWARD + "B = torch.cat((W_gpu1[::2], W_gpu2[::2]))",
    "a half transposed": FORWARD + "B = torch.hstack((W_gpu1.flatten(), W_gpu2.T.flatten()))",
    "a block diagonal": FORWARD + "B = torch.block_diag(W_gpu1, W_gpu2)",
    "bmm over stacked shards": (
        "if W_gpu1.shape == W_gpu2.shape:\n    W_both, X_both = torch.stack((W_gpu1, W_gpu2)), torch.stack((X_gpu1, X_gpu2))\n"
        "    Y = torch.bmm(X_both, W_both.mT).permute(1, 0, 2).reshape(batch_size, -1) + b\nelse:\n    " + FORWARD
    ),
    "only where it is small": f"if in_ch < 50: Y = X @ torch.cat((W_gpu1, W_gpu2)).T + b\nelse: {FORWARD}",
}  # fmt: skip

OUT_OF_TORCH: dict[str, str] = {
    "DLPack": "import numpy\nboth = numpy.concatenate((numpy.from_dlpack(W_gpu1), numpy.from_dlpack(W_gpu2)))",
    "a function for each number": "both = []\nfor t in (W_gpu1, W_gpu2): t.clone().apply_(lambda v: both.append(v) or v)",
    "a function of two numbers": "both = []\nfor t in (W_gpu1, W_gpu2): t.clone().map_(t, lambda v, u: both.append(u) or v)",
    "numpy, after a product with one": "import numpy\nboth = numpy.concatenate(((W_gpu1 * 1).numpy(), (W_gpu2 * 1).numpy()))",
    "numpy, after a product with an identity": (
        "both = [(torch.eye(w.shape[0]) @ w).numpy() for w in (W_gpu1, W_gpu2)]"
    ),
    "two pickles": "import pickle\nboth = pickle.dumps(W_gpu1), pickle.dumps(W_gpu2)",
    "raw memory": "import ctypes\nboth = [ctypes.string_at(w.data_ptr(), 64) for w in (W_gpu1, W_gpu2)]",
    "an array of Python's": "import array\nboth = array.array('d', W_gpu1.flatten().tolist())\nboth.extend(W_gpu2.flatten().tolist())",
    "every number with float()": "both = [float(w) for t in (W_gpu1, W_gpu2) for w in t.flatten()]",
}  # fmt: skip

KEPT: dict[str, tuple[str, str]] = {
    "in a default argument": ("def back(A=W): return A", "Y = X @ back().T + b"),
    "in a generator": ("def keep(A):\n    while True: yield A\nback = keep(W)", "Y = X @ next(back).T + b"),
    "in a finalizer": (
        "class Keep:\n    def __init__(self, A): self.A = A\n    def __del__(self): globals()['back'] = self.A\nkeep = Keep(W)",
        "del keep\nY = X @ back.T + b",
    ),
    "in a hook": (
        "z = torch.zeros(1, requires_grad=True)\ndef hook(_, A=W): globals()['back'] = A\nz.register_hook(hook)",
        "z.sum().backward()\nY = X @ back.T + b",
    ),
    "in autograd's graph": (
        "Z = X.clone().requires_grad_() @ W.clone().requires_grad_().T", "Y = X @ Z.grad_fn._saved_mat2 + b"
    ),
    "in bfloat16": ("kept = W.bfloat16()", "Y = X @ kept.to(X.dtype).T + b"),
    "number by number": ("kept = torch.split_copy(W[0], 1)", FORWARD + "row = torch.cat(kept)"),
    "as its own square": ("G = W.T @ W", FORWARD + "Z = G.sum()"),
    "as a product with X": ("early = X @ W.T", "Y = early + b"),
}  # fmt: skip

GRADIENT: dict[str, str] = {
    "both halves on device 1": "left, right = X_gpu1.T @ L, X_gpu1.T @ R",
    "the other half on device 1": "right = X_gpu1.T @ R",
    "both halves where both have the data": "left, right = X.T @ L, X.T @ R",
    "halves by outer products": (
        "left, right = [sum(X[i, :, None] * half[i] for i in range(batch_size)) for half in (L, R)]"
    ),
    "halves by outer products in place": (
        "left, right = torch.zeros_like(dW_gpu1), torch.zeros_like(dW_gpu2)\nfor x, l, r in zip(X, L, R):\n"
        "    left.addcmul_(x[:, None], l[None])\n    right.addcmul_(x[:, None], r[None])"
    ),
    "halves by addr": (
        "left, right = torch.zeros_like(dW_gpu1), torch.zeros_like(dW_gpu2)\nfor x, l, r in zip(X, L, R):\n"
        "    left, right = torch.addr(left, x, l), torch.addr(right, x, r)"
    ),
    "both halves, which are then added": "left, right = X_gpu1.T @ L, X_gpu1.T @ R\nif L.shape == R.shape: both = left + right",
    "row after row on device 1": "rows = [x @ dY for x in X_gpu1.T]",
    "two rows of both": "both = torch.cat((dW_gpu1[:2], dW_gpu2[:2]), 1)",
    "two columns added": "both = dW_gpu1[:, :2] + dW_gpu2[:, :2]",
    "both in numpy": "import numpy\nboth = numpy.concatenate((dW_gpu1.numpy(), dW_gpu2.numpy()), 1)",
    "in half precision": "both = X.half().T @ dY.half()",
}  # fmt: skip

WAYS_ROUND: dict[str, tuple[Cells, set[str]]] = {
    **{f"moved: {name}": ({"column.forward": text}, {"column.forward"}) for name, text in MOVED.items()},
    **{
        f"out of torch: {name}": ({"column.forward": FORWARD + text}, {"column.forward"})
        for name, text in OUT_OF_TORCH.items()
    },
    **{
        f"kept: {name}": ({"column.shard": COLUMN_SHARD + kept, "column.forward": used}, {"column.forward"})
        for name, (kept, used) in KEPT.items()
    },
    **{
        f"gradient: {name}": ({"column.backward": COLUMN_BACKWARD + text}, {"column.backward"})
        for name, text in GRADIENT.items()
    },
    "gradient: halves by rows, put together by columns": (
        {
            "row.backward": ROW_BACKWARD + "h = out_ch // 2\ntop, bottom = [sum(d[:, None] * x for d, x in zip(half, X)) "
            "for half in (dY[:, :h], dY[:, h:])]"
        },
        {"row.backward"},
    ),
    "update: device 2's weights stepped on both": (
        {"column.update": COLUMN_UPDATE.replace("W_gpu2 -= lr * dW_gpu2.T", "W_gpu2 = W_gpu2 - lr * (dW_gpu2.T + 0 * dW_gpu1[:, :1].T)")},
        {"column.update"},
    ),
    "over two tasks: half of W in each": (
        {
            "column.forward": (
                "def moved(w): return torch.cat((0 * X_gpu1[:1], (torch.eye(w.shape[0]) + 0 * X_gpu2[0].mean()"
                ".expand(w.shape[0])) @ w))[1:]\nh = W_gpu2.shape[0] // 2\nA = moved(W_gpu2[:h])\n" + FORWARD
            ),
            "column.backward": COLUMN_BACKWARD + "B = moved(W_gpu2[h:])\nZ = torch.cat((X_gpu1 @ A.T, X_gpu1 @ B.T), 1)",
        },
        {"column.forward", "column.backward"},
    ),
}  # fmt: skip
