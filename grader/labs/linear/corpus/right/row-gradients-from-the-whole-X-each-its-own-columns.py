# why: row: gradients from the whole X, each its own columns

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)
k = X_gpu1.shape[1]
dW_gpu1, dW_gpu2 = dY.T @ X[:, :k], dY.T @ X[:, k:]
db = dY.sum(0)
