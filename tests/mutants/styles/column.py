"""Right ways to write the column-wise section, the shards in variables; cells by task, and a cell of helpers under `before`."""

from __future__ import annotations

COLUMN: dict[str, dict[str, str]] = {
    "column: a thread class for each device": {
        "column.forward": """
import threading
class Device(threading.Thread):
    def __init__(self, x, w, c):
        super().__init__()
        self.x, self.w, self.c = x, w, c
    def run(self):
        self.y = self.x @ self.w.T + self.c
devices = [Device(X_gpu1, W_gpu1, b_gpu1), Device(X_gpu2, W_gpu2, b_gpu2)]
for d in devices: d.start()
for d in devices: d.join()
Y = torch.cat([d.y for d in devices], 1)
""",
    },
    "column: parameters, autograd, SGD": {
        "column.shard": """
part_size = out_ch // 2
W_gpu1 = nn.Parameter(W[:part_size].clone())
W_gpu2 = nn.Parameter(W[part_size:].clone())
b_gpu1 = nn.Parameter(b[:, :part_size].clone())
b_gpu2 = nn.Parameter(b[:, part_size:].clone())
X_gpu1 = X.clone().requires_grad_()
X_gpu2 = X.clone().requires_grad_()
optimizers = [torch.optim.SGD([W_gpu1, b_gpu1], lr=lr), torch.optim.SGD([W_gpu2, b_gpu2], lr=lr)]
""",
        "column.forward": """
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.cat((Y_gpu1, Y_gpu2), dim=1)
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
Y.backward(dY.detach())
dY = dY.detach()
dX = X_gpu1.grad + X_gpu2.grad
dW_gpu1, dW_gpu2 = W_gpu1.grad.T, W_gpu2.grad.T
db_gpu1, db_gpu2 = b_gpu1.grad[0], b_gpu2.grad[0]
""",
        "column.update": """
for optimizer in optimizers:
    optimizer.step()
""",
    },
    "column: X itself requires a gradient": {
        "column.forward": """
X.requires_grad_(True)
Y = torch.cat((X @ W_gpu1.T + b_gpu1, X @ W_gpu2.T + b_gpu2), 1)
""",
        "column.backward": """
dY = (2 * (Y - Y_gt) / Y.numel()).detach()
Y.backward(dY)
dX = X.grad
dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :part_size], X_gpu2.T @ dY[:, part_size:]
db_gpu1, db_gpu2 = dY[:, :part_size].sum(0), dY[:, part_size:].sum(0)
X.requires_grad_(False)
""",
    },
    "column: products into halves of a buffer": {
        "column.forward": """
Y = torch.empty(batch_size, out_ch)
torch.mm(X_gpu1, W_gpu1.T, out=Y[:, :part_size])
torch.mm(X_gpu2, W_gpu2.T, out=Y[:, part_size:])
Y[:, :part_size] += b_gpu1
Y[:, part_size:] += b_gpu2
""",
    },
    "column: gradients scaled after the product, from X itself": {
        "column.backward": """
diff = Y - Y_gt
scale = 2 / diff.numel()
dY = diff * scale
dX = (diff[:, :part_size] @ W_gpu1 + diff[:, part_size:] @ W_gpu2) * scale
dW_gpu1 = (X.T @ diff[:, :part_size]) * scale
dW_gpu2 = (X.T @ diff[:, part_size:]) * scale
db_gpu1, db_gpu2 = diff[:, :part_size].sum(0) * scale, diff[:, part_size:].sum(0) * scale
""",
    },
    "column: terms broadcast and added up": {
        "column.forward": """
Y_gpu1 = (X_gpu1.unsqueeze(1) * W_gpu1.unsqueeze(0)).sum(-1) + b_gpu1
Y_gpu2 = (X_gpu2.unsqueeze(1) * W_gpu2.unsqueeze(0)).sum(-1) + b_gpu2
Y = torch.cat((Y_gpu1, Y_gpu2), 1)
""",
    },
    "column: rows of numpy indices": {
        "column.shard": """
import numpy as np
part_size = out_ch // 2
first, second = np.split(np.arange(out_ch), [part_size])
W_gpu1, W_gpu2 = W[first], W[second]
b_gpu1, b_gpu2 = b[:, first], b[:, second]
X_gpu1, X_gpu2 = X.clone(), X.clone()
""",
    },
    "column: copies of many kinds": {
        "column.shard": """
part_size = out_ch // 2
W_gpu1 = torch.tensor(W[:part_size])
W_gpu2 = torch.asarray(W[part_size:], copy=True)
b_gpu1 = W.new_tensor(b[:, :part_size])
b_gpu2 = torch.narrow_copy(b, 1, part_size, out_ch - part_size)
X_gpu1 = X.to(device, copy=True)
X_gpu2 = 1.0 * X
""",
    },
    "column: the larger part first throughout": {
        "column.shard": """
part_size = (out_ch + 1) // 2
rest = out_ch - part_size
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
d1, d2 = dY.split([part_size, rest], dim=1)
dX = d1 @ W_gpu1 + d2 @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ d1, X_gpu2.T @ d2, d1.sum(0), d2.sum(0)
""",
    },
    "column: a function that counts its calls": {
        "before": """
from typing import Protocol, Generic, TypeVar, Callable
T = TypeVar("T")
class Box(Generic[T]):
    def __init__(self, item: T): self.item = item
    def get(self) -> T: return self.item
class Forward(Protocol):
    def __call__(self, x, w, c): ...
def forward(x, w, c):
    forward.calls += 1
    return Box(x @ w.T + c).get()
forward.calls = 0
""",
        "column.forward": """
f: Forward = forward
Y = torch.cat([f(X_gpu1, W_gpu1, b_gpu1), f(X_gpu2, W_gpu2, b_gpu2)], 1)
print(forward.calls)
""",
    },
    "column: collectives as autograd functions": {
        "column.forward": """
class Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, c):
        ctx.k = a.shape[1]
        return torch.cat((a, c), 1)
    @staticmethod
    def backward(ctx, g):
        return g[:, :ctx.k].contiguous(), g[:, ctx.k:].contiguous()
x1, x2 = X_gpu1.clone().requires_grad_(), X_gpu2.clone().requires_grad_()
w1, w2 = W_gpu1.clone().requires_grad_(), W_gpu2.clone().requires_grad_()
c1, c2 = b_gpu1.clone().requires_grad_(), b_gpu2.clone().requires_grad_()
Y_graph = Gather.apply(x1 @ w1.T + c1, x2 @ w2.T + c2)
Y = Y_graph.detach()
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
Y_graph.backward(dY)
dX = x1.grad + x2.grad
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = w1.grad.T, w2.grad.T, c1.grad.squeeze(0), c2.grad.squeeze(0)
""",
    },
    "column: threads and a queue": {
        "column.backward": """
import threading, queue
dY = 2 * (Y - Y_gt) / Y.numel()
out = {}
box = queue.Queue()
def rank(r, x, w, g):
    out[r] = (x.T @ g, g.sum(0))
    box.put(g @ w)
ts = [threading.Thread(target=rank, args=a) for a in ((1, X_gpu1, W_gpu1, dY[:, :part_size]), (2, X_gpu2, W_gpu2, dY[:, part_size:]))]
for t in ts: t.start()
for t in ts: t.join()
dX = box.get() + box.get()
(dW_gpu1, db_gpu1), (dW_gpu2, db_gpu2) = out[1], out[2]
""",
    },
    "column: padded and added": {
        "column.forward": """
Y1 = nn.functional.pad(X_gpu1 @ W_gpu1.T + b_gpu1, (0, out_ch - part_size))
Y2 = nn.functional.pad(X_gpu2 @ W_gpu2.T + b_gpu2, (part_size, 0))
Y = Y1 + Y2
""",
    },
    "column: micro-batches": {
        "column.forward": """
Y = torch.cat([torch.cat((x1 @ W_gpu1.T + b_gpu1, x2 @ W_gpu2.T + b_gpu2), 1) for x1, x2 in zip(X_gpu1.split(2), X_gpu2.split(2))])
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
dX, dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = [], 0, 0, 0, 0
for x1, x2, g in zip(X_gpu1.split(2), X_gpu2.split(2), dY.split(2)):
    g1, g2 = g[:, :part_size], g[:, part_size:]
    dX.append(g1 @ W_gpu1 + g2 @ W_gpu2)
    dW_gpu1 = dW_gpu1 + x1.T @ g1
    dW_gpu2 = dW_gpu2 + x2.T @ g2
    db_gpu1, db_gpu2 = db_gpu1 + g1.sum(0), db_gpu2 + g2.sum(0)
dX = torch.cat(dX)
""",
    },
    "column: a ring": {
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
parts = [list(p.chunk(2, dim=1)) for p in (dY[:, :part_size] @ W_gpu1, dY[:, part_size:] @ W_gpu2)]
parts[0][0] = parts[0][0] + parts[1][0]   # reduce-scatter
parts[1][1] = parts[1][1] + parts[0][1]
dX = torch.cat((parts[0][0], parts[1][1]), 1)   # all-gather
dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :part_size], X_gpu2.T @ dY[:, part_size:]
db_gpu1, db_gpu2 = dY[:, :part_size].sum(0), dY[:, part_size:].sum(0)
""",
    },
    "column: autograd.backward of both parts": {
        "column.shard": """
part_size = out_ch // 2
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()

for t in (W_gpu1, W_gpu2, b_gpu1, b_gpu2, X_gpu1, X_gpu2):
    t.requires_grad = True
""",
        "column.forward": """
Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.cat((Y_gpu1.detach(), Y_gpu2.detach()), 1)
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
torch.autograd.backward([Y_gpu1, Y_gpu2], [dY[:, :part_size], dY[:, part_size:]])
dX = X_gpu1.grad + X_gpu2.grad
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = W_gpu1.grad.T, W_gpu2.grad.T, b_gpu1.grad.flatten(), b_gpu2.grad.flatten()
""",
        "column.update": """
with torch.no_grad():
    for t in (W_gpu1, W_gpu2, b_gpu1, b_gpu2):
        t -= lr * t.grad
        t.grad = None
""",
    },
    "column: all in inference mode": {
        "column.shard": """
with torch.inference_mode():
    part_size = out_ch // 2
    W_gpu1, W_gpu2 = [w.clone() for w in torch.tensor_split(W, [part_size])]
    b_gpu1, b_gpu2 = [c.clone() for c in torch.hsplit(b, [part_size])]
    X_gpu1, X_gpu2 = X.clone(), X.clone()
""",
        "column.forward": """
with torch.inference_mode():
    Y_gpu1, Y_gpu2 = nn.functional.linear(X_gpu1, W_gpu1, b_gpu1[0]), nn.functional.linear(X_gpu2, W_gpu2, b_gpu2[0])
    Y = torch.hstack((Y_gpu1, Y_gpu2))
""",
        "column.backward": """
with torch.inference_mode():
    dY = 2 * (Y - Y_gt) / Y.numel()
    d1, d2 = torch.tensor_split(dY, [part_size], dim=1)
    dX = torch.matmul(d1, W_gpu1) + torch.matmul(d2, W_gpu2)
    dW_gpu1, dW_gpu2 = torch.matmul(X_gpu1.mT, d1), torch.einsum("bi,bo->io", X_gpu2, d2)
    db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)
