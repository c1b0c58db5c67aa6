# loses: row.backward
# mistake: joined-in-wrong-order
# why: dX joined backwards (a mistake of the catalogue in other words)

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat([dY @ W_gpu1, dY @ W_gpu2][::-1], 1)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)
