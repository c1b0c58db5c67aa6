# why: row: replicas in a list

# %% row.shard

part_size = in_ch // 2
W_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :part_size], X[:, part_size:]

replicas = [b_gpu1, b_gpu2]

# %% row.update

W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
for replica in replicas:
    replica -= lr * db
b_tp_row = replicas[0]
