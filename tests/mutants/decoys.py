"""Wrong solutions that try the naming of mistakes: known mistakes in other words, and others that only look like them.

Each has the cells that it changes and the tasks that it loses, as in `wrong.py`.
"""

from __future__ import annotations

Cells = dict[str, str]

LINEAR = "linear = nn.Linear(in_ch, out_ch)\n"
COPY = "linear.load_state_dict({'weight': W, 'bias': b[0]})\n"
SGD = "optimizer = torch.optim.SGD(linear.parameters(), lr=lr)\n"
PASS = "X_t = X.clone().requires_grad_()\nY_pred = linear(X_t)\nloss = ((Y_pred - Y_gt) ** 2).mean()\nloss.backward()\n"
TAKE = "dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]\n"
STEP = "optimizer.step()\n"
REFERENCE = LINEAR + COPY + SGD + PASS + TAKE + STEP
DY = "dY = 2 * (Y - Y_gt) / Y.numel()\n"
COLUMN_BACKWARD = DY + (
    "L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]\ndX = L @ W_gpu1 + R @ W_gpu2\n"
    "dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R, L.sum(0), R.sum(0)\n"
)
ROW_BACKWARD = DY + (
    "dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)\ndW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)\n"
)
COLUMN_SHARD = (
    "p = out_ch // 2\nW_gpu1, W_gpu2 = W[:p].clone(), W[p:].clone()\n"
    "b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()\nX_gpu1, X_gpu2 = X.clone(), X.clone()\n"
)
ROW_SHARD = (
    "p = in_ch // 2\nW_gpu1, W_gpu2 = W[:, :p].clone(), W[:, p:].clone()\nb_gpu1, b_gpu2 = b.clone(), b.clone()\n"
    "X_gpu1, X_gpu2 = X[:, :p].clone(), X[:, p:].clone()\n"
)
COLUMN_UPDATE = (
    "W_gpu1 -= lr * dW_gpu1.T\nW_gpu2 -= lr * dW_gpu2.T\nb_gpu1 -= lr * db_gpu1\nb_gpu2 -= lr * db_gpu2\n"
)
ROW_UPDATE = (
    "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_tp_row = b - lr * db\nb_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()\n"
)
EXPERIMENT = "max_diff = {q: torch.stack([MEASURE for n in in_chs]) for q in quantities}\n"


def edited(text: str, *edits: tuple[str, str]) -> str:
    """A text with one place after another replaced.

    Raises:
        ValueError: a place is not there.
    """
    for old, new in edits:
        if old not in text:
            raise ValueError(f"{old!r} is not in the cell")
        text = text.replace(old, new)
    return text


def measured(measure: str) -> Cells:
    return {"fp32.experiment": EXPERIMENT.replace("MEASURE", measure)}


def reference(*edits: tuple[str, str]) -> Cells:
    return {"reference.step": edited(REFERENCE, *edits)}


