# loses: column.forward
# why: column: halves of W kept under other names

# %% column.shard
part_size = out_ch // 2
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2, rows = X.clone(), X.clone(), [row.clone() for row in W]

# %% column.forward
Y = torch.stack([X @ row for row in rows], 1) + b
