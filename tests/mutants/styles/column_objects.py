"""Right ways to write the column-wise section, the shards in objects; cells by task, and a cell of helpers under `before`."""

from __future__ import annotations

COLUMN_OBJECTS: dict[str, dict[str, str]] = {
    "column: dictionaries": {
        "column.shard": """
part_size = out_ch // 2
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()

gpu1 = {"W": W_gpu1, "b": b_gpu1, "X": X_gpu1}
gpu2 = {"W": W_gpu2, "b": b_gpu2, "X": X_gpu2}
""",
        "column.forward": """
for gpu in (gpu1, gpu2):
    gpu["Y"] = gpu["X"] @ gpu["W"].T + gpu["b"]
Y_gpu1, Y_gpu2 = gpu1["Y"], gpu2["Y"]
Y = torch.cat([gpu1["Y"], gpu2["Y"]], dim=-1)
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
gpu1["dY"], gpu2["dY"] = dY[:, :part_size], dY[:, part_size:]
for gpu in (gpu1, gpu2):
    gpu["dX"] = gpu["dY"] @ gpu["W"]
    gpu["dW"] = gpu["X"].T @ gpu["dY"]
    gpu["db"] = gpu["dY"].sum(dim=0)
dX = gpu1["dX"] + gpu2["dX"]
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = gpu1["dW"], gpu2["dW"], gpu1["db"], gpu2["db"]
""",
        "column.update": """
for gpu in (gpu1, gpu2):
    gpu["W"] -= lr * gpu["dW"].T
    gpu["b"] -= lr * gpu["db"].unsqueeze(0)
""",
    },
    "column: nn.Linear on each device": {
        "column.shard": """
part_size = out_ch // 2
gpu1, gpu2 = nn.Linear(in_ch, part_size), nn.Linear(in_ch, out_ch - part_size)
with torch.no_grad():
    gpu1.weight.copy_(W[:part_size]); gpu1.bias.copy_(b[0, :part_size])
    gpu2.weight.copy_(W[part_size:]); gpu2.bias.copy_(b[0, part_size:])
W_gpu1, W_gpu2 = gpu1.weight.data, gpu2.weight.data
b_gpu1, b_gpu2 = gpu1.bias.data.unsqueeze(0), gpu2.bias.data.unsqueeze(0)
X_gpu1, X_gpu2 = X.clone(), X.clone()
""",
        "column.forward": """
X_gpu1.requires_grad_(); X_gpu2.requires_grad_()
Y_gpu1, Y_gpu2 = gpu1(X_gpu1), gpu2(X_gpu2)
Y_graph = torch.cat((Y_gpu1, Y_gpu2), 1)
Y = Y_graph.detach()
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
Y_graph.backward(dY)
dX = X_gpu1.grad + X_gpu2.grad
dW_gpu1, dW_gpu2 = gpu1.weight.grad.T, gpu2.weight.grad.T
db_gpu1, db_gpu2 = gpu1.bias.grad, gpu2.bias.grad
""",
        "column.update": """
with torch.no_grad():
    for gpu in (gpu1, gpu2):
        for p in gpu.parameters():
            p -= lr * p.grad
""",
    },
    "column: a list of modules": {
        "column.shard": """
part_size = out_ch // 2
shards = nn.ModuleList([nn.Linear(in_ch, n) for n in (part_size, out_ch - part_size)])
for layer, w, c in zip(shards, W.split([part_size, out_ch - part_size]), b.split([part_size, out_ch - part_size], dim=1)):
    layer.weight.data.copy_(w)
    layer.bias.data.copy_(c.squeeze(0))
W_gpu1, W_gpu2 = (layer.weight.data for layer in shards)
b_gpu1, b_gpu2 = (layer.bias.data[None] for layer in shards)
X_gpu1, X_gpu2 = (X.clone() for _ in shards)
optimizer = torch.optim.SGD(shards.parameters(), lr=lr)
""",
        "column.forward": """
with torch.no_grad():
    Y = torch.cat([layer(x) for layer, x in zip(shards, (X_gpu1, X_gpu2))], dim=1)
""",
        "column.update": """
for layer, g, h in zip(shards, (dW_gpu1, dW_gpu2), (db_gpu1, db_gpu2)):
    layer.weight.grad, layer.bias.grad = g.T.clone(), h.clone()
optimizer.step()
""",
    },
    "column: a parallel layer from a helper cell": {
        "before": """
import torch.nn as nn
class ColumnParallelLinear(nn.Module):
    '''Параллельный по столбцам слой.'''
    def __init__(self, weight, bias):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.bias = nn.Parameter(bias.clone())
    def forward(self, x):
        self.x = x
        return x @ self.weight.t() + self.bias
    @torch.no_grad()
    def backward(self, grad):
        self.weight.grad = grad.t() @ self.x
        self.bias.grad = grad.sum(dim=0, keepdim=True)
        return grad @ self.weight
    @torch.no_grad()
    def sgd(self, lr):
        for p in self.parameters():
            p.sub_(p.grad, alpha=lr)
""",
        "column.shard": """
part_size = out_ch // 2
rank1 = ColumnParallelLinear(W[:part_size], b[:, :part_size])
rank2 = ColumnParallelLinear(W[part_size:], b[:, part_size:])
W_gpu1, W_gpu2, b_gpu1, b_gpu2 = rank1.weight, rank2.weight, rank1.bias, rank2.bias
X_gpu1, X_gpu2 = X.clone(), X.clone()
""",
        "column.forward": """
Y_gpu1, Y_gpu2 = rank1(X_gpu1), rank2(X_gpu2)
Y = torch.cat((Y_gpu1, Y_gpu2), dim=1).detach()
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX = rank1.backward(dY[:, :part_size]) + rank2.backward(dY[:, part_size:])
dW_gpu1, dW_gpu2 = rank1.weight.grad.T, rank2.weight.grad.T
db_gpu1, db_gpu2 = rank1.bias.grad[0], rank2.bias.grad[0]
""",
        "column.update": """
rank1.sgd(lr)
rank2.sgd(lr)
""",
    },
    "column: devices cut by chunk that keep their outputs": {
        "column.shard": """
class Device:
    def __init__(self, W, b, X): self.W, self.b, self.X = W.clone(), b.clone(), X.clone()
    def forward(self):
        self.Y = self.X @ self.W.T + self.b
        return self.Y
    def backward(self, target, n):
        self.dY = 2 * (self.Y - target) / n
        self.dW, self.db = self.X.T @ self.dY, self.dY.sum(0)
        return self.dY @ self.W
    def step(self):
        self.W -= lr * self.dW.T
        self.b -= lr * self.db
devices = [Device(w, c, X) for w, c in zip(W.chunk(2), b.chunk(2, 1))]
(W_gpu1, b_gpu1, X_gpu1), (W_gpu2, b_gpu2, X_gpu2) = [(d.W, d.b, d.X) for d in devices]
part_size = len(W_gpu1)
""",
        "column.forward": "Y = torch.cat([d.forward() for d in devices], 1)",
        "column.backward": """
dX = sum(d.backward(t, Y.numel()) for d, t in zip(devices, Y_gt.chunk(2, 1)))
dY = torch.cat([d.dY for d in devices], 1)
(dW_gpu1, db_gpu1), (dW_gpu2, db_gpu2) = [(d.dW, d.db) for d in devices]
""",
        "column.update": """
for d in devices:
    d.step()
""",
    },
    "column: data classes": {
        "column.shard": """
from dataclasses import dataclass, field
@dataclass
class Shard:
    W: torch.Tensor
    b: torch.Tensor
    X: torch.Tensor
    grads: dict = field(default_factory=dict)
    def forward(self) -> torch.Tensor:
        return self.X @ self.W.T + self.b
    def backward(self, dY):
        self.grads = {"dW": self.X.T @ dY, "db": dY.sum(0)}
        return dY @ self.W
    def step(self, lr):
        self.W -= lr * self.grads["dW"].T
        self.b -= lr * self.grads["db"]
part_size = out_ch // 2
slices = slice(0, part_size), slice(part_size, None)
shards = [Shard(W[s].clone(), b[:, s].clone(), X.clone()) for s in slices]
(W_gpu1, W_gpu2), (b_gpu1, b_gpu2), (X_gpu1, X_gpu2) = zip(*[(s.W, s.b, s.X) for s in shards]) if False else ([s.W for s in shards], [s.b for s in shards], [s.X for s in shards])
""",
        "column.forward": "Y = torch.cat([shard.forward() for shard in shards], dim=1)",
        "column.backward": """
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX = sum(shard.backward(dY[:, s]) for shard, s in zip(shards, slices))
(dW_gpu1, db_gpu1), (dW_gpu2, db_gpu2) = [tuple(shard.grads.values()) for shard in shards]
""",
        "column.update": """
for shard in shards:
    shard.step(lr)
""",
    },
    "column: closures from forward to backward": {
        "column.forward": """
def make(x, w, c):
    y = x @ w.T + c
    def back(g):
        return g @ w, x.T @ g, g.sum(0)
    return y, back
(Y_gpu1, back_gpu1), (Y_gpu2, back_gpu2) = make(X_gpu1, W_gpu1, b_gpu1), make(X_gpu2, W_gpu2, b_gpu2)
Y = torch.cat((Y_gpu1, Y_gpu2), 1)
""",
        "column.backward": """
dY = 2 * (Y - Y_gt) / Y.numel()
dX_gpu1, dW_gpu1, db_gpu1 = back_gpu1(dY[:, :part_size])
dX_gpu2, dW_gpu2, db_gpu2 = back_gpu2(dY[:, part_size:])
dX = dX_gpu1 + dX_gpu2
""",
    },
}
