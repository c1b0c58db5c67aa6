# why: shards by chunk+contiguous

# %% column.shard
W_gpu1, W_gpu2 = [w.clone() for w in W.chunk(2)]
b_gpu1, b_gpu2 = [c.clone() for c in b.chunk(2, 1)]
X_gpu1, X_gpu2 = X.clone(), X.clone()
part_size = out_ch // 2

# %% column.forward
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.cat((Y_gpu1, Y_gpu2), 1)

# %% column.backward
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX_gpu1 = dY[:, :part_size] @ W_gpu1
dX_gpu2 = dY[:, part_size:] @ W_gpu2
dX = dX_gpu1 + dX_gpu2
dW_gpu1 = X_gpu1.T @ dY[:, :part_size]
dW_gpu2 = X_gpu2.T @ dY[:, part_size:]
db_gpu1 = dY[:, :part_size].sum(dim=0)
db_gpu2 = dY[:, part_size:].sum(dim=0)

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