# Mistakes of the catalogue, made in other words.
KNOWN: dict[str, Cells] = {
    "loss by nn.MSELoss(reduction='sum')": reference(
        ("((Y_pred - Y_gt) ** 2).mean()", "nn.MSELoss(reduction='sum')(Y_pred, Y_gt)")
    ),
    "backward called after an earlier backward": reference(
        ("loss.backward()", "loss.backward(retain_graph=True)\n((Y_pred - Y_gt).pow(2)).mean().backward()")
    ),
    "bias left to nn.Linear": reference((COPY, "with torch.no_grad():\n    linear.weight[:] = W\n")),
    "a layer that nobody filled": reference((COPY, "")),
    "only the weight is given to SGD": reference(("linear.parameters()", "[linear.weight]")),
    "SGD with weight decay": reference(("lr=lr)", "lr=lr, weight_decay=0.01)")),
    "momentum of one half": reference(("lr=lr)", "lr=lr, momentum=0.5)")),
    "a second optimizer.step() in a loop": reference((STEP, "for _ in range(2):\n    optimizer.step()\n")),
    "loss with an absolute value": reference(("((Y_pred - Y_gt) ** 2)", "(Y_pred - Y_gt).abs()")),
    "Y by einsum, no bias": {"manual.forward": "Y = torch.einsum('nk,mk->nm', X, W)"},
    "Y by F.linear with the bias again": {"manual.forward": "Y = F.linear(X, W, b[0])\nY += b"},
    "dY by the mean of a square's rows": {"manual.dY": "D = Y - Y_gt\ndY = torch.div(D + D, D.shape[0])"},
    "dY for the source's sizes": {"manual.dY": "scale = 2 / 19456\ndY = torch.mul(Y - Y_gt, scale)"},
    "dW by an outer sum, over the batch": {
        "manual.gradients": "dX = dY.matmul(W)\ndW = torch.einsum('nk,nm->nkm', X, dY).mean(0)\ndb = dY.sum(0)"
    },
    "db by a mean of ones": {
        "manual.gradients": "dX = dY @ W\ndW = X.T @ dY\ndb = (torch.ones(1, batch_size) @ dY)[0] / batch_size"
    },
    "step by torch.add": {
        "manual.update": "W_manual = torch.add(W, dW.T, alpha=lr)\nb_manual = torch.add(b, db, alpha=lr)"
    },
    "dW put into shape by view": {"manual.update": "W_manual = W - lr * dW.reshape(W.shape)\nb_manual = b - lr * db"},
    "shards dealt out by unpacking the wrong way": {
        "column.shard": edited(COLUMN_SHARD, ("W_gpu1, W_gpu2 =", "W_gpu2, W_gpu1 ="), ("p = out_ch // 2", "p = out_ch - out_ch // 2"))
    },
    "cut at eight": {"row.shard": edited(ROW_SHARD, ("p = in_ch // 2", "p = 8"))},
    "Y gathered by stack and reshape": {
        "column.forward": "A, B = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2\nY = torch.vstack((A, B))"
    },
    "no b_gpu1": {"column.forward": "Y = torch.hstack((X_gpu1 @ W_gpu1.T, torch.addmm(b_gpu2, X_gpu2, W_gpu2.T)))"},
    "dX by a mean over stacked parts": {
        "column.backward": edited(
            COLUMN_BACKWARD, ("L @ W_gpu1 + R @ W_gpu2", "torch.stack((L @ W_gpu1, R @ W_gpu2)).mean(0)")
        )
    },
    "dY without its 2, by a variable": {
        "column.backward": edited(COLUMN_BACKWARD, (DY, "n = Y.numel()\ndY = (Y - Y_gt).div(n)\n"))
    },
    "the bias on both devices before the sum": {
        "row.forward": "Y = sum((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2))"
    },
    "Y by a mean of two partial sums": {
        "row.forward": "Y = torch.stack((X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T)).mean(0) + b"
    },
    "dX joined backwards": {
        "row.backward": edited(ROW_BACKWARD, ("(dY @ W_gpu1, dY @ W_gpu2)", "[dY @ W_gpu1, dY @ W_gpu2][::-1]"))
    },
    "lr as a literal in the row update": {"row.update": ROW_UPDATE.replace("lr *", "0.01 *")},
    "W_gpu1 left alone": {"row.update": edited(ROW_UPDATE, ("W_gpu1 -= lr * dW_gpu1\n", ""))},
    "maximum of the signed difference": measured("torch.amax(linear_run[n][q] - row_run[n][q])"),
    "average in place of the maximum": measured("torch.nn.functional.l1_loss(row_run[n][q], linear_run[n][q])"),
}

