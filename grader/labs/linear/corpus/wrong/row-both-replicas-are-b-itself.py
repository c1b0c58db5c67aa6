# loses: row.shard
# why: row: both replicas are b itself

# %% row.shard
part_size = in_ch // 2
W_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()
b_gpu1 = b_gpu2 = b
X_gpu1, X_gpu2 = X[:, :part_size], X[:, part_size:]

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_gpu1 -= lr * db
b_gpu2 -= lr * db
b_tp_row = b_gpu1
