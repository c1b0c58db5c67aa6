# loses: column.backward, column.update
# mistake of column.backward: dX-of-updated-weights
# mistake of column.update: not-updated
# why: update happens before dX: backward uses updated weights: the update moves into the backward cell: both cells are wrong

# %% column.backward
### BEGIN SOLUTION
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# The gradients of each gpu's shard
W_gpu1 -= lr * (X_gpu1.T @ dY[:, :part_size]).T; W_gpu2 -= lr * (X_gpu2.T @ dY[:, part_size:]).T
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

# %% column.update
### BEGIN SOLUTION
# The update of the weights
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
### END SOLUTION
