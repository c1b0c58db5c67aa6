# loses: column.backward
# mistake: factor-two-missing
# why: dY without its 2, by a variable (a mistake of the catalogue in other words)

# %% column.backward
n = Y.numel()
dY = (Y - Y_gt).div(n)
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R, L.sum(0), R.sum(0)
