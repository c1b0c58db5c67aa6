# loses: column.shard
# mistake: all-on-device-1
# why: part_size hard-coded 304

# %% column.shard
### BEGIN SOLUTION
# Divide between two devices (into shards)
part_size = 304

W_gpu1 = W[:part_size, :].clone()
W_gpu2 = W[part_size:, :].clone()
b_gpu1 = b[:, :part_size].clone()
b_gpu2 = b[:, part_size:].clone()

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
