# why: row: chunk shards contiguous()

# %% row.shard
W_gpu1, W_gpu2 = [w.contiguous() for w in W.chunk(2, 1)]
X_gpu1, X_gpu2 = [x.contiguous() for x in X.chunk(2, 1)]
b_gpu1, b_gpu2 = b.clone(), b.clone()

# %% row.forward
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T
Y = Y_gpu1 + Y_gpu2 + b

# %% row.backward
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX_gpu1 = dY @ W_gpu1
dW_gpu1 = dY.T @ X_gpu1
dX_gpu2 = dY @ W_gpu2
dW_gpu2 = dY.T @ X_gpu2
dX = torch.cat((dX_gpu1, dX_gpu2), 1)
db = dY.sum(dim=0)

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_tp_row = b - lr * db.unsqueeze(dim=0)
