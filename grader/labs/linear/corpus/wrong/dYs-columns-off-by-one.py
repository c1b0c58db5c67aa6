# loses: column.backward
# mistake: none
# why: dY's columns off by one (the catalogue has no such mistake)

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R, L.sum(0), dY.roll(1, 1)[:, W_gpu1.shape[0]:].sum(0)
