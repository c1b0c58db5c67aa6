# why: column: data classes

# %% column.shard

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

# %% column.forward
Y = torch.cat([shard.forward() for shard in shards], dim=1)

# %% column.backward

dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX = sum(shard.backward(dY[:, s]) for shard, s in zip(shards, slices))
(dW_gpu1, db_gpu1), (dW_gpu2, db_gpu2) = [tuple(shard.grads.values()) for shard in shards]

# %% column.update

for shard in shards:
    shard.step(lr)
