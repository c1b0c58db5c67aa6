# loses: row.backward
# why: row: halves of W laundered by data

# %% row.shard
part_size = in_ch // 2
W_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()
b_gpu1, b_gpu2, X_gpu1, X_gpu2 = b.clone(), b.clone(), X[:, :part_size], X[:, part_size:]
H = W @ (torch.eye(in_ch) + 0 * X[:1])
A, B = H[:, :part_size].clone(), H[:, part_size:].clone()

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat((dY @ A, dY @ B), 1)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)
