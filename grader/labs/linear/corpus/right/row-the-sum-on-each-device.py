# why: row: the sum on each device

# %% row.forward

Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T
Y_full_gpu1 = Y_gpu1 + Y_gpu2 + b_gpu1
Y_full_gpu2 = Y_gpu1 + Y_gpu2 + b_gpu2
assert torch.equal(Y_full_gpu1, Y_full_gpu2)
Y = Y_full_gpu1

# %% row.backward

dY_gpu1 = 2 * (Y_full_gpu1 - Y_gt) / (batch_size * out_ch)
dY_gpu2 = 2 * (Y_full_gpu2 - Y_gt) / (batch_size * out_ch)
dY = dY_gpu1
dX_gpu1, dX_gpu2 = dY_gpu1 @ W_gpu1, dY_gpu2 @ W_gpu2
dX = torch.cat((dX_gpu1, dX_gpu2), dim=1)
dW_gpu1, dW_gpu2 = dY_gpu1.T @ X_gpu1, dY_gpu2.T @ X_gpu2
db_gpu1, db_gpu2 = dY_gpu1.sum(0), dY_gpu2.sum(0)
db = db_gpu1

# %% row.update

W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
b_tp_row = b_gpu1
