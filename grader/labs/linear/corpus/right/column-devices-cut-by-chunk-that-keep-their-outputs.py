# why: column: devices cut by chunk that keep their outputs

# %% column.shard

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

# %% column.forward
Y = torch.cat([d.forward() for d in devices], 1)

# %% column.backward

dX = sum(d.backward(t, Y.numel()) for d, t in zip(devices, Y_gt.chunk(2, 1)))
dY = torch.cat([d.dY for d in devices], 1)
(dW_gpu1, db_gpu1), (dW_gpu2, db_gpu2) = [(d.dW, d.db) for d in devices]

# %% column.update

for d in devices:
    d.step()
