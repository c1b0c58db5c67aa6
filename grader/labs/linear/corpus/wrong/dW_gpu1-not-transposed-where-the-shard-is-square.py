# loses: column.backward
# mistake: none
# why: dW_gpu1 not transposed where the shard is square (the notebook's own sizes don't show it)

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = (X_gpu1.T @ L if W_gpu1.shape[0] != in_ch else L.T @ X_gpu1), X_gpu2.T @ R, L.sum(0), R.sum(0)
