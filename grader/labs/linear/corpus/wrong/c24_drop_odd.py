# loses: column.shard
# mistake: last-row-lost
# why: second shard is [part:2*part]: last row lost when out is odd

# %% column.shard
### BEGIN SOLUTION
# Divide between two devices (into shards)
part_size = W.shape[0] // 2

W_gpu1 = W[:part_size, :].clone()
W_gpu2 = W[part_size:2 * part_size, :].clone()
b_gpu1 = b[:, :part_size].clone()
b_gpu2 = b[:, part_size:2 * part_size].clone()

# broadcast
X_gpu1 = X.clone()
X_gpu2 = X.clone()
### END SOLUTION

print("Input shapes:")
print("W_gpu1: ", W_gpu1.shape,
      "\nW_gpu2: ", W_gpu2.shape,
      "\nb_gpu1: ", b_gpu1.shape,
      "\nb_gpu2: ", b_gpu2.shape,
      "\nX_gpu1: ", X_gpu1.shape,
      "\nX_gpu2: ", X_gpu2.shape,
     )
