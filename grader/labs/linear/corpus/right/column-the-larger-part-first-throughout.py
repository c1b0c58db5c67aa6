# why: column: the larger part first throughout

# %% column.shard

part_size = (out_ch + 1) // 2
rest = out_ch - part_size
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()

# %% column.backward

dY = 2 * (Y - Y_gt) / Y.numel()
d1, d2 = dY.split([part_size, rest], dim=1)
dX = d1 @ W_gpu1 + d2 @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ d1, X_gpu2.T @ d2, d1.sum(0), d2.sum(0)
