"""Our own wrong solutions, each with the tasks that it loses: what made us write a check; cells by task."""

from __future__ import annotations

WRONG: dict[str, tuple[dict[str, str], set[str]]] = {
    "reference: momentum shows in the second step": (
        {
            "reference.step": (
                "linear = nn.Linear(in_ch, out_ch)\nlinear.load_state_dict({'weight': W, 'bias': b[0]})\n"
                "optimizer = torch.optim.SGD(linear.parameters(), lr=lr, momentum=0.9)\n"
                "X_t = X.clone().requires_grad_()\nY_pred = linear(X_t)\nloss = ((Y_pred - Y_gt) ** 2).mean()\n"
                "loss.backward()\ndX_torch, dW_torch, db_torch = [t.grad.clone() for t in "
                "(X_t, linear.weight, linear.bias)]\noptimizer.step()"
            )
        },
        {"reference.step"},
    ),
    "column: device 2's gradient from device 1's X": (
        {
            "column.backward": (
                "dY = 2 * (Y - Y_gt) / Y.numel()\ndX = dY[:, :part_size] @ W_gpu1 + dY[:, part_size:] @ W_gpu2\n"
                "dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :part_size], X_gpu1.T @ dY[:, part_size:]\n"
                "db_gpu1, db_gpu2 = dY[:, :part_size].sum(0), dY[:, part_size:].sum(0)"
            )
        },
        {"column.backward"},
    ),
    "column: W moved row by row": (
        {
            "column.forward": (
                "Y = torch.stack([X_gpu1 @ r for r in W_gpu1] + [X_gpu1 @ r for r in W_gpu2], 1)"
                " + torch.cat((b_gpu1, b_gpu2), 1)"
            )
        },
        {"column.forward"},
    ),
    "column: W moved in small pieces, disguised as data": (
        {
            "column.forward": (
                "zero = 0 * X_gpu2[:1]\npieces = [X_gpu1.clone()[:0]] + [torch.cat((X_gpu1[:0], r[None] + zero)) "
                "for r in W_gpu2]\nmoved = torch.cat(pieces)\n"
                "Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ moved.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)"
            )
        },
        {"column.forward"},
    ),
    "column: both weights packed by an operation that is not replayed": (
        {
            "column.forward": (
                "keep = torch.complex(W_gpu1[:1], W_gpu2[:1])\nY = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, "
                "X_gpu2 @ W_gpu2.T + b_gpu2), 1)"
            )
        },
        {"column.forward"},
    ),
    "row: the full gradient in two halves, dealt out": (
        {
            "row.backward": (
                "dY = 2 * (Y - Y_gt) / Y.numel(); h = out_ch // 2; k = X_gpu1.shape[1]\n"
                "top, bottom = dY[:, :h].T @ X, dY[:, h:].T @ X\n"
                "dW_gpu1 = torch.cat((top[:, :k], bottom[:, :k])); dW_gpu2 = torch.cat((top[:, k:], bottom[:, k:]))\n"
                "dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1); db = dY.sum(0)"
            )
        },
        {"row.backward"},
    ),
    "row: the full gradient in two halves, for device 1 alone": (
        {
            "row.backward": (
                "dY = 2 * (Y - Y_gt) / Y.numel(); h = out_ch // 2; k = X_gpu1.shape[1]\n"
                "top, bottom = dY[:, :h].T @ X, dY[:, h:].T @ X\n"
                "dW_gpu1, dW_gpu2 = torch.cat((top[:, :k], bottom[:, :k])), dY.T @ X_gpu2\n"
                "dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1); db = dY.sum(0)"
            )
        },
        {"row.backward"},
    ),
    "column: more of both weights leaves torch than a shard, in pieces": (
        {
            "column.forward": (
                "kept = [row.tolist() for w in (W_gpu1, W_gpu2) for row in w[: w.shape[0] * 3 // 4]]\n"
                "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"
            )
        },
        {"column.forward"},
    ),
    "column: both weights' terms on one device": (
        {
            "column.forward": (
                "terms = torch.cat((X_gpu1[:2, None] * W_gpu1, X_gpu2[:2, None] * W_gpu2), 1)\n"
                "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"
            )
        },
        {"column.forward"},
    ),
    "column: bias shards are views": (
        {
            "column.shard": (
                "part_size = W.shape[0] // 2\nW_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()\n"
                "b_gpu1, b_gpu2 = b[:, :part_size], b[:, part_size:]\nX_gpu1, X_gpu2 = X.clone(), X.clone()"
            )
        },
        {"column.shard"},
    ),
    "column: one X for both devices": (
        {
            "column.shard": (
                "part_size = W.shape[0] // 2\nW_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()\n"
                "b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()\nX_gpu1 = X_gpu2 = X.clone()"
            )
        },
        {"column.shard"},
    ),
    "column: halves of W kept under other names": (
        {
            "column.shard": (
                "part_size = out_ch // 2\nW_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()\n"
                "b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()\n"
                "X_gpu1, X_gpu2, rows = X.clone(), X.clone(), [row.clone() for row in W]"
            ),
            "column.forward": "Y = torch.stack([X @ row for row in rows], 1) + b",
        },
        {"column.forward"},
    ),
    "column: Y made while W was there": (
        {
            "column.shard": (
                "part_size = out_ch // 2\nW_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()\n"
                "b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()\n"
                "X_gpu1, X_gpu2, early = X.clone(), X.clone(), X @ W.T + b"
            ),
            "column.forward": "Y = early",
        },
        {"column.forward"},
    ),
    "column: W rounded, laundered by data and packed, two in a number": (
        {
            "column.forward": (
                "x1, x2, w, b1, b2 = [t.to(torch.float32) for t in (X_gpu1, X_gpu2, W_gpu2, b_gpu1, b_gpu2)]\n"
                "parts = w.split(32, 1)\n"
                "w = torch.cat([p @ (0 * x2[0, :p.shape[1]] + 1).diag() for p in parts], 1)\n"
                "q = (w * 2**26).round().to(torch.int64).flatten()\n"
                "q = torch.cat((q, q[:len(q) % 2]))\n"
                "packed = torch.cat((q[::2] * 2**32 + q[1::2] + 2**31, (0 * x1[0, :1]).to(torch.int64)))[:-1]\n"
                "low = packed % 2**32\n"
                "q = torch.stack(((packed - low) // 2**32, low - 2**31), 1).flatten()[:w.numel()]\n"
                "w = q.to(torch.float32).view(-1, in_ch) / 2**26\n"
                "Y = torch.cat((x1 @ W_gpu1.to(torch.float32).T + b1, x1 @ w.T + b.to(torch.float32)[:, part_size:]), 1)"
            )
        },
        {"column.forward"},
    ),
    "row: halves of W laundered by data": (
        {
            "row.shard": (
                "part_size = in_ch // 2\nW_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()\n"
                "b_gpu1, b_gpu2, X_gpu1, X_gpu2 = b.clone(), b.clone(), X[:, :part_size], X[:, part_size:]\n"
                "H = W @ (torch.eye(in_ch) + 0 * X[:1])\nA, B = H[:, :part_size].clone(), H[:, part_size:].clone()"
            ),
            "row.backward": (
                "dY = 2 * (Y - Y_gt) / Y.numel()\ndX = torch.cat((dY @ A, dY @ B), 1)\n"
                "dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)"
            ),
        },
        {"row.backward"},
    ),
    "row: one memory for both replicas": (
        {
            "row.update": (
                "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_tp_row = b - lr * db.unsqueeze(0)\n"
                "b_gpu1 = b_gpu2 = b_tp_row"
            )
        },
        {"row.update"},
    ),
    "column: the shard is a deep copy of a view, all of W with it": (
        {
            "column.shard": (
                "import copy\npart_size = out_ch // 2\nW_gpu1, W_gpu2 = copy.deepcopy((W[:part_size], W[part_size:]))\n"
                "b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()\nX_gpu1, X_gpu2 = X.clone(), X.clone()"
            )
        },
        {"column.shard"},
    ),
    "row: replicas drift apart": (
        {
            "row.update": (
                "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_gpu1 -= lr * db.unsqueeze(0)\nb_tp_row = b_gpu1"
            )
        },
        {"row.update"},
    ),
    "row: both replicas are b itself": (
        {
            "row.shard": (
                "part_size = in_ch // 2\nW_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()\n"
                "b_gpu1 = b_gpu2 = b\nX_gpu1, X_gpu2 = X[:, :part_size], X[:, part_size:]"
            ),
            "row.update": (
                "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_gpu1 -= lr * db\nb_gpu2 -= lr * db\n"
                "b_tp_row = b_gpu1"
            ),
        },
        {"row.shard"},
    ),
    "row: replicas equal and wrong": (
        {
            "row.update": (
                "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_tp_row = b - lr * db.unsqueeze(0)\n"
                "b_gpu1, b_gpu2 = b_tp_row - lr * db, b_tp_row - lr * db"
            )
        },
        {"row.update"},
    ),
    "row: update eats the gradients": (
        {
            "row.update": (
                "W_gpu1 -= dW_gpu1.mul_(lr)\nW_gpu2 -= dW_gpu2.mul_(lr)\nb_tp_row = b - lr * db.unsqueeze(0)"
            )
        },
        {"row.update"},
    ),
    "manual: reads memory never written": (
        {"manual.forward": "Y = torch.empty(batch_size, out_ch)\nY += X @ W.T + b"},
        {"manual.forward"},
    ),
    "fp32: no absolute value": (
        {
            "fp32.experiment": (
                "max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q]).max() for n in in_chs]) "
                "for q in quantities}"
            )
        },
        {"fp32.experiment"},
    ),
    "fp32: numbers taken out with item": (
        {
            "fp32.experiment": (
                "max_diff = {q: [(row_run[n][q] - linear_run[n][q]).abs().max().item() for n in in_chs] "
                "for q in quantities}"
            )
        },
        {"fp32.experiment"},
    ),
    "fp32: the notebook's own sizes written out": (
        {
            "fp32.experiment": (
                "max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q]).abs().max() "
                "for n in (64, 256, 1024, 4096)]) for q in quantities}"
            )
        },
        {"fp32.experiment"},
    ),
}
