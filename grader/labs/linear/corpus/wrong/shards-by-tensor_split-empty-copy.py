# loses: column.shard
# why: shards by tensor_split, empty+copy_: cannot cut an odd out_ch: both halves get part_size rows

# %% column.shard
part_size = out_ch // 2
W_gpu1 = torch.empty(part_size, in_ch); W_gpu1.copy_(W[:part_size])
W_gpu2 = torch.empty(part_size, in_ch); W_gpu2.copy_(W[part_size:])
b_gpu1, b_gpu2 = [c.detach().clone() for c in torch.tensor_split(b, 2, 1)]
X_gpu1 = torch.empty_like(X).copy_(X)
X_gpu2 = torch.empty_like(X).copy_(X)

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
