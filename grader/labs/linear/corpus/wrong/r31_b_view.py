# loses: row.shard
# why: bias replica is b itself: -= overwrites the original b

# %% row.shard
### BEGIN SOLUTION
# Divide between two devices (into shards)
part_size = W.shape[1] // 2

W_gpu1 = W[:, :part_size].clone()
W_gpu2 = W[:, part_size:].clone()

b_gpu1 = b
b_gpu2 = b.clone()

# scatter
X_gpu1 = X[:, :part_size]
X_gpu2 = X[:, part_size:]
### END SOLUTION

print("Input shapes:")
print("W_gpu1: ", W_gpu1.shape,
      "\nW_gpu2: ", W_gpu2.shape,
      "\nb_gpu1: ", b_gpu1.shape,
      "\nb_gpu2: ", b_gpu2.shape,
      "\nX_gpu1: ", X_gpu1.shape,
      "\nX_gpu2: ", X_gpu2.shape,
     )

# %% row.update
### BEGIN SOLUTION
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2

b_gpu1 -= lr * db.unsqueeze(dim=0); b_tp_row = b_gpu1
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION
