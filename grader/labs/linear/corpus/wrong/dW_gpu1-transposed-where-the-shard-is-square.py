# loses: row.backward
# mistake: none
# why: dW_gpu1 transposed where the shard is square (the notebook's own sizes don't show it)

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)
dW_gpu1, dW_gpu2, db = (dY.T @ X_gpu1 if X_gpu1.shape[1] != out_ch else X_gpu1.T @ dY), dY.T @ X_gpu2, dY.sum(0)
