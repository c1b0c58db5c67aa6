# why: column: helper variables live on

# %% column.shard
part_size = out_ch // 2
edges = [(0, part_size), (part_size, out_ch)]
W_gpu1, W_gpu2 = [W[lo:hi].clone() for lo, hi in edges]
b_gpu1, b_gpu2 = [b[:, lo:hi].clone() for lo, hi in edges]
X_gpu1, X_gpu2 = X.clone(), X.clone()

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
parts = [dY[:, lo:lo + w.shape[0]] for (lo, hi), w in zip(edges, (W_gpu1, W_gpu2))] if W_gpu1.shape[0] == edges[0][1] else [dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]]
dX = parts[0] @ W_gpu1 + parts[1] @ W_gpu2
dW_gpu1, dW_gpu2 = X_gpu1.T @ parts[0], X_gpu2.T @ parts[1]
db_gpu1, db_gpu2 = parts[0].sum(0), parts[1].sum(0)
