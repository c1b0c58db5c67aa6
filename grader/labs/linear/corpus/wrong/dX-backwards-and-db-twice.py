# loses: row.backward
# mistake: none
# why: dX backwards and db twice (the catalogue has no such mistake)

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat((dY @ W_gpu2, dY @ W_gpu1), 1)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, 2 * dY.sum(0)
