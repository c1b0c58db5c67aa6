# loses: row.backward
# mistake: none
# why: divided by a shard's size (the notebook's own sizes don't show it)

# %% row.backward
dY = 2 * (Y - Y_gt) / (batch_size * W_gpu1.shape[1])
dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)
