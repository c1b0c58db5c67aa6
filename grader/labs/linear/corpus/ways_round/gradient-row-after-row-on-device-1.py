# loses: column.backward
# why: the whole gradient on one device: row after row on device 1

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R, L.sum(0), R.sum(0)
rows = [x @ dY for x in X_gpu1.T]
