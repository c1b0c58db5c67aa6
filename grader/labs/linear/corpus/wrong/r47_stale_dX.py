# loses: row.backward
# why: dX gather missing: dX of the column cell is used

# %% row.backward
### BEGIN SOLUTION
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

dX_gpu1 = dY @ W_gpu1
dW_gpu1 = dY.T @ X_gpu1

dX_gpu2 = dY @ W_gpu2
dW_gpu2 = dY.T @ X_gpu2

# in this pipeline dX isn't really needed:
# there is one block, so no gradient to hand on
db = dY.sum(dim=0)
### END SOLUTION
