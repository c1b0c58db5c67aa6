# why: row: gradients sample after sample

# %% row.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)
db = dY.sum(0)
dW_gpu1, dW_gpu2 = torch.zeros_like(W_gpu1), torch.zeros_like(W_gpu2)
for d, x1, x2 in zip(dY, X_gpu1, X_gpu2):
    dW_gpu1 += torch.outer(d, x1)
    dW_gpu2.addcmul_(d[:, None], x2[None])
