# loses: row.backward
# why: the whole gradient on one device: halves by rows, put together by columns

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)
h = out_ch // 2
top, bottom = [sum(d[:, None] * x for d, x in zip(half, X)) for half in (dY[:, :h], dY[:, h:])]
