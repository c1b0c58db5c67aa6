"""Our own right solutions: what made us write a check more kindly, or what one might refuse; cells by task."""

from __future__ import annotations

RIGHT: dict[str, dict[str, str]] = {
    "row: in-place all-reduce": {
        "row.forward": "Y_gpu1 = X_gpu1 @ W_gpu1.T\nY_gpu2 = X_gpu2 @ W_gpu2.T\nY_gpu1 += Y_gpu2\nY = Y_gpu1 + b",
    },
    "row: gradients from the whole X, each its own columns": {
        "row.backward": "dY = 2 * (Y - Y_gt) / Y.numel()\ndX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)\n"
        "k = X_gpu1.shape[1]\ndW_gpu1, dW_gpu2 = dY.T @ X[:, :k], dY.T @ X[:, k:]\ndb = dY.sum(0)",
    },
    "column: one thread for each device": {
        "column.forward": (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "def device(X, W, b): return X @ W.T + b\n"
            "with ThreadPoolExecutor(2) as devices:\n"
            "    parts = list(devices.map(device, (X_gpu1, X_gpu2), (W_gpu1, W_gpu2), (b_gpu1, b_gpu2)))\n"
            "Y = torch.cat(parts, 1)"
        ),
    },
    "column: a buffer made after the weights' pattern": {
        "column.forward": (
            "Y = W_gpu1.new_empty(batch_size, out_ch)\nk = W_gpu1.shape[0]\n"
            "Y[:, :k], Y[:, k:] = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2"
        ),
        "column.update": (
            "for W_part, dW_part in ((W_gpu1, dW_gpu1), (W_gpu2, dW_gpu2)):\n"
            "    step = torch.zeros_like(W_part)\n    step += lr * dW_part.T\n    W_part -= step\n"
            "b_gpu1 -= lr * db_gpu1\nb_gpu2 -= lr * db_gpu2"
        ),
    },
    "row: all-reduce into a buffer": {
        "row.forward": "Y = torch.zeros(batch_size, out_ch)\nY += X_gpu1 @ W_gpu1.T\nY += X_gpu2 @ W_gpu2.T\nY += b",
    },
    "row: bias replica of device 1": {
        "row.forward": "Y = X_gpu1 @ W_gpu1.T + b_gpu1 + X_gpu2 @ W_gpu2.T",
    },
    "row: hard cast to fp32": {
        "row.forward": "Y = (X_gpu1 @ W_gpu1.T).float() + (X_gpu2 @ W_gpu2.T).float() + b.float()",
    },
    "column: hard cast to fp32": {
        "column.forward": (
            "Y = torch.cat(((X_gpu1 @ W_gpu1.T + b_gpu1).float(), (X_gpu2 @ W_gpu2.T + b_gpu2).float()), 1)"
        ),
    },
    "column: device 1's gradient tried out in other ways": {
        "column.backward": (
            "dY = 2 * (Y - Y_gt) / Y.numel()\nL, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]\n"
            "dX = L @ W_gpu1 + R @ W_gpu2\ndW_gpu1, dW_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R\n"
            "db_gpu1, db_gpu2 = L.sum(0), R.sum(0)\nW_ = W_gpu1.clone().requires_grad_()\n"
            "(X_gpu1 @ W_.T).backward(L.clone())\nprint(torch.allclose(W_.grad.T, dW_gpu1), torch.allclose(X.T @ L, dW_gpu1))\n"
            "print(torch.allclose(torch.einsum('nk,nm->km', X_gpu1, L.contiguous()), dW_gpu1))"
        ),
    },
    "column: norms of shards and of gradients": {
        "column.backward": (
            "dY = 2 * (Y - Y_gt) / Y.numel()\nL, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]\n"
            "dX = L @ W_gpu1 + R @ W_gpu2\ndW_gpu1, dW_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R\n"
            "db_gpu1, db_gpu2 = L.sum(0), R.sum(0)\n"
            "print(torch.stack([t.norm() for t in (dW_gpu1, dW_gpu2, W_gpu1, W_gpu2)]).norm(), dW_gpu1.numpy().shape)"
        ),
    },
    "column: the bias added by a product with ones": {
        "column.forward": (
            "ones = torch.ones(batch_size, 1)\n"
            "Y = torch.cat((X_gpu1 @ W_gpu1.T + ones @ b_gpu1, torch.addmm(ones @ b_gpu2, X_gpu2, W_gpu2.T)), 1)"
        ),
    },
    "column: Y row after row into a buffer": {
        "column.forward": (
            "Y, k = torch.empty(batch_size, out_ch), W_gpu1.shape[0]\nfor i in range(batch_size):\n"
            "    Y[i, :k] = X_gpu1[i] @ W_gpu1.T + b_gpu1[0]\n    Y[i, k:] = X_gpu2[i] @ W_gpu2.T + b_gpu2[0]"
        ),
    },
    "row: gradients sample after sample": {
        "row.backward": (
            "dY = 2 * (Y - Y_gt) / Y.numel()\ndX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)\ndb = dY.sum(0)\n"
            "dW_gpu1, dW_gpu2 = torch.zeros_like(W_gpu1), torch.zeros_like(W_gpu2)\n"
            "for d, x1, x2 in zip(dY, X_gpu1, X_gpu2):\n    dW_gpu1 += torch.outer(d, x1)\n"
            "    dW_gpu2.addcmul_(d[:, None], x2[None])"
        ),
    },
    "row: each replica steps by itself": {
        "row.update": (
            "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_gpu1 -= lr * db.unsqueeze(0)\n"
            "b_gpu2 -= lr * db.unsqueeze(0)\nb_tp_row = b_gpu1"
        ),
    },
    "row: only the joined bias, as in the source": {
        "row.update": "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_tp_row = b - lr * db.unsqueeze(dim=0)",
    },
    "column: cat into an empty out": {
        "column.forward": (
            "Y = torch.empty(0)\ntorch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1, out=Y)"
        ),
    },
    "column: the larger half on device 1": {
        "column.shard": (
            "W_gpu1, W_gpu2 = [w.clone() for w in W.chunk(2)]\nb_gpu1, b_gpu2 = [c.clone() for c in b.chunk(2, 1)]\n"
            "X_gpu1, X_gpu2 = X.clone(), X.clone()"
        ),
    },
    "column: helper variables live on": {
        "column.shard": (
            "part_size = out_ch // 2\nedges = [(0, part_size), (part_size, out_ch)]\n"
            "W_gpu1, W_gpu2 = [W[lo:hi].clone() for lo, hi in edges]\n"
            "b_gpu1, b_gpu2 = [b[:, lo:hi].clone() for lo, hi in edges]\nX_gpu1, X_gpu2 = X.clone(), X.clone()"
        ),
        "column.backward": (
            "dY = 2 * (Y - Y_gt) / Y.numel()\nparts = [dY[:, lo:lo + w.shape[0]] for (lo, hi), w in "
            "zip(edges, (W_gpu1, W_gpu2))] if W_gpu1.shape[0] == edges[0][1] else [dY[:, :W_gpu1.shape[0]], "
            "dY[:, W_gpu1.shape[0]:]]\ndX = parts[0] @ W_gpu1 + parts[1] @ W_gpu2\n"
            "dW_gpu1, dW_gpu2 = X_gpu1.T @ parts[0], X_gpu2.T @ parts[1]\n"
            "db_gpu1, db_gpu2 = parts[0].sum(0), parts[1].sum(0)"
        ),
    },
    "manual: autograd behind the scenes": {
        "manual.dY": "Y_ = Y.clone().requires_grad_()\nnn.functional.mse_loss(Y_, Y_gt).backward()\ndY = Y_.grad",
    },
    "reference: step by hand": {
        "reference.step": (
            "linear = nn.Linear(in_ch, out_ch)\nlinear.load_state_dict({'weight': W, 'bias': b[0]})\n"
            "X_t = X.clone().requires_grad_()\nY_pred = linear(X_t)\nloss = nn.MSELoss()(Y_pred, Y_gt)\n"
            "loss.backward()\ndX_torch, dW_torch, db_torch = X_t.grad, linear.weight.grad, linear.bias.grad\n"
            "with torch.no_grad():\n    for p in linear.parameters(): p -= lr * p.grad"
        ),
    },
    "prints and plots numbers": {
        "column.forward": (
            "print(W_gpu1, W_gpu2)\nprint(float(W_gpu1.max()), W_gpu2[0, 0].item(), X_gpu1.tolist()[0][0])\n"
            "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"
        ),
    },
    "fp32: lists of tensors": {
        "fp32.experiment": (
            "max_diff = {}\nfor q in quantities:\n    max_diff[q] = []\n    for n in in_chs:\n"
            "        max_diff[q].append(torch.dist(row_run[n][q], linear_run[n][q], p=float('inf')))"
        ),
    },
    "fp32: amax in place": {
        "fp32.experiment": (
            "max_diff = {q: torch.zeros(len(in_chs)) for q in quantities}\nfor i, n in enumerate(in_chs):\n"
            "    for q in quantities:\n        max_diff[q][i] = (linear_run[n][q] - row_run[n][q]).abs().amax()"
        ),
    },
    "column: boolean masks": {
        "column.forward": (
            "first = torch.arange(out_ch) < W_gpu1.shape[0]\nY = torch.zeros(batch_size, out_ch)\n"
            "Y[:, first] = X_gpu1 @ W_gpu1.T + b_gpu1\nY[:, ~first] = X_gpu2 @ W_gpu2.T + b_gpu2\n"
            "print(Y[Y > 0].numel(), torch.histc(Y).max(), torch.unique(Y).numel())"
        ),
    },
    "column: shards in objects, across cells": {
        "column.shard": (
            "class Device:\n    def __init__(self, W, b): self.W, self.b, self.X = W.clone(), b.clone(), X.clone()\n"
            "    def forward(self): return self.X @ self.W.T + self.b\npart_size = out_ch // 2\n"
            "devices = Device(W[:part_size], b[:, :part_size]), Device(W[part_size:], b[:, part_size:])\n"
            "(W_gpu1, b_gpu1, X_gpu1), (W_gpu2, b_gpu2, X_gpu2) = [(d.W, d.b, d.X) for d in devices]"
        ),
        "column.forward": "Y = torch.cat([device.forward() for device in devices], 1)",
    },
    "column: torch.optim over shards": {
        "column.update": (
            "shards = [nn.Parameter(t) for t in (W_gpu1, W_gpu2, b_gpu1, b_gpu2)]\n"
            "for p, g in zip(shards, (dW_gpu1.T, dW_gpu2.T, db_gpu1[None], db_gpu2[None])): p.grad = g.clone()\n"
            "torch.optim.SGD(shards, lr=lr).step()\nW_gpu1, W_gpu2, b_gpu1, b_gpu2 = shards"
        ),
    },
    "column: foreach": {
        "column.update": (
            "torch._foreach_add_([W_gpu1, W_gpu2, b_gpu1, b_gpu2], "
            "[dW_gpu1.T, dW_gpu2.T, db_gpu1[None], db_gpu2[None]], alpha=-lr)"
        ),
    },
    "row: deepcopy of contiguous cuts": {
        "row.shard": (
            "import copy\npart_size = in_ch // 2\n"
            "W_gpu1, W_gpu2 = [copy.deepcopy(w.contiguous()) for w in (W[:, :part_size], W[:, part_size:])]\n"
            "b_gpu1, b_gpu2 = copy.deepcopy(b), b.clone()\nX_gpu1, X_gpu2 = X.tensor_split([part_size], dim=1)"
        ),
    },
    "manual: numbers of other kinds beside the result": {
        "manual.dY": (
            "import numpy\nphase = torch.tensor(1j)\n"
            "dY = (Y - Y_gt) * (numpy.float64(2) / numpy.prod(Y.shape)) + 0 * abs(1j)"
        ),
    },
}
