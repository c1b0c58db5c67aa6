# loses: row.shard
# mistake: shards-swapped
# why: both X and W shards swapped: Y right, gathered W/dW/dX permuted

# %% row.shard
### BEGIN SOLUTION
# Divide between two devices (into shards)
part_size = W.shape[1] // 2

W_gpu1 = W[:, part_size:].clone()
W_gpu2 = W[:, :part_size].clone()

b_gpu1 = b.clone()
b_gpu2 = b.clone()

# scatter
X_gpu1 = X[:, part_size:]
X_gpu2 = X[:, :part_size]
### END SOLUTION

print("Input shapes:")
print("W_gpu1: ", W_gpu1.shape,
      "\nW_gpu2: ", W_gpu2.shape,
      "\nb_gpu1: ", b_gpu1.shape,
      "\nb_gpu2: ", b_gpu2.shape,
      "\nX_gpu1: ", X_gpu1.shape,
      "\nX_gpu2: ", X_gpu2.shape,
     )
