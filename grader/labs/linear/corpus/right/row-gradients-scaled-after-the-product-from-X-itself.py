# why: row: gradients scaled after the product, from X itself

# %% row.backward

diff = Y - Y_gt
dY = diff * (2 / diff.numel())
k = W_gpu1.shape[1]
dX = torch.cat((diff @ W_gpu1, diff @ W_gpu2), 1) * (2 / diff.numel())
dW_gpu1 = 2 * (diff.T @ X[:, :k]) / diff.numel()
dW_gpu2 = 2 * (diff.T @ X[:, k:]) / diff.numel()
db = diff.sum(0) * 2 / diff.numel()
