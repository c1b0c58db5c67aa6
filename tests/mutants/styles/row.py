"""Right ways to write the row-wise section; cells by task, and a cell of helpers under `before`."""

from __future__ import annotations

ROW: dict[str, dict[str, str]] = {
    "row: parameters, autograd, SGD": {
        "row.shard": """
part_size = in_ch // 2
W_gpu1, W_gpu2 = nn.Parameter(W[:, :part_size].clone()), nn.Parameter(W[:, part_size:].clone())
b_gpu1, b_gpu2 = nn.Parameter(b.clone()), nn.Parameter(b.clone())
X_gpu1, X_gpu2 = X[:, :part_size].clone().requires_grad_(), X[:, part_size:].clone().requires_grad_()
""",
        "row.forward": """
Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T
Y = Y_gpu1 + Y_gpu2 + b_gpu1
""",
        "row.backward": """
loss_row = nn.functional.mse_loss(Y, Y_gt)
Y.retain_grad()
loss_row.backward()
dY = Y.grad
dX = torch.cat((X_gpu1.grad, X_gpu2.grad), 1)
dW_gpu1, dW_gpu2, db = W_gpu1.grad, W_gpu2.grad, b_gpu1.grad.squeeze(0)
""",
        "row.update": """
b_gpu2.grad = b_gpu1.grad.clone()
torch.optim.SGD([W_gpu1, b_gpu1], lr=lr).step()
torch.optim.SGD([W_gpu2, b_gpu2], lr=lr).step()
b_tp_row = b_gpu1.detach().clone()
""",
    },
    "row: addmm on addmm, products into halves": {
        "row.forward": """
Y = torch.addmm(b, X_gpu1, W_gpu1.T)
Y = torch.addmm(Y, X_gpu2, W_gpu2.T)
""",
        "row.backward": """
dY = torch.sub(Y, Y_gt).mul_(2 / Y.numel())
dX = torch.empty(batch_size, in_ch)
torch.mm(dY, W_gpu1, out=dX[:, :part_size])
torch.mm(dY, W_gpu2, out=dX[:, part_size:])
dW_gpu1, dW_gpu2 = torch.mm(dY.T, X_gpu1), torch.mm(dY.T, X_gpu2)
db = torch.mv(dY.T, torch.ones(batch_size))
""",
        "row.update": """
W_gpu1.addmm_(dY.T, X_gpu1, alpha=-lr) if False else W_gpu1.sub_(dW_gpu1, alpha=lr)
W_gpu2.sub_(dW_gpu2, alpha=lr)
b_tp_row = torch.addmm(b, torch.ones(1, batch_size), dY, alpha=-lr) if False else b.sub(db, alpha=lr)
b_gpu1.copy_(b_tp_row); b_gpu2.copy_(b_tp_row)
""",
    },
    "row: gradients scaled after the product, from X itself": {
        "row.backward": """
diff = Y - Y_gt
dY = diff * (2 / diff.numel())
k = W_gpu1.shape[1]
dX = torch.cat((diff @ W_gpu1, diff @ W_gpu2), 1) * (2 / diff.numel())
dW_gpu1 = 2 * (diff.T @ X[:, :k]) / diff.numel()
dW_gpu2 = 2 * (diff.T @ X[:, k:]) / diff.numel()
db = diff.sum(0) * 2 / diff.numel()
""",
    },
    "row: the sum on each device": {
        "row.forward": """
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T
Y_full_gpu1 = Y_gpu1 + Y_gpu2 + b_gpu1
Y_full_gpu2 = Y_gpu1 + Y_gpu2 + b_gpu2
assert torch.equal(Y_full_gpu1, Y_full_gpu2)
Y = Y_full_gpu1
""",
        "row.backward": """
dY_gpu1 = 2 * (Y_full_gpu1 - Y_gt) / (batch_size * out_ch)
dY_gpu2 = 2 * (Y_full_gpu2 - Y_gt) / (batch_size * out_ch)
dY = dY_gpu1
dX_gpu1, dX_gpu2 = dY_gpu1 @ W_gpu1, dY_gpu2 @ W_gpu2
dX = torch.cat((dX_gpu1, dX_gpu2), dim=1)
dW_gpu1, dW_gpu2 = dY_gpu1.T @ X_gpu1, dY_gpu2.T @ X_gpu2
db_gpu1, db_gpu2 = dY_gpu1.sum(0), dY_gpu2.sum(0)
db = db_gpu1
""",
        "row.update": """
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
b_tp_row = b_gpu1
""",
    },
    "row: terms broadcast and added up": {
        "row.forward": """
part1 = (X_gpu1[:, None] * W_gpu1).sum(2)
part2 = torch.sum(X_gpu2[:, None] * W_gpu2, dim=2)
Y = part1 + part2 + b
""",
    },
    "row: lists of shards": {
        "row.shard": """
part_size = in_ch // 2
W_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :part_size], X[:, part_size:]

Ws, Xs, bs = [W_gpu1, W_gpu2], [X_gpu1, X_gpu2], [b_gpu1, b_gpu2]
""",
        "row.forward": """
Ys = [x @ w.T for x, w in zip(Xs, Ws)]
Y = sum(Ys) + b
""",
        "row.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat([dY @ w for w in Ws], 1)
dWs = [dY.T @ x for x in Xs]
dW_gpu1, dW_gpu2 = dWs
db = dY.sum(0)
""",
        "row.update": """
for w, g in zip(Ws, dWs):
    w -= lr * g
for c in bs:
    c -= lr * db
b_tp_row = bs[0].clone()
""",
    },
    "row: modules": {
        "row.shard": """
part_size = in_ch // 2
class RowParallel(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.weight = nn.Parameter(w.clone())
    def forward(self, x):
        return nn.functional.linear(x, self.weight)
m1, m2 = RowParallel(W[:, :part_size]), RowParallel(W[:, part_size:])
W_gpu1, W_gpu2 = m1.weight.data, m2.weight.data
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :part_size].contiguous(), X[:, part_size:].contiguous()
""",
        "row.forward": """
with torch.no_grad():
    Y = m1(X_gpu1) + m2(X_gpu2) + b
""",
        "row.backward": """
x1, x2 = X_gpu1.clone().requires_grad_(), X_gpu2.clone().requires_grad_()
dY = 2 * (Y - Y_gt) / Y.numel()
m1(x1).backward(dY)
m2(x2).backward(dY)
dX = torch.hstack((x1.grad, x2.grad))
dW_gpu1, dW_gpu2, db = m1.weight.grad, m2.weight.grad, dY.sum(0)
""",
        "row.update": """
with torch.no_grad():
    m1.weight -= lr * dW_gpu1
    m2.weight -= lr * dW_gpu2
b_tp_row = b - lr * db
""",
    },
    "row: the reduction as an autograd function": {
        "row.forward": """
class Reduce(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *parts):
        ctx.n = len(parts)
        return sum(parts)
    @staticmethod
    def backward(ctx, g):
        return (g,) * ctx.n
x1, x2, w1, w2 = [t.clone().requires_grad_() for t in (X_gpu1, X_gpu2, W_gpu1, W_gpu2)]
Yg = Reduce.apply(x1 @ w1.T, x2 @ w2.T) + b
Y = Yg.detach()
""",
        "row.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
Yg.backward(dY)
dX, dW_gpu1, dW_gpu2, db = torch.cat((x1.grad, x2.grad), 1), w1.grad, w2.grad, dY.sum(0)
""",
    },
    "row: vjp of each device": {
        "row.backward": """
dY = torch.autograd.functional.vjp(lambda y: nn.functional.mse_loss(y, Y_gt), Y)[1]
_, (dX1, dW_gpu1) = torch.autograd.functional.vjp(lambda x, w: x @ w.T, (X_gpu1, W_gpu1), dY)
_, (dX2, dW_gpu2) = torch.autograd.functional.vjp(lambda x, w: x @ w.T, (X_gpu2, W_gpu2), dY)
dX, db = torch.cat((dX1, dX2), 1), dY.sum(0)
""",
    },
    "row: replicas in a list": {
        "row.shard": """
part_size = in_ch // 2
W_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :part_size], X[:, part_size:]

replicas = [b_gpu1, b_gpu2]
""",
        "row.update": """
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
for replica in replicas:
    replica -= lr * db
b_tp_row = replicas[0]
""",
    },
    "row: names from a helper cell": {
        "before": """
from functools import partial, lru_cache
import torch.nn.functional as F
matmul_t = lambda x, w: x @ w.T
step = partial(torch.sub, alpha=1)
@lru_cache(maxsize=None)
def count(*shape):
    n = 1
    for s in shape: n *= s
    return n
def all_reduce(*parts): return sum(parts[1:], start=parts[0])
def all_gather(*parts, dim=1): return torch.cat(parts, dim)
""",
        "row.forward": "Y = all_reduce(matmul_t(X_gpu1, W_gpu1), matmul_t(X_gpu2, W_gpu2)) + b",
        "row.backward": """
dY = 2 * (Y - Y_gt) / count(*Y.shape)
dX = all_gather(dY @ W_gpu1, dY @ W_gpu2)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)
""",
        "row.update": """
W_gpu1, W_gpu2 = step(W_gpu1, lr * dW_gpu1), step(W_gpu2, lr * dW_gpu2)
b_tp_row = step(b, lr * db)
""",
    },
}
