# loses: column.shard
# why: column: bias shards are views

# %% column.shard
part_size = W.shape[0] // 2
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size], b[:, part_size:]
X_gpu1, X_gpu2 = X.clone(), X.clone()
