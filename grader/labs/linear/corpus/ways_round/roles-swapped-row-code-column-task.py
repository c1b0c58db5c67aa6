# loses: column.shard, column.forward, column.backward, column.update
# mistake of column.shard: other-way-of-cutting
# why: roles swapped: row code, column task

# %% column.shard
part_size = W.shape[1] // 2
W_gpu1 = W[:, :part_size].clone()
W_gpu2 = W[:, part_size:].clone()
b_gpu1 = b.clone()
b_gpu2 = b.clone()
X_gpu1 = X[:, :part_size]
X_gpu2 = X[:, part_size:]

# %% column.forward
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T
Y = Y_gpu1 + Y_gpu2 + b

# %% column.backward
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX_gpu1 = dY @ W_gpu1
dW_gpu1 = dY.T @ X_gpu1
dX_gpu2 = dY @ W_gpu2
dW_gpu2 = dY.T @ X_gpu2
dX = torch.cat((dX_gpu1, dX_gpu2), 1)
db = dY.sum(dim=0)

# %% column.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_tp_row = b - lr * db.unsqueeze(dim=0)
db_gpu1, db_gpu2 = db.chunk(2)
b_gpu1, b_gpu2 = b_tp_row.chunk(2, 1)
