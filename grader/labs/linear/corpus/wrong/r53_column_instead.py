# loses: row.shard, row.forward, row.backward, row.update
# mistake of row.shard: other-way-of-cutting
# mistake of row.forward: joined-not-added
# why: section 4 implemented as column-wise: values right, layout wrong

# %% row.shard
### BEGIN SOLUTION
# Divide between two devices (into shards)
part_size = W.shape[0] // 2

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

# %% row.forward
### BEGIN SOLUTION
# each device computes its part of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2

# all_gather
Y = torch.cat((Y_gpu1, Y_gpu2), 1)
### END SOLUTION

# %% row.backward
### BEGIN SOLUTION
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# The gradients of each gpu's shard
dX_gpu1 = dY[:, :part_size] @ W_gpu1
dX_gpu2 = dY[:, part_size:] @ W_gpu2
# in this pipeline dX isn't really needed:
# there is one block, so no gradient to hand on
dX = dX_gpu1 + dX_gpu2

dW_gpu1 = X_gpu1.T @ dY[:, :part_size]
dW_gpu2 = X_gpu2.T @ dY[:, part_size:]
db_gpu1 = dY[:, :part_size].sum(dim=0)
db_gpu2 = dY[:, part_size:].sum(dim=0)
### END SOLUTION

# %% row.update
### BEGIN SOLUTION
# The update of the weights
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
### END SOLUTION
