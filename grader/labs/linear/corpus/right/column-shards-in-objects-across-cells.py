# why: column: shards in objects, across cells

# %% column.shard
class Device:
    def __init__(self, W, b): self.W, self.b, self.X = W.clone(), b.clone(), X.clone()
    def forward(self): return self.X @ self.W.T + self.b
part_size = out_ch // 2
devices = Device(W[:part_size], b[:, :part_size]), Device(W[part_size:], b[:, part_size:])
(W_gpu1, b_gpu1, X_gpu1), (W_gpu2, b_gpu2, X_gpu2) = [(d.W, d.b, d.X) for d in devices]

# %% column.forward
Y = torch.cat([device.forward() for device in devices], 1)