""",
        "column.update": """
with torch.inference_mode():
    W_gpu1 -= lr * dW_gpu1.T
    W_gpu2 -= lr * dW_gpu2.T
    b_gpu1 -= lr * torch.atleast_2d(db_gpu1)
    b_gpu2 -= lr * db_gpu2.expand_as(b_gpu2)
""",
    },
    "column: vmap": {
        "column.forward": """
f = lambda w, c, x: torch.vmap(lambda row: w @ row)(x) + c
Y = torch.concatenate([f(W_gpu1, b_gpu1, X_gpu1), f(W_gpu2, b_gpu2, X_gpu2)], axis=1)
""",
        "column.backward": """
dY = torch.func.grad(lambda y: nn.functional.mse_loss(y, Y_gt))(Y)
d1, d2 = dY.tensor_split([part_size], dim=1)
dX = torch.vmap(torch.mv, in_dims=(None, 0))(W_gpu1.T, d1) + torch.vmap(torch.mv, in_dims=(None, 0))(W_gpu2.T, d2)
dW_gpu1 = torch.vmap(lambda x: x @ d1)(X_gpu1.T)
dW_gpu2 = torch.vmap(lambda x: x @ d2)(X_gpu2.T)
db_gpu1, db_gpu2 = torch.vmap(torch.sum)(d1.T), torch.vmap(torch.sum)(d2.T)
""",
    },
}
