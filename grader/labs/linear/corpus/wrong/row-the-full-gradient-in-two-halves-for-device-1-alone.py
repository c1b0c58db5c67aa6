# loses: row.backward
# why: row: the full gradient in two halves, for device 1 alone

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel(); h = out_ch // 2; k = X_gpu1.shape[1]
top, bottom = dY[:, :h].T @ X, dY[:, h:].T @ X
dW_gpu1, dW_gpu2 = torch.cat((top[:, :k], bottom[:, :k])), dY.T @ X_gpu2
dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1); db = dY.sum(0)