# Mistakes that the catalogue does not have: two at once, odd constants, slices that are off by one.
UNKNOWN: dict[str, Cells] = {
    "loss summed and lr a literal": reference((".mean()", ".sum()"), ("lr=lr", "lr=0.01")),
    "weight from a shifted W": reference((COPY, "linear.load_state_dict({'weight': W.roll(1, 0), 'bias': b[0]})\n")),
    "weight scaled by one half": reference((COPY, "linear.load_state_dict({'weight': W / 2, 'bias': b[0]})\n")),
    "target shifted by one sample": reference(("(Y_pred - Y_gt)", "(Y_pred - Y_gt.roll(1, 1))")),
    "an odd loss": reference(("** 2).mean()", "** 2).mean() * 3")),
    "three steps": reference((STEP, STEP * 3)),
    "bias one column on": {"manual.forward": "Y = X @ W.T + b.roll(1, 1)"},
    "bias times three": {"manual.forward": "Y = X @ W.T + 3 * b"},
    "no bias and a ReLU": {"manual.forward": "Y = torch.relu(X @ W.T)"},
    "bias twice in a large batch": {"manual.forward": "Y = X @ W.T + (b if batch_size < 16 else 2 * b)"},
    "no bias in a small batch, twice in a large one": {"manual.forward": "Y = X @ W.T + (0 * b if batch_size < 16 else 2 * b)"},
    "last sample without the product": {"manual.forward": "Y = X @ W.T + b\nY[-1:] = b"},
    "dY with 3 in place of 2": {"manual.dY": "dY = 3 * (Y - Y_gt) / Y.numel()"},
    "dY with a clipped difference": {"manual.dY": "dY = 2 * (Y - Y_gt).clamp(-1, 1) / Y.numel()"},
    "dY without 2, first row left out": {"manual.dY": "dY = (Y - Y_gt) / Y.numel()\ndY[:1] = 0"},
    "db without the last sample": {"manual.gradients": "dX = dY @ W\ndW = X.T @ dY\ndb = dY[:-1].sum(0)"},
    "dW over the batch, dX twice": {
        "manual.gradients": "dX = 2 * dY @ W\ndW = X.T @ dY / batch_size\ndb = dY.sum(0)"
    },
    "W over the batch, b with a literal": {
        "manual.update": "W_manual = W - lr * dW.T / batch_size\nb_manual = b - 0.1 * db"
    },
    "step of one and a half": {"manual.update": "W_manual = W - 1.5 * lr * dW.T\nb_manual = b - 1.5 * lr * db"},
    "shards that share a row": {
        "column.shard": edited(COLUMN_SHARD, ("W[p:].clone()", "W[p - 1:].clone()"), ("b[:, p:]", "b[:, p - 1:]"))
    },
    "a row between the shards": {
        "column.shard": edited(COLUMN_SHARD, ("W[p:].clone()", "W[p + 1:].clone()"), ("b[:, p:]", "b[:, p + 1:]"))
    },
    "all rows on device 1, b cut": {"column.shard": edited(COLUMN_SHARD, ("W[:p]", "W[:out_ch]"), ("W[p:]", "W[out_ch - 1:]"))},
    "cut at one third": {"row.shard": edited(ROW_SHARD, ("in_ch // 2", "in_ch // 3"))},
    "device 2's columns in reverse": {
        "column.forward": "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, (X_gpu2 @ W_gpu2.T + b_gpu2).flip(1)), 1)"
    },
    "wrong order and no bias": {"column.forward": "Y = torch.cat((X_gpu2 @ W_gpu2.T, X_gpu1 @ W_gpu1.T), 1)"},
    "dX averaged, db a mean": {
        "column.backward": edited(
            COLUMN_BACKWARD, ("L @ W_gpu1 + R @ W_gpu2", "(L @ W_gpu1 + R @ W_gpu2) / 2"), ("R.sum(0)", "R.mean(0)")
        )
    },
    "dY's columns off by one": {
        "column.backward": edited(COLUMN_BACKWARD, ("R.sum(0)", "dY.roll(1, 1)[:, W_gpu1.shape[0]:].sum(0)"))
    },
    "b stepped by the other sign and twice": {
        "column.update": edited(COLUMN_UPDATE, ("b_gpu1 -= lr", "b_gpu1 += 2 * lr"))
    },
    "partial sums weighted": {"row.forward": "Y = 0.75 * (X_gpu1 @ W_gpu1.T) + 0.25 * (X_gpu2 @ W_gpu2.T) + b"},
    "half of the bias on one device": {"row.forward": "Y = X_gpu1 @ W_gpu1.T + b / 4 + X_gpu2 @ W_gpu2.T + b / 2"},
    "dX backwards and db twice": {
        "row.backward": edited(
            ROW_BACKWARD, ("(dY @ W_gpu1, dY @ W_gpu2)", "(dY @ W_gpu2, dY @ W_gpu1)"), ("dY.sum(0)", "2 * dY.sum(0)")
        )
    },
    "lr halved for W, not for b, which goes the other way": {
        "row.update": edited(ROW_UPDATE, ("-= lr *", "-= lr / 2 *"), ("b - lr", "b + lr"))
    },
    "maximum of the first two samples": measured("(row_run[n][q] - linear_run[n][q])[:2].abs().max()"),
    "maximum times two": measured("2 * (row_run[n][q] - linear_run[n][q]).abs().max()"),
}

DECOYS: dict[str, tuple[Cells, set[str]]] = {name: (cells, set(cells)) for name, cells in (KNOWN | UNKNOWN).items()}
