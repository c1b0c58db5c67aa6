# loses: column.backward
# why: column: device 2's gradient from device 1's X

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = dY[:, :part_size] @ W_gpu1 + dY[:, part_size:] @ W_gpu2
dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :part_size], X_gpu1.T @ dY[:, part_size:]
db_gpu1, db_gpu2 = dY[:, :part_size].sum(0), dY[:, part_size:].sum(0)
