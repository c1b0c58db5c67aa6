# loses: column.backward
# mistake: divided-by-batch-alone
# why: mean divisor is the batch only

# %% column.backward
### BEGIN SOLUTION
dY = 2 * (Y - Y_gt) / X.shape[0]

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
